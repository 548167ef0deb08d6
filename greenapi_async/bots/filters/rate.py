"""Filter by how many notifications a person or chat has sent lately."""

from greenapi_async.bots.filters.filter import Filter, format_call
from greenapi_async.bots.rate_window import CountedBy, RateWindow

__all__ = ["rate"]


def rate(limit: int, *, per: float, by: CountedBy = "person") -> Filter:
    """Match at most so many notifications of each person or chat in a time span.

    What is beyond the limit is left to the handlers that follow. Every notification that reaches the filter and is
    within the limit counts: put it last, ``filters.command("draw") & filters.rate(5, per=60)``, and share one object
    between handlers that share a limit.

    Args:
        limit: Notifications that match within ``per`` seconds; at least 1.
        per: Seconds.
        by: ``person`` limits each person, in all chats together; ``chat`` limits each chat.

    Raises:
        InvalidArgumentError: An argument is not valid.

    Example:
        >>> @router.message(filters.command("draw"), filters.rate(5, per=60))
        ... async def draw(notification: IncomingMessageReceived) -> None: ...
        >>>
        >>> @router.message(filters.command("draw"))
        ... async def wait(notification: IncomingMessageReceived) -> None:
        ...     await notification.reply("Five drawings a minute are enough.")
    """
    window = RateWindow(limit, per, by)
    options = {} if by == "person" else {"by": by}
    source = format_call("rate", limit, per=per, **options)
    return Filter(lambda event: window.admit(event.notification), source, varies=True)
