"""The work of the commands ``greenapi queue``."""

import sys

from greenapi_async.cli.output import shortened
from greenapi_async.cli.run import Session
from greenapi_async.cli.terminal import interruptible
from greenapi_async.cli.text import counted
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.queues import QueuedMessage

__all__ = ["clear_queue", "confirm", "show_queue"]


async def show_queue(session: Session) -> None:
    """Print the messages that wait to be sent, and the number of notifications that wait to be received."""
    async with session.client() as client:
        rows = await client.show_messages_queue()
        notifications = (await client.get_webhooks_count()).count
    session.output.document({"messages": rows, "webhooksCount": notifications})
    session.output.table([_row(row) for row in rows])
    session.output.line(
        f"{counted(len(rows), 'message')} to send, "
        f"{'an unknown number of notifications' if notifications is None else counted(notifications, 'notification')} "
        "to receive."
    )


async def clear_queue(session: Session, *, notifications: bool, yes: bool) -> None:
    """Drop what waits in a queue.

    Args:
        session: The session.
        notifications: Whether to drop the notifications instead of the messages.
        yes: Whether it is confirmed already.
    """
    what = "notifications that were not received yet" if notifications else "messages that wait to be sent"
    confirm(f"Drop all {what}?", yes=yes)
    async with session.client() as client:
        answer = await (client.clear_webhooks_queue() if notifications else client.clear_messages_queue())
    session.output.document(answer)
    session.output.line(f"Dropped the {what}.")


def confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal; elsewhere the option must be given.

    Args:
        question: The question.
        yes: Whether it is confirmed already.

    Raises:
        InvalidArgumentError: The answer is not yes, or nobody can be asked.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidArgumentError("confirm with --yes; nothing was changed")
    with interruptible():
        sys.stderr.write(f"{question} [y/N] ")
        sys.stderr.flush()
        answer = sys.stdin.readline()
    if answer.strip().lower() not in {"y", "yes"}:
        raise InvalidArgumentError("not confirmed; nothing was changed")


def _row(row: QueuedMessage) -> tuple[str, ...]:
    body = row.body
    text = (body.message or body.caption or body.file_name or body.name_location or "") if body else ""
    return row.message_id or "", row.type or "", row.chat_id or "", shortened(text, 60)
