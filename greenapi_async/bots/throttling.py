"""Throttling: middleware that limits how many messages of a person or chat are handled; see ``rate_window``."""

from greenapi_async.bots.dispatch import CallNext, Middleware
from greenapi_async.bots.rate_window import CountedBy, RateWindow
from greenapi_async.models.notifications import IncomingMessageReceived, Notification

__all__ = ["throttle"]


def throttle(limit: int, *, per: float, reply: str | None = None, by: CountedBy = "person") -> Middleware:
    """Return middleware that limits how many incoming messages of a person or chat are handled.

    A message beyond the limit counts as handled without a handler. Other notifications are not limited.

    Args:
        limit: Messages within ``per`` seconds; at least 1.
        per: Seconds.
        reply: Text that is sent once in ``per`` seconds to who exceeds the limit; None sends nothing.
        by: ``person`` limits each person, in all chats together; ``chat`` limits each chat.

    Raises:
        InvalidArgumentError: An argument is not valid.

    Example:
        >>> router.middleware(throttle(5, per=60, reply="Please wait a minute."))
    """
    window = RateWindow(limit, per, by)

    async def middleware(notification: Notification, call_next: CallNext) -> None:
        if not isinstance(notification, IncomingMessageReceived) or window.admit(notification):
            await call_next()
        elif reply is not None and window.tell(notification):
            await notification.reply(reply)

    return middleware
