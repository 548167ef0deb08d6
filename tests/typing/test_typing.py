"""User files pass the type checker; wrong uses are reported."""

import gc
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
METHODS = [HERE / f"every_{part}_method.py" for part in ("account", "business", "call", "catalog", "message")]
EVENTS = HERE / "every_event.py"
TRANSPORTS = HERE / "every_transport.py"
FILES = HERE / "every_file.py"
PORTED = sorted((HERE / "ported").glob("*.py"))

WRONG_USES = {
    'await client.send_message("1@c.us", 5)': 'Argument 2 to "send_message" .* has incompatible type "int"',
    'await client.send_message("1@c.us")': 'Missing positional argument "message"',
    'await client.send_message("1@c.us", "Hello", None)': "Too many positional arguments",
    'await client.send_message("1@c.us", "Hello", quoted="1")': 'Unexpected keyword argument "quoted"',
    'await notification.reply_poll("Which?", [1])': 'List item 0 has incompatible type "int"',
    'await notification.reply("Hello", typing=5)': 'Unexpected keyword argument "typing"',
    "notification.text.upper()": 'Item "None" of "str \\| None" has no attribute "upper"',
    'Client(1, "t", messenger="viber")': 'Argument "messenger" to "Client" has incompatible type',
    'await client.send_poll("1@c.us", "Which?", [1, 2])': 'List item 0 has incompatible type "int"',
    'await client.send_file_by_upload("1@c.us", 5)': 'Argument 2 to "send_file_by_upload" .* "int"',
    'await client.download("https://x/y", 5)': 'No overload variant of "download" .* argument types "str", "int"',
    'await client.send_interactive_buttons("1@c.us", "Well?", [reply])': 'List item 0 .* "ReplyButton"',
    "await client.set_settings(no_such_setting=True)": 'Unexpected keyword argument "no_such_setting"',
    'await client.set_settings(incoming_webhook="yes")': 'Argument "incoming_webhook" .* "str"',
    'await client.send_message("1@c.us", "Hello", type_preview="big")': 'Argument "type_preview" .*Literal',
    'await client.set_disappearing_chat("1@c.us", 5)': 'Argument 2 to "set_disappearing_chat" .*Literal',
    'await client.with_raw_response.send_message("1@c.us", 5)': 'Argument 2 has incompatible type "int"',
    'await client.call("LOOK", "someNewMethod")': 'Argument 1 to "call" .*Literal',
    "await client.get_chat_history()": 'Missing positional argument "chat_id"',
    'await client.wait_until("ready", timeout=1)': 'Argument 1 to "wait_until" .* "str"',
    "await client.no_such_method()": '"Client" has no attribute "no_such_method"',
    "client.id_instance = 5": "read-only",
    '(await client.send_message("1@c.us", "Hello")).id': '"SentMessage" has no attribute "id"',
    'client.send_message("1@c.us", "Hello").id_message': 'has no attribute "id_message"',
    "(await client.get_state_instance()).state_instance": 'Item "None" of "StateInstance \\| None"',
    '(await client.get_group_data("1@g.us")).participants[0]': 'Value of type "list.* is not indexable',
    '(await client.get_message("1@c.us", "1")).message.caption': 'has no attribute "caption"',
    "(await client.get_settings()).wid = None": "read-only",
    "[notification.message async for notification in client.notifications()]": 'has no attribute "message"',
    "[notification for notification in client.notifications()]": 'no attribute "__iter__"',
    "await partner.create_instance(no_such_setting=True)": 'Unexpected keyword argument "no_such_setting"',
    'await partner.delete_instance_account("1101000001")': 'Argument 1 to "delete_instance_account" .* "str"',
    "(await partner.get_instances()).name": '"list\\[PartnerInstance\\]" has no attribute "name"',
    'await business.send_text("79001234567", "Hello", recipient_type="everybody")': 'Argument "recipient_type"',
    'await business.send_image("79001234567", "1")': "Too many positional arguments",
    '(await business.send_sticker("79001234567", id="1")).messages.id': '"list\\[BusinessId\\]" has no attribute "id"',
    "error.retry_after": '"GreenAPIError" has no attribute "retry_after"',
    'Client(1101000001, "token", timeout="10")': 'Argument "timeout" to "Client" .* "str"',
    'Client(1101000001, "token", transport=httpx.HTTPTransport())': 'Argument "transport" .* "HTTPTransport"',
    'BusinessClient("token", transport=httpx2.HTTPTransport())': 'Argument "transport" .* "HTTPTransport"',
    'PartnerClient("token", transport=httpx.AsyncClient())': 'Argument "transport" .* "AsyncClient"',
    "ContactCard()": 'Missing named argument "phone_contact"',
}
PREAMBLE = """\
import httpx
import httpx2

from greenapi_async import BusinessClient, Client, GreenAPIError, IncomingMessageReceived, PartnerClient
from greenapi_async.types import ContactCard, ReplyButton

reply = ReplyButton(button_id="1", button_text="Yes")


async def use(
    client: Client,
    partner: PartnerClient,
    business: BusinessClient,
    error: GreenAPIError,
    notification: IncomingMessageReceived,
) -> None:
    # each of the following lines is an error
"""


@pytest.fixture
def mypy(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Yield the arguments of every mypy run, then restore the interpreter settings that mypy changes."""
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy is not installed; the group check has it")
    depth, thresholds = sys.getrecursionlimit(), gc.get_threshold()
    monkeypatch.chdir(ROOT)
    cache = tmp_path_factory.getbasetemp() / "mypy_cache"
    yield ["--strict", "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(cache), "--no-error-summary"]
    sys.setrecursionlimit(depth)
    gc.set_threshold(*thresholds)


def test_mypy_accepts_every_use(mypy: list[str]) -> None:
    from mypy import api

    out, err, status = api.run([*mypy, *map(str, [*METHODS, EVENTS, TRANSPORTS, FILES, *PORTED])])
    assert (out, err, status) == ("", "", 0)


def test_mypy_reports_every_wrong_use(mypy: list[str], tmp_path: Path) -> None:
    from mypy import api

    lines = [*PREAMBLE.splitlines(), *(f"    {use}" for use in WRONG_USES)]
    file = tmp_path / "wrong_uses.py"
    file.write_text("\n".join(lines), "utf-8")
    out, err, status = api.run([*mypy, str(file)])
    assert (err, status) == ("", 1), out
    reported: dict[str, list[str]] = {use: [] for use in WRONG_USES}
    for line, words in re.findall(r"wrong_uses\.py:(\d+): error: (.*)$", out, re.MULTILINE):
        reported[lines[int(line) - 1].strip()].append(words)
    missed = {use: reported[use] for use, words in WRONG_USES.items() if not re.search(words, "\n".join(reported[use]))}
    assert missed == {}
