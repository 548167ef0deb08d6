import functools
import os
import random
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import respx

from greenapi_async import (
    BadRequestError,
    BusinessClient,
    Client,
    ConnectionFailedError,
    DecodeError,
    DeliveryUnknownError,
    InstanceState,
    InvalidArgumentError,
    PartnerClient,
    RateLimitedError,
    Retry,
    ServerError,
    TimeoutExpiredError,
)
from greenapi_async.sandbox import Fault, Instance, Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport
from greenapi_async.types import MethodRateLimiter, StateInstance
from tests.http_libraries import LIBRARIES, Wire, import_library

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"


def counted(instance: Instance, method: str) -> int:
    return sum(call.method == method for call in instance.calls)


async def test_two_thousand_concurrent_sends_get_no_429_and_use_the_full_rate(
    client: Client, sandbox: Sandbox, instance: Instance
) -> None:
    chance = random.Random(7)
    trips: list[float] = []

    def latency() -> tuple[float, float]:
        there, back = chance.uniform(0, 0.1), chance.uniform(0, 0.1)
        trips.append(there + back)
        return there, back

    sandbox.latency = latency
    start = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        for number in range(2000):
            tasks.start_soon(client.send_message, ANNA, str(number))
    took = anyio.current_time() - start
    assert {call.status for call in instance.calls} == {200}
    assert counted(instance, "sendMessage") == 1000  # the log keeps the last thousand
    assert 2000 / took >= 0.9 * 50 / (1 + sum(trips) / len(trips))


async def test_two_clients_do_not_slow_each_other(client: Client, sandbox: Sandbox, instance: Instance) -> None:
    sandbox.enforce_rates = False
    transport = InProcessTransport(create_app(sandbox))
    other = Client(instance.id_instance, instance.token, "http://sandbox", transport=transport)
    start = anyio.current_time()
    await client.get_settings()
    await other.get_settings()
    assert anyio.current_time() == start


async def test_a_rate_limiter_can_be_shared_or_disabled(sandbox: Sandbox, instance: Instance) -> None:
    sandbox.enforce_rates = False
    transport = InProcessTransport(create_app(sandbox))

    async def took(rate_limiter: MethodRateLimiter | None) -> float:
        clients = [
            Client(
                instance.id_instance, instance.token, "http://sandbox", transport=transport, rate_limiter=rate_limiter
            )
            for _ in range(3)
        ]
        start = anyio.current_time()
        for client in clients:
            await client.get_settings()
        return anyio.current_time() - start

    assert await took(MethodRateLimiter()) == pytest.approx(2)
    assert await took(None) == 0


async def test_a_429_pauses_the_method_for_all_callers_and_is_retried(client: Client, instance: Instance) -> None:
    instance.fail("sendMessage", Fault(status=429, headers={"Retry-After": "5"}))
    start = anyio.current_time()

    async def second() -> None:
        await anyio.sleep(1)
        await client.send_message(ANNA, "two")
        assert anyio.current_time() - start >= 5

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(second)
        await client.send_message(ANNA, "one")
        assert anyio.current_time() - start >= 5
    assert counted(instance, "sendMessage") == 3


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=502),
        Fault(status=502, after_effect=True),
        Fault(status=500),
        Fault(status=499),
        Fault(status=504),
        Fault(drop=True),
        Fault(drop=True, after_effect=True),
        Fault(delay=3600),
        Fault(status=200, body="<html>"),
    ],
    ids=str,
)
async def test_a_send_with_an_unknown_outcome_is_not_retried(client: Client, instance: Instance, fault: Fault) -> None:
    instance.fail("sendMessage", fault)
    with pytest.raises(DeliveryUnknownError) as raised:
        await client.send_message(ANNA, "once")
    assert len([message for message in instance.chat(ANNA) if message.text == "once"]) <= 1
    assert counted(instance, "sendMessage") <= 1
    assert raised.value.method == "sendMessage"
    assert raised.value.__cause__ is not None
    assert "Check the outgoing queue" in str(raised.value)


