"""The work of the commands ``greenapi history``, ``contacts`` and ``groups``."""

from collections.abc import Sequence
from datetime import datetime

from greenapi_async.cli.output import shortened
from greenapi_async.cli.recipients import resolve_chat
from greenapi_async.cli.run import Session
from greenapi_async.models.journals import HistoryMessage

__all__ = ["list_contacts", "show_history"]


async def show_history(session: Session, chat: str | None, count: int, minutes: int) -> None:
    """Print the messages of a chat, or of all chats, oldest first.

    Args:
        session: The session.
        chat: The chat; None for all.
        count: Greatest number of messages of a chat.
        minutes: How far to look back in all chats.
    """
    async with session.client() as client:
        if chat is not None:
            rows = await client.get_chat_history(await resolve_chat(client, chat), count=count)
        else:
            incoming = await client.last_incoming_messages(minutes=minutes)
            rows = [*incoming, *await client.last_outgoing_messages(minutes=minutes)]
    ordered = sorted(rows, key=lambda row: row.timestamp.timestamp() if row.timestamp else 0.0)
    session.output.document(ordered)
    session.output.table([_row(row, with_chat=chat is None) for row in ordered])
    _say_nothing_found(session, ordered, "No messages.")


async def list_contacts(session: Session, count: int | None, *, group: bool) -> None:
    """Print the account's contacts or groups.

    Args:
        session: The session.
        count: Greatest number of entries; None for all.
        group: Whether to print the groups.
    """
    async with session.client() as client:
        rows = await client.get_contacts(group=group, count=count)
    session.output.document(rows)
    session.output.table([(row.id or "", shortened(row.contact_name or row.name or "", 60)) for row in rows])
    _say_nothing_found(session, rows, "No groups." if group else "No contacts.")


def _say_nothing_found(session: Session, rows: Sequence[object], text: str) -> None:
    """Tell a person that nothing is missing; on stderr, so that a pipe gets rows only."""
    if not rows and not session.output.json:
        session.output.note(text)


def _row(row: HistoryMessage, *, with_chat: bool) -> Sequence[str]:
    arrow = "<-" if row.type == "incoming" else "->"
    status = f" ({row.status_message})" if row.status_message else ""
    text = shortened(row.text or f"[{row.type_message}]", 100) + status
    chat = [row.chat_id or ""] if with_chat else []
    return [_time(row.timestamp), arrow, *chat, text]


def _time(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
