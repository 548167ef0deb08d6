import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

from greenapi_async import (
    Client,
    EditedMessage,
    IncomingMessageReceived,
    InvalidArgumentError,
    parse_notification,
    unknown_fields,
)
from greenapi_async.inbox.base import Entry
from greenapi_async.inbox.memory import MemoryInbox
from greenapi_async.polling.deduplication import received_entry
from greenapi_async.polling.journal_changes import group_rows
from greenapi_async.polling.recovery import Recovered, recover
from greenapi_async.sandbox import Instance
from greenapi_async.serialization.decoders import rows_of
from greenapi_async.serialization.journals import message_row
from greenapi_async.types import HistoryMessage, ReceivedNotification

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"
SAMPLES = Path(__file__).parent.parent / "samples" / "journals"
BORIS = "79007654321@c.us"
ID = 1101000001

Row = dict[str, Any]
Recover = Callable[..., Awaitable[Recovered]]
Journal = Callable[[int], Awaitable[list[HistoryMessage]]]


@pytest.fixture
def inbox() -> MemoryInbox:
    return MemoryInbox(clock=anyio.current_time)


@pytest.fixture
def recovering(client: Client, inbox: MemoryInbox) -> Recover:
    async def recovering(since: datetime | timedelta = timedelta(days=3), journal: Journal | None = None) -> Recovered:
        async def fetch(minutes: int) -> list[HistoryMessage]:
            return await client.last_incoming_messages(minutes=minutes)

        return await recover(journal or fetch, ID, inbox, since=since, clock=anyio.current_time)

    return recovering


async def receive(client: Client, inbox: MemoryInbox) -> list[bool]:
    """Receive everything in the queue as the loop does; return whether each notification was stored."""
    stored: list[bool] = []
    while (received := await client.receive_notification(receive_timeout=5)) is not None:
        stored.append(await inbox.put(received_entry(ID, received)))
        await client.delete_notification(received.receipt_id)
    return stored


async def entries(inbox: MemoryInbox) -> list[Entry]:
    return list(await inbox.waiting({ID}, 0, 1000))


async def texts(inbox: MemoryInbox, *, recovered: bool | None = None) -> list[str | None]:
    return [
        parse_notification(entry.body).text
        for entry in await entries(inbox)
        if recovered is None or entry.recovered is recovered
    ]


def journal(*rows: Row, asked: list[int] | None = None) -> Journal:
    """Return a journal with these rows that records the requested minutes."""

    async def answer(minutes: int) -> list[HistoryMessage]:
        if asked is not None:
            asked.append(minutes)
        return rows_of(message_row)(list(rows))

    return answer


def a_row(number: int, at: int, **fields: Any) -> Row:
    return {
        "type": "incoming",
        "idMessage": f"3A0000000000000{number}",
        "timestamp": at,
        "typeMessage": "textMessage",
        "chatId": ANNA,
        "textMessage": str(number),
        "senderId": ANNA,
        "senderName": "Anna",
        "senderContactName": "",
        **fields,
    }


async def test_lost_notifications_are_stored_once_and_marked(
    client: Client, instance: Instance, inbox: MemoryInbox, recovering: Recover
) -> None:
    instance.contact_writes(ANNA, "received")
    assert await receive(client, inbox) == [True]
    instance.contact_writes(ANNA, "lost")
    instance.contact_writes(BORIS, "lost as well")
    await anyio.sleep(25 * 3600)
    instance.contact_writes(ANNA, "still in the queue")
    assert await recovering() == Recovered(found=4, stored=3, known=1, skipped=0)
    assert await texts(inbox, recovered=False) == ["received"]
    assert await texts(inbox, recovered=True) == ["lost", "lost as well", "still in the queue"]


async def test_recovering_twice_stores_nothing_new(
    client: Client, instance: Instance, inbox: MemoryInbox, recovering: Recover
) -> None:
    instance.contact_writes(ANNA, "lost")
    instance.notifications.clear()
    assert (await recovering()).stored == 1
    assert await recovering() == Recovered(found=1, stored=0, known=1, skipped=0)
    (entry,) = await entries(inbox)
    await inbox.done(entry.id)
    assert (await recovering()).stored == 0


async def test_a_notification_that_arrives_after_its_recovery_is_dropped(
    client: Client, instance: Instance, inbox: MemoryInbox, recovering: Recover
) -> None:
    instance.contact_writes(ANNA, "late")
    await anyio.sleep(1)
    await recovering()
    assert await receive(client, inbox) == [False]
    assert await texts(inbox) == ["late"]