async def test_replay_sends_follows_the_advice_of_the_vendor(client: Client, instance: Instance) -> None:
    instance.fail("sendMessage", Fault(status=502, after_effect=True))
    await client.with_options(retry=Retry(replay_sends=True)).send_message(ANNA, "twice")
    await anyio.sleep(5)
    assert [message.text for message in instance.chat(ANNA)] == ["twice", "twice"]


def deletions(client: Client, id_message: str, id_status: str) -> dict[str, Callable[[], Awaitable[object]]]:
    return {
        "deleteMessage": lambda: client.delete_message(ANNA, id_message),
        "deleteStatus": lambda: client.delete_status(id_status),
        "deleteContact": lambda: client.delete_contact(ANNA),
        "archiveChat": lambda: client.archive_chat(ANNA),
        "unarchiveChat": lambda: client.unarchive_chat(ANNA),
    }


LOST = [
    Fault(drop=True, after_effect=True),
    Fault(status=502, after_effect=True),
    Fault(delay=3600, after_effect=True),
]


@pytest.mark.parametrize("fault", LOST, ids=str)
async def test_a_deletion_whose_answer_was_lost_succeeds_and_the_next_one_finds_nothing(
    client: Client, instance: Instance, fault: Fault
) -> None:
    instance.contact_writes(ANNA, "hello")
    written = instance.phone_writes(ANNA, "mine")
    instance.people.address_book.save(ANNA, "Anna")
    status = (await client.send_text_status("hello")).id_message
    await anyio.sleep(60)
    for method, delete in deletions(client, written, status or "").items():
        instance.fail(method, fault)
        answer = await delete()
        assert getattr(answer, "delete_contact", True) is True
        assert [call.status for call in instance.calls if call.method == method][-1] == 400
        if method == "archiveChat":
            assert instance.chats.settings(ANNA).archived
            continue
        with pytest.raises(BadRequestError):
            await delete()
    assert not instance.chats.settings(ANNA).archived


async def test_a_setting_whose_answer_was_lost_is_set_again(
    client: Client, sandbox: Sandbox, instance: Instance
) -> None:
    sandbox.enforce_rates = False
    for method in ("setSettings", "readChat", "setDisappearingChat"):
        instance.fail(method, Fault(status=502, after_effect=True))
    instance.contact_writes(ANNA, "hello")
    assert (await client.set_settings(outgoing_webhook=False)).save_settings
    assert (await client.read_chat(ANNA)).set_read
    await client.set_disappearing_chat(ANNA, 86_400)
    assert [counted(instance, method) for method in ("setSettings", "readChat", "setDisappearingChat")] == [2, 2, 2]


async def test_a_read_is_retried_three_times(client: Client, instance: Instance) -> None:
    instance.fail("getSettings", Fault(status=502), times=3)
    await client.get_settings()
    instance.fail("getSettings", Fault(status=502), times=4)
    with pytest.raises(ServerError):
        await client.get_settings()
    assert counted(instance, "getSettings") == 8


async def test_a_call_waits_for_a_starting_instance(client: Client, instance: Instance) -> None:
    instance.lifecycle.restart_seconds = 20
    await client.reboot()
    await client.send_message(ANNA, "after the start")
    assert counted(instance, "sendMessage") > 1


async def test_requests_that_were_not_executed_are_retried_until_patience_ends(
    client: Client, instance: Instance
) -> None:
    instance.fail("sendMessage", Fault(status=429), times=1000)
    start = anyio.current_time()
    with pytest.raises(RateLimitedError):
        await client.with_options(retry=Retry(patience=20)).send_message(ANNA, "x")
    assert 10 < anyio.current_time() - start <= 21


