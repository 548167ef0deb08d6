from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Instance, Sandbox

Api = Callable[..., Awaitable[httpx.Response]]
ANN = "79001234568@c.us"
pytestmark = pytest.mark.anyio


def statuses(instance: Instance) -> list[str | None]:
    return [message.status for message in instance.chat(ANN)]


async def test_one_message_is_marked_or_all(api: Api, instance: Instance) -> None:
    _, second = (instance.contact_writes(ANN, text) for text in ("one", "two"))
    assert (await api("POST", "readChat", json={"chatId": ANN, "idMessage": second})).json() == {"setRead": True}
    assert statuses(instance) == [None, "read"]
    assert (await api("POST", "readChat", json={"chatId": ANN})).json() == {"setRead": True}
    assert statuses(instance) == ["read", "read"]


async def test_outgoing_messages_are_not_marked(api: Api, instance: Instance) -> None:
    ours = instance.phone_writes(ANN, "from us")
    assert (await api("POST", "readChat", json={"chatId": ANN, "idMessage": ours})).json() == {"setRead": False}
    assert statuses(instance) == ["delivered"]


async def test_messages_received_while_notifications_were_off_stay_unread(api: Api, instance: Instance) -> None:
    instance.settings["incomingWebhook"] = "no"
    instance.contact_writes(ANN, "one")
    instance.settings["incomingWebhook"] = "yes"
    instance.contact_writes(ANN, "two")
    await api("POST", "readChat", json={"chatId": ANN})
    assert statuses(instance) == [None, "read"]


async def test_an_unknown_chat_is_not_marked(api: Api) -> None:
    assert (await api("POST", "readChat", json={"chatId": ANN})).json() == {"setRead": False}


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({}, "'chatId' is required"),
        ({"chatId": ""}, "'chatId' is not allowed to be empty"),
        ({"chatId": "7900"}, "'chatId' must be one of the next formats: 'phone_number@c.us' or 'group_id@g.us'"),
        ({"chatId": ANN, "idMessage": "short"}, "'message id' must be at least 16 symbols"),
    ],
)
async def test_invalid_parameters_are_reported(api: Api, sandbox: Sandbox, body: dict[str, Any], details: str) -> None:
    answer = await api("POST", "readChat", json=body)
    assert (answer.status_code, answer.json()["message"]) == (400, f"Validation failed. Details: {details}")
