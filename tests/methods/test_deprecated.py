from typing import Any

import pytest

from greenapi_async import Client, InvalidArgumentError
from greenapi_async.types import (
    ListRow,
    ListSection,
    ReplyButton,
    SocketState,
    TemplateButton,
    UrlTemplateButton,
)

from .conftest import ANNA, SENT, Call, Request, Server

pytestmark = pytest.mark.anyio

TEMPLATE = [TemplateButton(index=1, url_button=UrlTemplateButton(display_text="Open", url="https://green-api.com"))]
SECTIONS = [ListSection(title="S", rows=[ListRow(row_id="1", title="R")])]
BUTTONS = [ReplyButton(button_id="1", button_text="First")]


REQUESTS: list[tuple[Call, str, Any]] = [
    (
        lambda client: client.send_buttons(ANNA, "x", BUTTONS, footer="f"),
        "sendButtons",
        {
            "chatId": ANNA,
            "message": "x",
            "buttons": [{"buttonId": "1", "buttonText": "First"}],
            "footer": "f",
        },
    ),
    (
        lambda client: client.send_template_buttons(ANNA, "x", TEMPLATE, archive_chat=True),
        "sendTemplateButtons",
        {
            "chatId": ANNA,
            "message": "x",
            "templateButtons": [{"index": 1, "urlButton": {"displayText": "Open", "url": "https://green-api.com"}}],
            "archiveChat": True,
        },
    ),
    (
        lambda client: client.send_list_message(ANNA, "x", "Choose", SECTIONS, title="t"),
        "sendListMessage",
        {
            "chatId": ANNA,
            "message": "x",
            "buttonText": "Choose",
            "sections": [{"title": "S", "rows": [{"rowId": "1", "title": "R"}]}],
            "title": "t",
        },
    ),
    (
        lambda client: client.send_link(ANNA, "https://green-api.com"),
        "sendLink",
        {"chatId": ANNA, "urlLink": "https://green-api.com"},
    ),
]


@pytest.mark.parametrize(
    ("call", "method", "body"),
    REQUESTS,
)
async def test_deprecated_method_warns_at_the_caller_and_still_sends(
    client: Client, server: Server, call: Call, method: str, body: Any
) -> None:
    server.respond(SENT)
    with pytest.warns(DeprecationWarning, match=r"a method that GREEN-API has deprecated; use send_") as caught:
        sent = await call(client)
    assert [warning.filename for warning in caught] == [__file__]
    assert sent.id_message == "3EB0C767D097B7C7C030"
    assert server.requests == [Request("POST", method, body)]


async def test_send_template_passes_undocumented_parameters_through(client: Client, server: Server) -> None:
    server.respond({"what": "ever"})
    with pytest.warns(DeprecationWarning, match="no document describes it"):
        assert await client.send_template({"chatId": ANNA, "x": 1}) == {"what": "ever"}
    assert server.requests == [Request("POST", "sendTemplate", {"chatId": ANNA, "x": 1})]


INVALID: list[tuple[Call, str]] = [
    (lambda client: client.send_buttons(ANNA, "x", []), "buttons has 0 items; at least 1"),
    (lambda client: client.send_template_buttons(ANNA, "x", []), "template_buttons has 0 items; at least 1"),
    (lambda client: client.send_list_message(ANNA, "x", "y", []), "sections has 0 items; at least 1"),
    (lambda client: client.send_link(ANNA, "green-api.com"), "expected an http:// or https:// URL"),
]


@pytest.mark.parametrize(
    ("call", "message"),
    INVALID,
)
async def test_limit_violation_is_rejected_before_sending(
    client: Client, server: Server, call: Call, message: str
) -> None:
    with pytest.warns(DeprecationWarning, match="deprecated"), pytest.raises(InvalidArgumentError, match=message):
        await call(client)
    assert server.requests == []


@pytest.mark.parametrize("word", ["online", "onLine"])
async def test_socket_state_is_read_in_both_spellings(client: Client, server: Server, word: str) -> None:
    server.respond({"statusInstance": word})
    with pytest.warns(DeprecationWarning, match="use get_state_instance"):
        assert (await client.get_status_instance()).status_instance is SocketState.ONLINE
    assert server.requests == [Request("GET", "getStatusInstance")]


async def test_device_is_typed(client: Client, server: Server) -> None:
    server.respond({"platform": "iphone", "deviceModel": "iPhone 11", "waVersion": "2.20.42", "battery": 90})
    with pytest.warns(DeprecationWarning, match="get_device_info calls a method that GREEN-API has deprecated"):
        device = await client.get_device_info()
    assert (device.platform, device.device_model, device.wa_version) == ("iphone", "iPhone 11", "2.20.42")
    assert device.battery == 90
    assert server.requests == [Request("GET", "getDeviceInfo")]