async def test_a_call_takes_no_longer_than_its_timeout(client: Client, instance: Instance) -> None:
    instance.fail("getSettings", Fault(delay=3600))
    start = anyio.current_time()
    with pytest.raises(TimeoutExpiredError, match="within 5 s"):
        await client.with_options(timeout=5, retry=Retry(repeats=0)).get_settings()
    assert anyio.current_time() - start == pytest.approx(5)


async def test_a_poll_may_exceed_the_timeout_by_receive_timeout(client: Client) -> None:
    start = anyio.current_time()
    assert await client.with_options(timeout=5).receive_notification(receive_timeout=60) is None
    assert anyio.current_time() - start == pytest.approx(60)


async def test_an_unreachable_server_is_a_connection_error(wire: Wire) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async with Client(1, "t", **wire.options(refuse)) as client:
        with pytest.raises(ConnectionFailedError, match="Nothing was sent"):
            await client.send_message(ANNA, "x")


async def test_a_429_beyond_patience_still_pauses_the_method(client: Client, instance: Instance) -> None:
    instance.fail("sendMessage", Fault(status=429, headers={"Retry-After": "120"}))
    with pytest.raises(RateLimitedError):
        await client.send_message(ANNA, "one")
    start = anyio.current_time()
    await client.send_message(ANNA, "two")
    assert anyio.current_time() - start == pytest.approx(120)


async def test_repeats_count_only_ambiguous_failures(client: Client, instance: Instance) -> None:
    instance.fail("getSettings", Fault(status=429, headers={"Retry-After": "1"}), times=4)
    instance.fail("getSettings", Fault(status=502), times=3)
    assert (await client.get_settings()).wid


async def test_closing_a_client_made_by_with_options_keeps_the_original_open(client: Client) -> None:
    async with client.with_options(timeout=5) as other:
        await other.get_settings()
    await client.get_settings()


async def test_a_poll_without_receive_timeout_may_exceed_the_timeout(client: Client) -> None:
    assert await client.with_options(timeout=1).receive_notification() is None


def test_a_client_belongs_to_one_event_loop() -> None:
    client = Client(1, "token")
    with respx.mock as wire:
        wire.route().respond(json={})
        anyio.run(client.get_settings)
        with pytest.raises(RuntimeError, match="another event loop"):
            anyio.run(client.with_options().get_settings)


async def test_html_instead_of_json_is_a_decode_error(client: Client, instance: Instance) -> None:
    instance.fail("getSettings", Fault(status=200, body="<html>"), times=9)
    with pytest.raises(DecodeError, match=r"not JSON \(6 bytes"):
        await client.get_settings()


async def test_account_methods(client: Client, instance: Instance) -> None:
    assert (await client.get_settings()).delay_send_messages_milliseconds == 500
    saved = await client.set_settings(incoming_webhook=False, delay_send_messages_milliseconds=3000)
    assert saved.save_settings is True
    settings = await client.get_settings()
    assert (settings.incoming_webhook, settings.delay_send_messages_milliseconds) == (False, 3000)
    assert await client.get_state_instance() == StateInstance(state_instance=InstanceState.AUTHORIZED)
    instance.set_state(None)
    assert await client.get_state_instance() is None
    assert (await client.reboot()).is_reboot is True


async def test_queue_methods(client: Client, instance: Instance) -> None:
    instance.set_state("notAuthorized")
    sent = [await client.send_message(ANNA, text) for text in ("one", "two")]
    queue = await client.show_messages_queue()
    assert [item.message_id for item in queue] == [message.id_message for message in sent]
    assert [(item.type, item.chat_id) for item in queue] == [("sendMessage", ANNA)] * 2
    assert (await client.clear_messages_queue()).is_cleared is True
    assert await client.show_messages_queue() == []


async def test_receiving_methods(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "hi")
    received = await client.receive_notification(receive_timeout=5)
    assert received is not None
    assert received.body["typeWebhook"] == "incomingMessageReceived"
    assert (await client.delete_notification(received.receipt_id)).result is True
    assert (await client.delete_notification(received.receipt_id)).result is False
    assert await client.receive_notification() is None


