from datetime import UTC, datetime
from typing import Any

import pytest

from greenapi_async import Client, InstanceState, InvalidArgumentError
from greenapi_async.methods.account import GET_AUTHORIZATION_CODE
from greenapi_async.types import QRType

from .conftest import Call, Request, Server

pytestmark = pytest.mark.anyio


CALLS: list[tuple[Call, Request, Any]] = [
    (lambda client: client.get_state_instance_history(), Request("GET", "GetStateInstanceHistory"), []),
    (
        lambda client: client.get_state_instance_history(count=5),
        Request("GET", "GetStateInstanceHistory", query={"count": "5"}),
        [],
    ),
    (lambda client: client.get_wa_settings(), Request("GET", "getWaSettings"), {}),
    (lambda client: client.logout(), Request("GET", "logout"), {"isLogout": True}),
    (lambda client: client.qr(), Request("GET", "qr"), {}),
    (
        lambda client: client.get_authorization_code(441234567890),
        Request("POST", "getAuthorizationCode", {"phoneNumber": 441234567890}),
        {},
    ),
]


@pytest.mark.parametrize(
    ("call", "expected", "answer"),
    CALLS,
)
async def test_request(client: Client, server: Server, call: Call, expected: Request, answer: Any) -> None:
    server.respond(answer)
    await call(client)
    assert server.requests == [expected]


async def test_state_history_is_typed(client: Client, server: Server) -> None:
    server.respond([{"stateInstance": "authorized", "timestamp": "1706761225", "phoneNumber": 11001234567}, {}])
    first, second = await client.get_state_instance_history()
    assert first.state_instance is InstanceState.AUTHORIZED
    assert first.timestamp == datetime(2024, 2, 1, 4, 20, 25, tzinfo=UTC)
    assert (first.phone_number, second.state_instance) == ("11001234567", None)


async def test_account_is_typed(client: Client, server: Server) -> None:
    server.respond(
        {
            "avatar": "https://pps.whatsapp.net/v/n.jpg",
            "phone": "0123456789",
            "stateInstance": "authorized",
            "deviceId": "0123456789:26@s.whatsapp.net",
        }
    )
    account = await client.get_wa_settings()
    assert account.state_instance is InstanceState.AUTHORIZED
    assert account.avatar == "https://pps.whatsapp.net/v/n.jpg"
    assert (account.phone, account.device_id) == ("0123456789", "0123456789:26@s.whatsapp.net")


async def test_logout_is_confirmed(client: Client, server: Server) -> None:
    server.respond({"isLogout": True})
    assert (await client.logout()).is_logout is True


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("qrCode", QRType.QR_CODE),
        ("error", QRType.ERROR),
        ("alreadyLogged", QRType.ALREADY_LOGGED),
        ("surprise", "surprise"),
    ],
)
async def test_qr_answer_has_its_type(client: Client, server: Server, word: str, kind: object) -> None:
    server.respond({"type": word, "message": "iVBORw0KGgo"})
    answer = await client.qr()
    assert (answer.type, answer.message) == (kind, "iVBORw0KGgo")
    assert "iVBORw0KGgo" not in repr(answer)


async def test_authorization_code_is_typed_and_hidden_in_repr(client: Client, server: Server) -> None:
    server.respond({"status": True, "code": "GAPI2018"})
    answer = await client.get_authorization_code(441234567890)
    assert (answer.status, answer.code) == (True, "GAPI2018")
    assert "GAPI2018" not in repr(answer)
    assert GET_AUTHORIZATION_CODE.extra_time == 30


@pytest.mark.parametrize("number", ["70001234567@c.us", "89001234567", True, -1, -11001234567, 123456])
async def test_phone_number_is_checked(client: Client, server: Server, number: int) -> None:
    with pytest.raises(InvalidArgumentError, match="phone_number is "):
        await client.get_authorization_code(number)
    assert server.requests == []


async def test_unknown_settings_are_written_and_read(client: Client, server: Server) -> None:
    server.respond({"saveSettings": True})
    await client.set_settings(
        catalog_webhook=True, proxy_instance="", extra={"newWebhook": False, "level": 3, "x": "y"}
    )
    assert server.requests[-1].body == {
        "catalogWebhook": "yes",
        "proxyInstance": "",
        "newWebhook": "no",
        "level": 3,
        "x": "y",
    }
    server.respond(
        {"wid": "1@c.us", "catalogsWebhook": "yes", "linkPreview": True, "newWebhook": "no", "autoTyping": 7}
    )
    settings = await client.get_settings()
    assert (settings.catalog_webhook, settings.link_preview, settings.auto_typing) == (True, True, 7)
    assert settings.extra == {"newWebhook": "no"}
    assert "newWebhook" not in repr(settings)  # it may be a secret


@pytest.mark.parametrize("number", ["+44 1234 567890", "441234567890", 441234567890])
async def test_phone_number_is_sent_as_an_integer(client: Client, server: Server, number: int | str) -> None:
    server.respond({"status": True, "code": "GAPI2018"})
    await client.get_authorization_code(number)
    assert server.requests[-1].body == {"phoneNumber": 441234567890}
