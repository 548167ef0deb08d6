"""The polling loop logs each unknown field once, by path and without its value."""

import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from greenapi_async import Client, DecodeError, MalformedNotification, Notification, UnknownNotification, unknown_fields
from greenapi_async.sandbox import Instance
from greenapi_async.serialization.notifications import parse_notification
from greenapi_async.serialization.unknown_fields import MAX_REMEMBERED, UnknownFieldReporter

Warnings = Callable[[], list[str]]

ANNA = "79001234567@c.us"
SECRET = "dear Anna, my PIN is 1234"


def text(**fields: Any) -> dict[str, Any]:
    return {
        "typeWebhook": "incomingMessageReceived",
        "senderData": {"chatId": ANNA, "sender": ANNA},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": SECRET}},
    } | fields


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Warnings:
    """Return a function that returns the warnings logged since its last call."""
    caplog.set_level(logging.INFO)

    def logged() -> list[str]:
        records = [record for record in caplog.records if record.levelno >= logging.WARNING]
        messages = [record.getMessage() for record in records if record.name == "greenapi_async"]
        assert SECRET not in caplog.text
        caplog.clear()
        return messages

    return logged


async def served(client: Client, instance: Instance, *bodies: dict[str, Any]) -> AsyncIterator[Notification]:
    """Yield the notifications of one loop that receives these bodies in order."""
    notifications = client.notifications()
    async with notifications:
        for body in bodies:
            instance.queue_notification(body)
            yield await anext(notifications)


@pytest.mark.anyio
async def test_a_new_field_is_logged_once_by_path_and_without_its_value(
    client: Client, instance: Instance, warnings: Warnings
) -> None:
    first = text(idMessage="1", newField=SECRET)
    second = text(idMessage="2", newField="another " + SECRET)
    third = text(idMessage="3", newField={"deeper": SECRET})
    fourth = text(idMessage="4", newField=SECRET, another=[SECRET])
    logged = [warnings() async for _ in served(client, instance, first, second, third, fourth)]
    assert logged == [
        ["Unknown field 'newField' in a notification of type 'incomingMessageReceived'"],
        [],
        [],
        ["Unknown field 'another' in a notification of type 'incomingMessageReceived'"],
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
async def test_new_fields_are_found_at_every_level(
    client: Client, instance: Instance, warnings: Warnings, body: dict[str, Any], paths: list[str]
) -> None:
    assert unknown_fields(body) == paths
    logged = [warnings() async for _ in served(client, instance, body)]
    assert [message.split("'")[1] for message in logged[0]] == paths


@pytest.mark.anyio
async def test_a_notification_with_a_new_field_is_yielded(client: Client, instance: Instance) -> None:
    body = text(newField=SECRET)
    (notification,) = [notification async for notification in served(client, instance, body)]
    assert (notification.text, notification.raw) == (SECRET, body)


@pytest.mark.anyio
async def test_a_new_type_is_logged_and_yielded_as_unknown(
    client: Client, instance: Instance, warnings: Warnings
) -> None:
    body = {"typeWebhook": "newWebhook", "data": SECRET}
    (notification,) = [notification async for notification in served(client, instance, body)]
    assert isinstance(notification, UnknownNotification)
    assert warnings() == ["Unknown field 'typeWebhook' in a notification of type 'newWebhook'"]


@pytest.mark.anyio
async def test_fields_of_a_malformed_notification_are_not_reported(
    client: Client, instance: Instance, warnings: Warnings
) -> None:
    body = text(messageData=[SECRET], newField=SECRET)
    (notification,) = [notification async for notification in served(client, instance, body)]
    assert isinstance(notification, MalformedNotification)
    (logged,) = warnings()
    assert "Malformed notification" in logged


@pytest.mark.parametrize("name", ["message", "raw"])
def test_a_field_named_like_a_derived_attribute_is_unknown(name: str) -> None:
    assert unknown_fields(text(**{name: SECRET})) == [name]


def test_a_null_quote_is_known() -> None:
    assert unknown_fields(text(messageData={"typeMessage": "textMessage", "quotedMessage": None})) == []


def test_an_unused_part_is_not_unknown() -> None:
    content = {
        "typeMessage": "textMessage",
        "textMessageData": {"textMessage": "", "new": None},
        "fileMessageData": None,
    }
    assert unknown_fields(text(messageData=content, newField=None, senderData={"mood": None})) == []


def test_memory_is_bounded_if_the_server_keeps_inventing_fields(
    warnings: Warnings,
) -> None:
    reporter = UnknownFieldReporter()
    for number in range(MAX_REMEMBERED + 500):
        reporter.report(parse_notification(text(**{f"field{number}": SECRET})))
    assert len(warnings()) <= MAX_REMEMBERED


def test_a_long_path_is_truncated(warnings: Warnings) -> None:
    UnknownFieldReporter().report(parse_notification(text(**{"x" * 100_000: SECRET})))
    (logged,) = warnings()
    assert len(logged) < 400


def test_field_names_cannot_forge_log_lines(warnings: Warnings) -> None:
    UnknownFieldReporter().report(parse_notification({"typeWebhook": "new\nWebhook", "a\nb": 1}))
    UnknownFieldReporter().report(parse_notification(text(**{"a\nERROR b": SECRET})))
    logged = warnings()
    assert len(logged) == 2
    assert all(len(message.splitlines()) == 1 for message in logged)


@pytest.mark.parametrize("body", [b"<html>", "[]", b"null"])
def test_anything_but_an_object_is_a_decode_error(body: bytes | str) -> None:
    with pytest.raises(DecodeError):
        unknown_fields(body)