@pytest.mark.parametrize(
    ("chat_id", "message", "words"),
    [
        ("7900123456\u0441@\u0441.us", "x", "CYRILLIC SMALL LETTER ES"),
        ("79001234567@\u0441.us", "x", "character 13"),
        ("79001234567", "x", "11001234567@c.us"),
        ("+79001234567@c.us", "x", "allowed are"),
        (79001234567, "x", "is of type int"),
        (None, "x", "chat_id is missing"),
        (ANNA, "", "is empty; 1 to 20,000 characters are allowed"),
        (ANNA, "x" * 20_001, "has 20,001 characters; 1 to 20,000 are allowed"),
        (ANNA, 5, "message is of type int; expected a string"),
    ],
)
async def test_invalid_input_is_rejected_before_any_request(
    client: Client, instance: Instance, chat_id: str, message: str, words: str
) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        await client.send_message(chat_id, message)
    assert words in str(raised.value)
    assert isinstance(raised.value, ValueError)
    assert len(instance.calls) == 0


async def test_other_invalid_input_is_rejected_before_any_request(client: Client, instance: Instance) -> None:
    with pytest.raises(InvalidArgumentError, match="receive_timeout is 4; 5 to 60 seconds are allowed"):
        client.notifications(receive_timeout=4)
    with pytest.raises(InvalidArgumentError, match="5 to 60"):
        await client.receive_notification(receive_timeout=61)
    with pytest.raises(InvalidArgumentError, match="at least 16 characters"):
        await client.send_message(ANNA, "x", quoted_message_id="short")
    with pytest.raises(InvalidArgumentError, match="at least one argument"):
        await client.set_settings()
    with pytest.raises(InvalidArgumentError, match="500 to 86,400,000 ms"):
        await client.set_settings(delay_send_messages_milliseconds=100)
    with pytest.raises(InvalidArgumentError, match="expected True or False"):
        await client.set_settings(incoming_webhook="yes")  # type: ignore[arg-type]  # wrong on purpose
    assert len(instance.calls) == 0


