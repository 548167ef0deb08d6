"""The work of the command ``greenapi tail``."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from datetime import datetime
from typing import Any, TypeAlias, cast

from greenapi_async.cli.output import shortened
from greenapi_async.cli.run import Session
from greenapi_async.errors import DecodeError, InvalidArgumentError
from greenapi_async.serialization.notifications import parse_notification

__all__ = ["describe", "show_tail"]

_Arrival: TypeAlias = tuple[datetime, Any, Callable[[], Awaitable[object]]]
"""When it arrived, the notification, and what deletes it on the server once it is printed."""


async def show_tail(session: Session, inbox: str | None, count: int | None, *, consume: bool) -> None:
    """Print notifications as they arrive.

    Args:
        session: The session.
        inbox: The inbox that was given.
        count: How many to print; None for all.
        consume: Whether to receive them from the instance, which deletes them there.

    Raises:
        InvalidArgumentError: There is no inbox and no consent to consume.
    """
    if not consume and not session.configuration.has_inbox(inbox):
        raise InvalidArgumentError(
            "no inbox is given; use --inbox with the inbox of a running bot, or --consume to receive from the instance "
            "itself, which takes the notifications away from any bot"
        )
    if consume and inbox is not None:
        raise InvalidArgumentError("--consume and --inbox exclude each other")
    source = _consume(session) if consume else _follow(session, inbox)
    shown = 0
    async with aclosing(source):
        async for at, body, delete in source:
            session.output.record(body)
            session.output.line(f"{session.output.style(f'{at.astimezone():%H:%M:%S}', 'dim')}  {describe(body)}")
            if session.output.is_closed:  # this one was not printed, so it stays on the server
                return
            await delete()
            shown += 1
            if shown == count:
                return


def describe(body: Any) -> str:
    """Return one line about a notification: type, chat, sender and text.

    Args:
        body: The notification as received.
    """
    try:
        notification = parse_notification(json.dumps(body))
    except DecodeError:
        return shortened(str(body), 120)
    name = getattr(notification, "sender_name", None)
    status = getattr(notification, "status", None)
    words = [str(notification.type_webhook), notification.chat_id, f"({name})" if name else None, status]
    text = notification.text
    return shortened("  ".join(str(word) for word in words if word) + (f": {text}" if text else ""), 200)


async def _keep() -> None:
    """Delete nothing: the notification is the bot's."""


async def _follow(session: Session, inbox: str | None) -> AsyncGenerator[_Arrival]:
    view = session.configuration.inbox_view(inbox)
    await view.counts()  # a wrong file is reported before anything else
    async with aclosing(view.follow()) as entries:
        if not session.output.json:
            session.output.note("Waiting for notifications. Press Ctrl-C to stop.")
        async for entry in entries:
            try:
                body = json.loads(entry.body)
            except (ValueError, RecursionError):
                body = entry.body
            yield entry.stored, body, _keep


async def _consume(session: Session) -> AsyncGenerator[_Arrival]:
    async with session.polling_client() as client, client.notifications() as notifications:
        if not session.output.json:
            session.output.note("Receiving; what is printed is deleted on the server. Press Ctrl-C to stop.")
        async for notification in notifications:
            yield datetime.now().astimezone(), cast("Any", notification.raw), notification.ack
