"""The work of the command ``greenapi broadcast status``."""

from collections.abc import Mapping, Sequence
from typing import Any

from greenapi_async.cli.run import Session
from greenapi_async.cli.text import counted
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.records import RecordStore
from greenapi_async.outgoing.broadcast_progress import BroadcastState
from greenapi_async.outgoing.broadcast_store import HEADERS, BroadcastStore
from greenapi_async.outgoing.broadcast_turns import BroadcastLease

__all__ = ["show_broadcasts"]

PAGE = 100
UNFINISHED = {BroadcastState.LOADING, BroadcastState.SENDING}
INTERRUPTED = "interrupted"
"""Shown for an unfinished broadcast that no process works on."""


async def show_broadcasts(session: Session, inbox: str | None, name: str | None) -> None:
    """Print the state of broadcasts, and how many recipients have which status.

    Args:
        session: The session.
        inbox: The inbox that was given.
        name: Only this broadcast; None for all.

    Raises:
        InvalidArgumentError: There is no such broadcast.
    """
    records = session.configuration.inbox_view(inbox).records
    rows = [await _row(records, key) for key in await _keys(records) if name is None or key.partition(" ")[2] == name]
    if name is not None and not rows:
        raise InvalidArgumentError(f"there is no broadcast {name!r} in the inbox")
    session.output.document(rows)
    header = [("broadcast", "instance", "state", "started (UTC)", "recipients")] if rows else []
    session.output.table([*header, *map(_cells, rows)])
    if any(row["state"] == INTERRUPTED for row in rows):
        session.output.line("An interrupted broadcast continues when it is started again under its name.")
    session.output.line(f"{counted(len(rows), 'broadcast')}.")


async def _keys(records: RecordStore) -> Sequence[str]:
    keys: list[str] = []
    while page := await records.page(HEADERS, after=keys[-1] if keys else "", limit=PAGE):
        keys += [record.key for record in page]
    return keys


async def _row(records: RecordStore, key: str) -> Mapping[str, Any]:
    id_instance, _, name = key.partition(" ")
    store = BroadcastStore(records, int(id_instance), name)
    header = await store.header()
    state = None if header is None else str(header.state)
    if header is not None and header.state in UNFINISHED:
        lease = BroadcastLease(records, int(id_instance), name)
        state = state if await lease.is_held() else INTERRUPTED
    counts = await store.count()
    return {
        "name": name,
        "idInstance": int(id_instance),
        "state": state,
        "created": None if header is None else header.created,
        "recipients": {str(status): count for status, count in counts.items()},
        "total": counts.total(),
    }


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    counts = ", ".join(f"{count} {status}" for status, count in row["recipients"].items())
    created = "" if row["created"] is None else f"{row['created']:%Y-%m-%d %H:%M:%S}"
    return row["name"], str(row["idInstance"]), row["state"] or "unreadable", created, f"{row['total']}: {counts}"
