"""Every JSON example of the manual is parsed as the right class, and no field is lost."""

import json
from typing import Any, get_args

import attrs
import pytest

from greenapi_async import (
    IncomingMessageReceived,
    Message,
    MessageNotification,
    Notification,
    TextMessage,
    parse_notification,
    unknown_fields,
)
from greenapi_async.serialization.decoders import list_of, rows_of
from greenapi_async.serialization.journals import message_row
from greenapi_async.types import HistoryCall, HistoryMessage

from .rebuild import rebuild_notification, rebuild_row
from .samples import FOLDER, JOURNALS, NOTIFICATIONS, SAMPLES, UNKNOWN, Sample, sample

each_notification = pytest.mark.parametrize("given", NOTIFICATIONS, ids=str)
each_journal = pytest.mark.parametrize("given", JOURNALS, ids=str)


def canonical(value: Any) -> str:
    """Return JSON that is equal for values of equal content and types, regardless of field order."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def parse_rows(given: Sample) -> list[HistoryMessage] | list[HistoryCall]:
    """Parse a journal as the client does."""
    if "HistoryCall" in given.rows:
        return list_of(lambda: HistoryCall)(given.body)
    return rows_of(message_row)(given.received)


def quote_of(message: Message) -> str:
    return type(message.quoted).__name__ if message.quoted is not None else ""


def test_every_file_is_listed_once() -> None:
    files = sorted(str(path.relative_to(FOLDER).as_posix()) for path in FOLDER.glob("*/*.json"))
    assert sorted(sample.file for sample in SAMPLES) == files
    assert len(files) > 130


def test_every_class_has_an_example() -> None:
    seen = {given.notification for given in SAMPLES}
    for given in SAMPLES:
        seen |= set(given.messages)
    kinds = {kind.__name__ for kind in (*get_args(Notification), *get_args(Message))}
    assert kinds - seen == {"MalformedNotification"}


@each_notification
def test_a_notification_has_the_documented_class(given: Sample) -> None:
    notification = parse_notification(given.text)
    assert type(notification).__name__ == given.notification
    if isinstance(notification, MessageNotification):
        assert [type(notification.message).__name__] == given.messages
        assert quote_of(notification.message) == "".join(given.quotes)
    else:
        assert not given.messages


@each_notification
def test_a_notification_loses_no_field(given: Sample) -> None:
    notification = parse_notification(given.text)
    assert canonical(notification.raw) == canonical(given.body)
    if given.file not in UNKNOWN:
        assert canonical(rebuild_notification(notification, given.body)) == canonical(given.body)


@each_notification
def test_no_field_is_unknown(given: Sample) -> None:
    expected = {
        "beyond/22-unknown-notification.json": ["typeWebhook"],
        "beyond/46-unknown-message.json": ["messageData.typeMessage"],
    }
    assert unknown_fields(given.text) == expected.get(given.file, [])


@each_journal
def test_a_row_has_the_documented_class(given: Sample) -> None:
    rows = parse_rows(given)
    assert [type(row).__name__ for row in rows] == given.rows
    messages = [row.message for row in rows if isinstance(row, HistoryMessage)]
    assert [type(message).__name__ for message in messages] == given.messages
    assert [quote_of(message) for message in messages] == given.quotes


@each_journal
def test_a_row_loses_no_field(given: Sample) -> None:
    rows = parse_rows(given)
    assert canonical([row.raw for row in rows]) == canonical(given.received)
    rebuilt = [rebuild_row(row, fields) for row, fields in zip(rows, given.received, strict=True)]
    assert canonical(rebuilt) == canonical(given.received)


def test_the_round_trip_detects_a_changed_value() -> None:
    body = sample("notifications/03")
    notification = parse_notification(body)
    assert isinstance(notification, IncomingMessageReceived)
    for changed in (
        attrs.evolve(notification, timestamp=None),
        attrs.evolve(notification, sender_name="Somebody else"),
        attrs.evolve(notification, message=TextMessage(type_message="textMessage", raw=notification.message.raw)),
    ):
        assert canonical(rebuild_notification(changed, body)) != canonical(body)


@pytest.mark.parametrize("place", ["", "instanceData", "senderData", "messageData", "textMessageData"])
def test_the_round_trip_detects_a_field_without_attribute(place: str) -> None:
    body = sample("notifications/03")
    inside = body["messageData"] if place == "textMessageData" else body
    (inside[place] if place else inside)["somethingNew"] = 5
    with pytest.raises(AttributeError, match="something_new"):
        rebuild_notification(parse_notification(body), body)
