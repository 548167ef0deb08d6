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

from .conftest import ANNA, SENT, Asked, Call, Server

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
async def test_a_retired_method_warns_where_it_is_called_and_still_sends(
    client: Client, server: Server, call: Call, method: str, body: Any
) -> None:
    server.answers(SENT)
    with pytest.warns(DeprecationWarning, match=r"a method that GREEN-API has retired; use send_") as caught:
        sent = await call(client)
    assert [warning.filename for warning in caught] == [__file__]
    assert sent.id_message == "3EB0C767D097B7C7C030"
    assert server.asked == [Asked("POST", method, body)]


async def test_send_template_passes_on_what_no_document_describes(client: Client, server: Server) -> None:
    server.answers({"what": "ever"})
    with pytest.warns(DeprecationWarning, match="no document describes it"):
        assert await client.send_template({"chatId": ANNA, "x": 1}) == {"what": "ever"}
    assert server.asked == [Asked("POST", "sendTemplate", {"chatId": ANNA, "x": 1})]


BEYOND: list[tuple[Call, str]] = [
    (lambda client: client.send_buttons(ANNA, "x", []), "buttons has 0 items; at least 1"),
    (lambda client: client.send_template_buttons(ANNA, "x", []), "template_buttons has 0 items; at least 1"),
    (lambda client: client.send_list_message(ANNA, "x", "y", []), "sections has 0 items; at least 1"),
    (lambda client: client.send_link(ANNA, "green-api.com"), "allowed are http:// and https://"),
]


@pytest.mark.parametrize(
    ("call", "words"),
    BEYOND,
)
async def test_what_is_beyond_a_limit_is_refused_before_sending(
    client: Client, server: Server, call: Call, words: str
) -> None:
    with pytest.warns(DeprecationWarning, match="retired"), pytest.raises(InvalidArgumentError, match=words):
        await call(client)
    assert server.asked == []


@pytest.mark.parametrize("word", ["online", "onLine"])
async def test_the_socket_is_online_in_both_spellings(client: Client, server: Server, word: str) -> None:
    server.answers({"statusInstance": word})
    with pytest.warns(DeprecationWarning, match="use get_state_instance"):
        assert (await client.get_status_instance()).status_instance is SocketState.ONLINE
    assert server.asked == [Asked("GET", "getStatusInstance")]


async def test_the_device_is_typed(client: Client, server: Server) -> None:
    server.answers({"platform": "iphone", "deviceModel": "iPhone 11", "waVersion": "2.20.42", "battery": 90})
    with pytest.warns(DeprecationWarning, match="get_device_info calls a method that GREEN-API has retired"):
        device = await client.get_device_info()
    assert (device.platform, device.device_model, device.wa_version) == ("iphone", "iPhone 11", "2.20.42")
    assert device.battery == 90
    assert server.asked == [Asked("GET", "getDeviceInfo")]