async def test_edits_of_a_recovered_message_are_not_duplicates(
    client: Client, instance: Instance, inbox: MemoryInbox, recovering: Recover
) -> None:
    id_message = instance.contact_writes(ANNA, "first")
    instance.notifications.clear()
    await anyio.sleep(1)
    await recovering()
    for text in ("second", "third"):
        instance.contact_sends(ANNA, {"edit": {"idMessage": id_message, "text": text}})
    assert await receive(client, inbox) == [True, True]
    assert await recovering() == Recovered(found=1, stored=0, known=1, skipped=0)
    messages = [getattr(parse_notification(entry.body), "message", None) for entry in await entries(inbox)]
    assert [type(message) is EditedMessage for message in messages] == [False, True, True]


EDIT = {"typeMessage": "editedMessage", "editedMessageData": {"textMessage": "new", "stanzaId": "M1"}}
DELETION = {"typeMessage": "deletedMessage", "deletedMessageData": {"stanzaId": "M1"}}

CHANGED: list[tuple[str, list[Row], list[tuple[str, str | None]]]] = [
    ("unchanged", [{"idMessage": "M1", "textMessage": "old"}], [("M1", "old")]),
    ("edited in place", [{"idMessage": "M1", "textMessage": "new", "isEdited": True}], [("M1", "new")]),
    (
        "the edit names the original",
        [{"idMessage": "M1", "textMessage": "old"}, {"idMessage": "M2", "textMessage": "new", "editedMessageId": "M1"}],
        [("M1", "new")],
    ),
    (
        "the original names the edit",
        [
            {"idMessage": "M1", "textMessage": "old", "isEdited": True, "editedMessageId": "M2"},
            {"idMessage": "M2", "textMessage": "new"},
        ],
        [("M1", "new")],
    ),
    (
        "edited twice",
        [
            {"idMessage": "M1", "textMessage": "old"},
            {"idMessage": "M2", "textMessage": "newer", "editedMessageId": "M1"},
            {"idMessage": "M4", "textMessage": "other"},
            {"idMessage": "M3", "textMessage": "new", "editedMessageId": "M2"},
        ],
        [("M1", "new"), ("M4", "other")],
    ),
    (
        "the edit is an event",
        [{"idMessage": "M1", "textMessage": "old"}, {"idMessage": "M2", **EDIT}],
        [("M1", "old"), ("M2", "new")],
    ),
    (
        "only the edit is left",
        [{"idMessage": "M2", "textMessage": "new", "isEdited": True, "editedMessageId": "M1"}],
        [("M2", "new")],
    ),
    ("deleted in place", [{"idMessage": "M1", "textMessage": "old", "isDeleted": True}], []),
    (
        "the deletion names the original",
        [{"idMessage": "M1", "textMessage": "old"}, {"idMessage": "M2", "textMessage": "", "deletedMessageId": "M1"}],
        [],
    ),
    (
        "the original names the deletion",
        [
            {"idMessage": "M1", "textMessage": "old", "isDeleted": True, "deletedMessageId": "M2"},
            {"idMessage": "M2", "textMessage": ""},
        ],
        [],
    ),
    (
        "the deletion is an event",
        [{"idMessage": "M1", "textMessage": "old"}, {"idMessage": "M2", **DELETION}],
        [("M2", None)],
    ),
    (
        "edited and deleted",
        [
            {"idMessage": "M1", "textMessage": "old"},
            {"idMessage": "M2", "textMessage": "new", "editedMessageId": "M1", "isDeleted": True},
        ],
        [],
    ),
    (
        "an edit of a deleted message",
        [{"idMessage": "M2", **EDIT}, {"idMessage": "M3", "isDeleted": True, **DELETION, "deletedMessageId": "M1"}],
        [("M3", None)],
    ),
]


@pytest.mark.parametrize(("rows", "expected"), [case[1:] for case in CHANGED], ids=[case[0] for case in CHANGED])
async def test_an_edited_message_comes_back_once_and_a_deleted_one_does_not(
    inbox: MemoryInbox, recovering: Recover, rows: list[Row], expected: list[tuple[str, str | None]]
) -> None:
    empty = {"isEdited": False, "isDeleted": False, "editedMessageId": "", "deletedMessageId": ""}
    given = [a_row(0, at, **{**empty, **row}) for at, row in enumerate(rows)]
    for _ in range(2):
        result = await recovering(journal=journal(*given[::-1]))
        assert result.found == len(rows)
    found = [parse_notification(entry.body) for entry in await entries(inbox)]
    assert [(one.id_message, one.text) for one in found] == expected
    assert all(name not in entry.body for entry in await entries(inbox) for name in empty)


def test_links_do_not_reach_into_other_chats() -> None:
    """On MAX and Telegram, ids are unique within one chat only."""
    here, there = {"chatId": "10000001"}, {"chatId": "10000002", "textMessage": "there"}
    rows = [
        a_row(0, 1, idMessage="M1", **there),
        a_row(0, 2, idMessage="M2", editedMessageId="M1", **{**here, "textMessage": "here"}),
        a_row(0, 3, idMessage="M3", **there),
        a_row(0, 4, idMessage="M4", deletedMessageId="M3", **here),
    ]
    messages = group_rows(rows_of(message_row)(rows))
    assert [(len(one.rows), one.newest.text, one.is_deleted) for one in messages] == [
        (1, "there", False),
        (1, "here", False),
        (1, "there", False),
        (1, "0", True),
    ]


