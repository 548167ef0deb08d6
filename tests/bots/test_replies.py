"""Replies: what a notification sends to its chat."""

import inspect
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from greenapi_async import BaseNotification, Client, IncomingMessageReceived, Notification, parse_notification
from greenapi_async.sandbox import Instance
from greenapi_async.types import ContactCard, CustomPreview, ReplyButton

from .harness import ANNA

pytestmark = pytest.mark.anyio

CARD = ContactCard(phone_contact=79001234568, first_name="Boris")
BUTTONS = [ReplyButton(button_id="y", button_text="Yes"), ReplyButton(button_id="n", button_text="No")]
QUOTING: dict[str, Callable[[Notification], Any]] = {
    "textMessage": lambda notification: notification.reply("Hello", quote=True),
    "documentMessage": lambda notification: notification.reply_file(b"%PDF", file_name="a.pdf", quote=True),
    "pollMessage": lambda notification: notification.reply_poll("Which?", ["Tea", "Coffee"], quote=True),
    "locationMessage": lambda notification: notification.reply_location(58.0, 56.2, name_location="Perm", quote=True),
    "contactMessage": lambda notification: notification.reply_contact(CARD, quote=True),
}


async def received(client: Client) -> Notification:
    async with client.notifications() as notifications:
        async for notification in notifications:
            await notification.ack()
            if isinstance(notification, IncomingMessageReceived):
                return notification
    raise AssertionError


@pytest.mark.parametrize("kind", QUOTING)
async def test_every_kind_of_reply_goes_to_the_chat_and_quotes(kind: str, client: Client, instance: Instance) -> None:
    question = instance.contact_writes(ANNA, "hi")
    sent = await QUOTING[kind](await received(client))
    (answer,) = [message for message in instance.chat(ANNA) if message.type == "outgoing"]
    assert answer.id_message == sent.id_message
    assert answer.quoted_message_id == question
    assert answer.type_message == kind


async def test_buttons_are_pressed(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "hi")
    sent = await (await received(client)).reply_buttons("Sure?", BUTTONS, header="Delivery", footer="Tomorrow")
    instance.contact_sends(ANNA, {"press": {"idMessage": sent.id_message, "buttonId": "n"}})
    assert (await received(client)).text == "No"


async def test_send_file_is_reply_file(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "hi")
    sent = await (await received(client)).send_file(b"%PDF", file_name="a.pdf", caption="Here")
    assert instance.chat(ANNA)[-1].id_message == sent.id_message


async def test_a_reply_passes_every_option_on() -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={"idMessage": "3EB0C767D097B7C7C030"})

    body = {"typeWebhook": "incomingMessageReceived", "senderData": {"chatId": ANNA, "sender": ANNA}}
    async with Client(1, "token", transport=httpx.MockTransport(answer)) as client:
        await parse_notification(body, client).reply(
            "see https://example.com",
            link_preview=False,
            archive_chat=True,
            typing_time=2000,
            type_preview="large",
            custom_preview=CustomPreview(title="Example"),
        )
    assert json.loads(requests[0].content) == {
        "chatId": ANNA,
        "message": "see https://example.com",
        "linkPreview": False,
        "archiveChat": True,
        "typingTime": 2000,
        "typePreview": "large",
        "customPreview": {"title": "Example"},
    }


@pytest.mark.parametrize(
    ("reply", "method"),
    [
        ("reply", "send_message"),
        ("reply_file", "send_file_by_upload"),
        ("reply_poll", "send_poll"),
        ("reply_location", "send_location"),
        ("reply_contact", "send_contact"),
        ("reply_buttons", "send_interactive_buttons_reply"),
    ],
)
def test_a_reply_has_every_option_of_the_method(reply: str, method: str) -> None:
    def options(function: Callable[..., Any]) -> dict[str, Any]:
        return {
            name: parameter.default
            for name, parameter in inspect.signature(function).parameters.items()
            if parameter.kind is inspect.Parameter.KEYWORD_ONLY and name not in {"quote", "quoted_message_id"}
        }

    assert options(getattr(BaseNotification, reply)) == options(getattr(Client, method))
