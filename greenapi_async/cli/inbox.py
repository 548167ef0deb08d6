"""The work of the commands ``greenapi inbox``."""

import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from greenapi_async.cli.output import shortened, to_json, visible_lines
from greenapi_async.cli.progress import Progress
from greenapi_async.cli.run import Session
from greenapi_async.cli.text import counted
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.base import describe_body
from greenapi_async.inbox.view import InboxView, StoredEntry

__all__ = ["change_entries", "entry_fields", "export_entries", "list_entries", "show_entry"]

PAGE: Final = 500
"""Entries read at once."""


async def list_entries(session: Session, inbox: str | None, *, quarantined: bool | None, limit: int) -> None:
    """List entries.

    Args:
        session: The session.
        inbox: The inbox that was given.
        quarantined: Whether to list those in quarantine or those that wait; None for both.
        limit: Greatest number of entries.
    """
    view = session.configuration.inbox_view(inbox)
    counts = await view.counts()
    found = await view.entries(quarantined=quarantined, limit=limit)
    output = session.output
    if output.json:
        output.document([entry_fields(stored, with_body=False) for stored in found])
        return
    header = [("id", "state", "stored (UTC)", "attempts", "notification")] if found else []
    output.table([*header, *map(_row, found)])
    more = "" if len(found) < limit else f" The first {limit} are shown; --limit shows more."
    output.line(
        f"{counts.waiting} waiting or in progress, {counts.failed} of them to be retried; "
        f"{counts.quarantined} in quarantine.{more}"
    )


async def show_entry(session: Session, inbox: str | None, entry: int) -> None:
    """Show one entry.

    Args:
        session: The session.
        inbox: The inbox that was given.
        entry: Its id.
    """
    stored = await session.configuration.inbox_view(inbox).find(entry)
    session.output.document(entry_fields(stored, with_body=True))
    if not session.output.json:
        session.output.line(visible_lines(f"{_state(stored)}: {stored.entry}"))
        session.output.line()
        session.output.line(_pretty(stored.entry.body))


async def change_entries(session: Session, inbox: str | None, entries: Sequence[int], action: str) -> None:
    """Release, drop or retry entries.

    Args:
        session: The session.
        inbox: The inbox that was given.
        entries: Their ids.
        action: ``release``, ``drop`` or ``retry``.
    """
    view = session.configuration.inbox_view(inbox)
    change, done = {
        "release": (view.release, "Released"),
        "drop": (view.drop, "Dropped"),
        "retry": (view.retry, "Retrying"),
    }[action]
    changed: list[int] = []
    try:
        for entry in Progress(session.output, f"{action} entries").over(entries):
            await change(entry)
            changed.append(entry)
            session.output.line(f"{done} entry {entry}.")
    finally:
        session.output.document({"action": action, "entries": changed})


async def export_entries(session: Session, inbox: str | None, file: Path, *, quarantined: bool | None) -> None:
    """Write entries to a file of JSON lines.

    Args:
        session: The session.
        inbox: The inbox that was given.
        file: The file; ``-`` is standard output.
        quarantined: True for those in quarantine only; None for all.
    """
    view = session.configuration.inbox_view(inbox)
    counts = await view.counts()
    total = counts.quarantined if quarantined else counts.quarantined + counts.waiting
    progress = Progress(session.output, "export entries", total)
    number = 0
    if str(file) == "-":
        async for stored in _all(view, quarantined):
            sys.stdout.write(session.output.masked(_exported(stored)))
        return
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # it contains private messages
    except OSError as error:
        raise InvalidArgumentError(f"{file} cannot be created: {error.strerror}") from None

    with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as opened:  # noqa: ASYNC230, PTH123
        async for stored in _all(view, quarantined):
            opened.write(_exported(stored))
            number += 1
            progress.advance()
    progress.finish()
    session.output.document({"file": str(file), "entries": number})
    session.output.line(f"Wrote {counted(number, 'entry', 'entries')} to {file}. They are still in the inbox.")


def entry_fields(stored: StoredEntry, *, with_body: bool) -> dict[str, Any]:
    """Return an entry as JSON has it.

    Args:
        stored: The entry.
        with_body: Whether to include the body and the failure.
    """
    entry = stored.entry
    about = {
        name or "typeWebhook": value for name, _, value in (part.rpartition(" ") for part in describe_body(entry.body))
    }
    fields: dict[str, Any] = {
        "id": entry.id,
        "quarantined": stored.quarantined,
        "idInstance": entry.id_instance,
        "typeWebhook": about.get("typeWebhook"),
        "chatId": about.get("chat"),
        "idMessage": about.get("message"),
        "stored": entry.stored,
        "attempts": entry.attempts,
        "due": entry.due,
        "error": entry.error,
    }
    if with_body:
        fields |= {"failure": entry.failure, "body": _parsed(entry.body)}
    return fields


async def _all(view: InboxView, quarantined: bool | None) -> AsyncIterator[StoredEntry]:
    after = 0
    while page := await view.entries(quarantined=quarantined, after=after, limit=PAGE):
        for stored in page:
            yield stored
        after = page[-1].entry.id


def _exported(stored: StoredEntry) -> str:
    fields = entry_fields(stored, with_body=True)
    return json.dumps(fields, ensure_ascii=False, default=_iso) + "\n"


def _iso(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _row(stored: StoredEntry) -> tuple[str, ...]:
    entry = stored.entry
    return (
        str(entry.id),
        _state(stored),
        f"{entry.stored.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        str(entry.attempts),
        shortened(
            f"{', '.join(describe_body(entry.body)) or entry.error or 'unreadable'}{_failure(entry.failure)}", 140
        ),
    )


def _failure(failure: str | None) -> str:
    """Return the last line of a traceback, as the end of a row."""
    lines = (failure or "").strip().splitlines()
    return f": {lines[-1].strip()}" if lines else ""


def _state(stored: StoredEntry) -> str:
    return "quarantined" if stored.quarantined else "to retry" if stored.entry.attempts else "waiting"


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body


def _pretty(body: str) -> str:
    parsed = _parsed(body)
    return visible_lines(parsed) if isinstance(parsed, str) else to_json(parsed, indent=2)