@pytest.mark.parametrize("change", [DELETION, {"deletedMessageId": "M1"}, {"editedMessageId": "M1", "isDeleted": True}])
def test_a_deletion_may_name_the_chat_by_its_other_id(change: dict[str, Any]) -> None:
    rows = [a_row(0, 1, idMessage="M1"), a_row(0, 2, idMessage="M2", chatId="150000000000001@lid", **change)]
    assert group_rows(rows_of(message_row)(rows))[0].is_deleted


async def test_what_was_edited_or_deleted_during_the_outage(
    client: Client, instance: Instance, inbox: MemoryInbox, recovering: Recover
) -> None:
    instance.settings |= {"editedMessageWebhook": "yes", "deletedMessageWebhook": "yes"}
    edited, deleted = (instance.contact_writes(ANNA, text) for text in ("/pay 5", "deleted"))
    await anyio.sleep(1)
    instance.contact_sends(ANNA, {"edit": {"idMessage": edited, "text": "/pay 50"}})
    instance.contact_sends(ANNA, {"delete": {"idMessage": deleted}})
    instance.notifications.clear()
    rows = await client.last_incoming_messages()
    assert {row.text: (row.is_edited, row.is_deleted) for row in rows} == {
        "/pay 50": (True, False),
        "deleted": (False, True),
    }
    assert [row.edited_message_id for row in rows] == [row.deleted_message_id for row in rows] == ["", ""]
    assert await recovering() == Recovered(found=2, stored=1, known=0, skipped=1)
    assert await texts(inbox) == ["/pay 50"]


@pytest.mark.parametrize("first", ["M1", "M2"])
async def test_an_edited_message_that_was_handled_is_not_handled_again(
    inbox: MemoryInbox, recovering: Recover, first: str
) -> None:
    """Whichever of its ids the inbox knows, and whichever the journal names."""
    received = {
        "typeWebhook": "incomingMessageReceived",
        "idMessage": first,
        "messageData": {"typeMessage": "textMessage"},
    }
    await inbox.put(received_entry(ID, ReceivedNotification(receipt_id=1, body=received)))
    other = {"M1": "M2", "M2": "M1"}[first]
    rows = [a_row(0, 1, idMessage=other, editedMessageId=first), a_row(0, 2, idMessage="M3", editedMessageId=other)]
    assert await recovering(journal=journal(*rows)) == Recovered(found=2, stored=0, known=1, skipped=1)


async def test_an_edit_that_was_received_does_not_hide_the_lost_message(
    inbox: MemoryInbox, recovering: Recover
) -> None:
    edit = {"typeWebhook": "incomingMessageReceived", "idMessage": "M2", "messageData": EDIT}
    await inbox.put(received_entry(ID, ReceivedNotification(receipt_id=1, body=edit)))
    row = a_row(0, 1, idMessage="M1", textMessage="new", isEdited=True, editedMessageId="M2")
    assert (await recovering(journal=journal(row))).stored == 1
    assert (await recovering(journal=journal(a_row(0, 1, idMessage="M2", **EDIT)))).known == 1


async def test_a_recovered_notification_has_the_fields_of_the_lost_one(
    client: Client, instance: Instance, inbox: MemoryInbox, recovering: Recover
) -> None:
    asked = instance.contact_writes(ANNA, "yes or no?", sender_name="Anna", contact_name="Annie")
    instance.contact_writes(ANNA, "no", quoted_message_id=asked)
    other = MemoryInbox(clock=anyio.current_time)
    await receive(client, other)
    await recovering()
    for real, recovered in zip(await entries(other), await entries(inbox), strict=True):
        lost, found = parse_notification(real.body), parse_notification(recovered.body)
        assert isinstance(lost, IncomingMessageReceived)
        assert isinstance(found, IncomingMessageReceived)
        assert type(found.message) is type(lost.message)
        for name in ("id_message", "timestamp", "chat_id", "text", "sender", "sender_name", "sender_contact_name"):
            assert getattr(found, name) == getattr(lost, name)


