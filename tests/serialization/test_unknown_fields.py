"""What the server says and no class names is told once by the loop: by path, and never with its value."""

import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from greenapi_async import Client, DecodeError, MalformedNotification, Notification, UnknownNotification, unknown_fields
from greenapi_async.sandbox import Instance
from greenapi_async.serialization.notifications import parse_notification
from greenapi_async.serialization.unknown_fields import REMEMBERED, Drift

Told = Callable[[], list[str]]

ANNA = "79001234567@c.us"
SECRET = "dear Anna, my PIN is 1234"


def text(**beside: Any) -> dict[str, Any]:
    return {
        "typeWebhook": "incomingMessageReceived",
        "senderData": {"chatId": ANNA, "sender": ANNA},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": SECRET}},
    } | beside


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Told:
    """Give a function that lists what was logged at WARNING and above since it was last asked."""
    caplog.set_level(logging.INFO)

    def told() -> list[str]:
        records = [record for record in caplog.records if record.levelno >= logging.WARNING]
        messages = [record.getMessage() for record in records if record.name == "greenapi_async"]
        assert SECRET not in caplog.text
        caplog.clear()
        return messages

    return told


async def served(client: Client, instance: Instance, *bodies: dict[str, Any]) -> AsyncIterator[Notification]:
    """Serve bodies by one loop, one after the other."""
    notifications = client.notifications()
    async with notifications:
        for body in bodies:
            instance.queue_notification(body)
            yield await anext(notifications)


@pytest.mark.anyio
async def test_a_new_field_is_told_once_by_path_and_never_with_its_value(
    client: Client, instance: Instance, warnings: Told
) -> None:
    first = text(idMessage="1", newField=SECRET)
    second = text(idMessage="2", newField="another " + SECRET)
    third = text(idMessage="3", newField={"deeper": SECRET})
    fourth = text(idMessage="4", newField=SECRET, another=[SECRET])
    told = [warnings() async for _ in served(client, instance, first, second, third, fourth)]
    assert told == [
        ["'incomingMessageReceived' has a field that no class names: 'newField'"],
        [],
        [],
        ["'incomingMessageReceived' has a field that no class names: 'another'"],
    ]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("body", "paths"),
    [
        (text(instanceData={"idInstance": 1, "plan": SECRET}), ["instanceData.plan"]),
        (text(senderData={"chatId": ANNA, "mood": SECRET}), ["senderData.mood"]),
        (text(messageData={"typeMessage": "textMessage", "x": SECRET}), ["messageData.x"]),
        (
            text(messageData={"typeMessage": "textMessage", "textMessageData": {"textMessage": "", "x": SECRET}}),
            ["messageData.textMessageData.x"],
        ),
        (
            text(messageData={"typeMessage": "TextMessage", "TextMessageData": {"x": SECRET}}),
            ["messageData.TextMessageData.x"],
        ),
        (
            text(messageData={"typeMessage": "textMessage", "quotedMessage": {"typeMessage": "imageMessage", "x": 1}}),
            ["messageData.quotedMessage.x"],
        ),
        (text(quotedMessage={"typeMessage": "imageMessage", "x": SECRET}), ["quotedMessage.x"]),
        (
            text(
                messageData={
                    "typeMessage": "pollMessage",
                    "pollMessageData": {"options": [{"optionName": "a", "x": SECRET}, {"y": SECRET}], "z": 1},
                }
            ),
            [
                "messageData.pollMessageData.options[].x",
                "messageData.pollMessageData.options[].y",
                "messageData.pollMessageData.z",
            ],
        ),
        (text(messageData={"typeMessage": "newMessage", "newMessageData": {"x": SECRET}}), ["messageData.typeMessage"]),
        (text(messageData={"x": SECRET}), ["messageData.x"]),
        ({"typeWebhook": "newWebhook", "newData": {"x": SECRET}}, ["typeWebhook"]),
        ({"newData": SECRET}, ["typeWebhook"]),
        (
            {"typeWebhook": "quotaExceeded", "quotaData": {"used": 1, "left": SECRET}, "since": SECRET},
            ["quotaData.left", "since"],
        ),
        ({"typeWebhook": "outgoingCall", "participants": [{"id": ANNA, "mood": SECRET}]}, ["participants[].mood"]),
        (text(), []),
    ],
)
async def test_every_place_of_a_new_field_has_its_path(
    client: Client, instance: Instance, warnings: Told, body: dict[str, Any], paths: list[str]
) -> None:
    assert unknown_fields(body) == paths
    told = [warnings() async for _ in served(client, instance, body)]
    assert [message.rpartition(": ")[2].strip("'") for message in told[0]] == paths


@pytest.mark.anyio
async def test_a_notification_with_a_new_field_is_yielded_whole(client: Client, instance: Instance) -> None:
    body = text(newField=SECRET)
    (notification,) = [notification async for notification in served(client, instance, body)]
    assert (notification.text, notification.raw) == (SECRET, body)


@pytest.mark.anyio
async def test_a_new_type_is_told_and_yielded_as_unknown(client: Client, instance: Instance, warnings: Told) -> None:
    body = {"typeWebhook": "newWebhook", "data": SECRET}
    (notification,) = [notification async for notification in served(client, instance, body)]
    assert isinstance(notification, UnknownNotification)
    assert warnings() == ["'newWebhook' has a field that no class names: 'typeWebhook'"]


@pytest.mark.anyio
async def test_the_fields_of_what_cannot_be_read_are_not_told_as_new(
    client: Client, instance: Instance, warnings: Told
) -> None:
    body = text(timestamp="yesterday")
    (notification,) = [notification async for notification in served(client, instance, body)]
    assert isinstance(notification, MalformedNotification)
    (told,) = warnings()
    assert "Malformed notification" in told


@pytest.mark.parametrize("name", ["message", "raw"])
def test_a_new_field_with_the_name_of_an_attribute_that_is_not_read_from_it_is_new(name: str) -> None:
    assert unknown_fields(text(**{name: SECRET})) == [name]


def test_a_quote_that_is_null_is_nothing_new() -> None:
    assert unknown_fields(text(messageData={"typeMessage": "textMessage", "quotedMessage": None})) == []


def test_a_server_that_invents_fields_without_end_is_not_remembered_without_end(
    warnings: Told,
) -> None:
    drift = Drift()
    for number in range(REMEMBERED + 500):
        drift.report(parse_notification(text(**{f"field{number}": SECRET})))
    assert len(warnings()) <= REMEMBERED


def test_a_long_path_is_told_short(warnings: Told) -> None:
    Drift().report(parse_notification(text(**{"x" * 100_000: SECRET})))
    (told,) = warnings()
    assert len(told) < 400


def test_no_line_of_the_log_is_forged_by_a_name(warnings: Told) -> None:
    Drift().report(parse_notification({"typeWebhook": "new\nWebhook", "a\nb": 1}))
    Drift().report(parse_notification(text(**{"a\nERROR b": SECRET})))
    told = warnings()
    assert len(told) == 2
    assert all(len(message.splitlines()) == 1 for message in told)


@pytest.mark.parametrize("body", [b"<html>", "[]", b"null"])
def test_unknown_fields_of_what_is_no_object_is_a_decode_error(body: bytes | str) -> None:
    with pytest.raises(DecodeError):
        unknown_fields(body)