async def test_validate_false_leaves_limits_to_the_server(client: Client, instance: Instance) -> None:
    with pytest.raises(Exception, match="length must be less than or equal to 20000"):
        await client.with_options(validate=False).send_message(ANNA, "x" * 20_001)
    assert counted(instance, "sendMessage") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((1, ""), "api_token_instance is empty"),
        ((1, "a b"), "position 2 of 3"),
        (("1a", "t"), "expected digits"),
        ((True, "t"), "expected digits"),
        ((1, "t", "green-api.com"), "http:// or https://"),
        ((1, "t", "https://x/?a=1"), "http:// or https://"),
        ((1, "t", "https://x\n"), "http:// or https://"),
        ((1, "t", "https:// x"), "http:// or https://"),
        ((1, "t", "http://[::1"), "http:// or https://"),
        ((1, "t", "https://x:abc"), "http:// or https://"),
        ((1, "t", "https://x:99999"), "http:// or https://"),
        ((1, "t", "https://user:secret@x"), "a URL with credentials"),
        ((1, "t", 5), "http:// or https://"),
    ],
)
def test_invalid_client_arguments_are_rejected(arguments: tuple[int, str], words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        Client(*arguments)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(
    ("name", "create", "shown"),
    [
        ("HTTPTransport", True, "of type {}.HTTPTransport"),
        ("AsyncHTTPTransport", False, "the class {}.AsyncHTTPTransport"),
        ("AsyncClient", True, "of type {}.AsyncClient"),
        ("__name__", False, "'{}'"),
    ],
    ids=["synchronous", "class", "client", "string"],
)
@pytest.mark.parametrize("client", [functools.partial(Client, 1), PartnerClient, BusinessClient])
def test_what_is_not_an_asynchronous_transport_is_rejected(
    client: Callable[..., object], name: str, create: bool, shown: str, library: str
) -> None:
    given: Any = getattr(import_library(library), name)
    with pytest.raises(InvalidArgumentError) as raised:
        client("token", transport=given() if create else given)
    expected = '"aiohttp", an httpx.AsyncBaseTransport or an httpx2.AsyncBaseTransport, for example httpx.Async'
    assert f"transport is {shown.format(library)}; expected {expected}" in str(raised.value)


def test_from_env_names_the_missing_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GREENAPI_ID_INSTANCE", raising=False)
    with pytest.raises(InvalidArgumentError, match="GREENAPI_ID_INSTANCE is not set"):
        Client.from_env()


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "GREENAPI_ID_INSTANCE is not set and GREENAPI_API_TOKEN_INSTANCE is not set; set both"),
        ({"GREENAPI_ID_INSTANCE": ""}, "GREENAPI_ID_INSTANCE is empty and GREENAPI_API_TOKEN_INSTANCE is not set"),
        ({"GREENAPI_ID_INSTANCE": "1101000001"}, "variable GREENAPI_API_TOKEN_INSTANCE is not set; set it, or use"),
    ],
)
def test_from_env_names_all_missing_variables(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variables: dict[str, str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GREENAPI_ID_INSTANCE", "GREENAPI_API_TOKEN_INSTANCE", "GREENAPI_API_TOKEN_INSTANCE_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidArgumentError) as raised:
        Client.from_env()
    assert message in str(raised.value)
    assert ".env" not in str(raised.value)
    (tmp_path / ".env").write_text("GREENAPI_ID_INSTANCE=1101000001\n")
    with pytest.raises(
        InvalidArgumentError, match=r"The file \.env in this folder is only read by the command greenapi"
    ):
        Client.from_env()


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
@pytest.mark.parametrize("number", [None, "abc", "1101000001"])
def test_an_error_of_from_env_that_is_not_caught_is_printed_in_one_line(
    tmp_path: Path, loop: str, number: str | None
) -> None:
    program = tmp_path / "bot.py"
    program.write_text(
        f"import {loop}\n"
        "from greenapi_async import Client\n"
        "async def main():\n"
        "    async with Client.from_env():\n"
        "        pass\n"
        f"{loop}.run(main{'()' if loop == 'asyncio' else ''})\n"
    )
    others = {name: value for name, value in os.environ.items() if not name.startswith("GREENAPI_")}
    given = {} if number is None else {"GREENAPI_ID_INSTANCE": number, "GREENAPI_API_TOKEN_INSTANCE": "secret words"}
    ended = subprocess.run(
        [sys.executable, program], env=others | given, capture_output=True, text=True, check=False, timeout=120
    )
    [line] = ended.stderr.splitlines()
    assert ended.returncode == 1
    assert line.startswith("Client.from_env: ")
    assert "secret" not in line


def test_from_env_names_the_file_of_a_token_that_is_empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").touch()
    monkeypatch.setenv("GREENAPI_ID_INSTANCE", "1101000001")
    monkeypatch.delenv("GREENAPI_API_TOKEN_INSTANCE", raising=False)
    monkeypatch.setenv("GREENAPI_API_TOKEN_INSTANCE_FILE", str(tmp_path / "token"))
    with pytest.raises(InvalidArgumentError, match=r"GREENAPI_API_TOKEN_INSTANCE_FILE names is empty: .*token"):
        Client.from_env()


def test_from_env_reads_all_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENAPI_ID_INSTANCE", "1101000001")
    monkeypatch.setenv("GREENAPI_API_TOKEN_INSTANCE", "token")
    monkeypatch.setenv("GREENAPI_API_URL", "https://1101.api.green-api.com/")
    client = Client.from_env()
    assert client.id_instance == 1101000001
    assert repr(client) == "<Client 1101000001 at https://1101.api.green-api.com>"