def sample(path: Path) -> list[Row]:
    """Return the rows of an example; getMessage returns one, the other methods an array."""
    text = path.read_text("utf-8")
    rows: list[Row] = json.loads(text if text.startswith("[") else f"[{text}]")
    return rows


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
async def test_a_row_becomes_a_notification_of_the_same_message(path: Path, inbox: MemoryInbox) -> None:
    given = sample(path)
    incoming = [row for row in rows_of(message_row)(given) if row.type == "incoming"]
    known = {row.id_message: row for row in incoming if row.id_message}
    result = await recover(journal(*given), ID, inbox, datetime(1970, 1, 1, tzinfo=UTC), wid="79876543210@c.us")
    assert result == Recovered(found=len(incoming), stored=len(known), known=0, skipped=len(incoming) - len(known))
    for entry in await entries(inbox):
        notification = parse_notification(entry.body)
        assert isinstance(notification, IncomingMessageReceived)
        row = known[notification.id_message or ""]
        assert type(notification.message) is type(row.message)
        assert notification.message == row.message
        assert notification.sender == row.sender_id
        for name in ("text", "sender_name", "sender_contact_name", "chat_id", "timestamp"):
            assert getattr(notification, name) == getattr(row, name)
        assert (notification.id_instance, notification.wid, entry.recovered) == (ID, "79876543210@c.us", True)
        assert unknown_fields(entry.body) == []


async def test_an_unknown_field_of_a_row_is_kept(inbox: MemoryInbox, recovering: Recover) -> None:
    await recovering(journal=journal(a_row(1, 0, somethingNew=5)))
    (entry,) = await entries(inbox)
    assert unknown_fields(entry.body) == ["messageData.somethingNew"]
    assert parse_notification(entry.body).wid is None


@pytest.mark.parametrize("newest_first", [True, False])
async def test_the_oldest_is_replayed_first(inbox: MemoryInbox, recovering: Recover, newest_first: bool) -> None:
    await anyio.sleep(100)
    rows = [a_row(1, 10), a_row(2, 20), a_row(3, 20), a_row(4, 30)]
    await recovering(journal=journal(*(rows[::-1] if newest_first else rows)))
    assert await texts(inbox) == ["1", "2", "3", "4"]


async def test_older_and_outgoing_messages_are_skipped(inbox: MemoryInbox, recovering: Recover) -> None:
    await anyio.sleep(1000)
    rows = [a_row(1, 939), a_row(2, 940), a_row(3, 950, type="outgoing")]
    since = datetime.fromtimestamp(940.7, UTC)  # the journal's times are whole seconds
    assert await recovering(since, journal(*rows)) == Recovered(found=1, stored=1, known=0, skipped=0)
    assert await texts(inbox) == ["2"]


async def test_rows_that_cannot_be_identified_are_counted_and_skipped(inbox: MemoryInbox, recovering: Recover) -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    blocked = {
        "type": "incoming",
        "typeMessage": "incomingBlock",
        "timestamp": 1,
        "chatId": ANNA,
        "chatState": "blocked",
    }
    rows = [
        a_row(1, 0),
        blocked,
        {**blocked, "idMessage": "3A00000000000005"},
        a_row(2, 2, deep=deep),
        a_row(3, 3, idMessage=""),
        a_row(4, 4),
    ]
    try:
        result = await recovering(journal=journal(*rows[::-1]))
    finally:
        while deep:  # or letting go of it would go as deep
            deep = deep.pop()
    assert result == Recovered(found=6, stored=2, known=0, skipped=4)
    assert await texts(inbox) == ["1", "4"]


async def test_a_row_without_a_timestamp_is_replayed(inbox: MemoryInbox, recovering: Recover) -> None:
    timeless = {name: value for name, value in a_row(1, 0).items() if name != "timestamp"}
    await recovering(journal=journal(a_row(2, 5), timeless))
    assert await texts(inbox) == ["1", "2"]


@pytest.mark.parametrize(("ago", "minutes"), [(60, 2), (61, 3), (0.5, 2), (25 * 3600, 1501)])
async def test_the_journal_is_requested_with_a_margin_of_one_minute(
    recovering: Recover, ago: float, minutes: int
) -> None:
    await anyio.sleep(26 * 3600)
    asked: list[int] = []
    await recovering(timedelta(seconds=ago), journal(asked=asked))
    await recovering(datetime.fromtimestamp(anyio.current_time() - ago, UTC), journal(asked=asked))
    assert asked == [minutes, minutes]


@pytest.mark.parametrize(
    ("since", "words"),
    [
        (datetime(2024, 1, 1, 12), "2024-01-01T12:00:00, without a time zone"),  # noqa: DTZ001
        (datetime(2999, 1, 1, tzinfo=UTC), "2999-01-01T00:00:00.*in the future"),
        (timedelta(), "positive"),
        (timedelta(hours=-1), "positive"),
    ],
)
async def test_a_since_that_is_not_in_the_past_is_rejected_before_any_request(
    recovering: Recover, since: datetime | timedelta, words: str
) -> None:
    asked: list[int] = []
    with pytest.raises(InvalidArgumentError, match=words):
        await recovering(since, journal(asked=asked))
    assert asked == []
