"""The part of ``Client`` that sends broadcasts."""

from datetime import tzinfo
from typing import Literal, cast

from greenapi_async import inbox as inboxes
from greenapi_async import outgoing

__all__ = ["Broadcasting"]


class Broadcasting:
    """Broadcasts."""

    def broadcast(
        self,
        name: str,
        recipients: "outgoing.broadcast_recipients.Recipients | None",
        content: "outgoing.broadcast_content.BroadcastContent",
        *,
        inbox: "inboxes.Inbox | None" = None,
        pause: tuple[float, float] = (5.0, 30.0),
        hours: "outgoing.broadcast_pace.Hours | None" = None,
        time_zone: str | tzinfo | None = None,
        daily: int | None = None,
        check: bool = True,
        opt_outs: "outgoing.broadcast_preparation.OptOutList | Literal['inbox'] | None" = "inbox",
        on_progress: "outgoing.broadcast_monitor.OnProgress | None" = None,
        settle: float = 60.0,
    ) -> "outgoing.broadcast.Broadcast":
        """Send a message to many recipients, slowly, and at most once to each.

        The recipients are stored with the inbox. A broadcast that was interrupted continues where it stopped when it is
        started again under its name. A message is handed over when the server's queue is empty, so replies overtake it.

        Args:
            name: Name of the broadcast, 1 to 100 characters; each instance has its own names.
            recipients: Phone numbers, chat ids or ``Recipient`` objects, also from an async iterator. They are read at
                the first start; later they are only compared, and can be None.
            content: A text, ``BroadcastFile`` or ``BroadcastPoll``; a mapping from languages to them, of which the
                first is for recipients without one; or a function of the ``Recipient`` that returns one of them.
            inbox: Where it is stored; None is the inbox of the running ``process`` or bot.
            pause: Shortest and longest pause after a message, in seconds. It holds for all broadcasts of the instance.
            hours: First and last time of day in ``time_zone``, for example ``(9, 20)``; None is the whole day.
            time_zone: Time zone of hours and days, or its name; None is UTC, only without hours.
            daily: Most messages that broadcasts of the instance send on one day; None is unlimited.
            check: Whether to skip numbers without an account; costs one number check per recipient.
            opt_outs: Who does not want broadcasts; ``"inbox"`` is the list that ``OptOuts`` stores with the inbox, None
                asks nobody.
            on_progress: Called with a ``BroadcastProgress`` when something has changed; awaited if asynchronous. Or
                ``"terminal"``, which shows a progress bar on stderr (extra ``cli``).
            settle: Longest time in seconds to wait for the deliveries of the last messages.

        Returns:
            The broadcast, an async context manager; the end of its block waits until it has ended.

        Raises:
            InvalidArgumentError: An argument is not valid.

        Example:
            >>> async with client.broadcast("spring-sale", people, "The sale begins.", inbox=inbox) as broadcast:
            ...     progress = await broadcast.wait()
            >>> print(progress)
        """
        options = outgoing.broadcast_options.BroadcastOptions(
            name=name,
            recipients=recipients,
            content=content,
            pace=outgoing.broadcast_pace.parse_pace(pause, hours, time_zone, daily),
            check=check,
            opt_outs=opt_outs,
            on_progress=on_progress,
            settle=settle,
        )
        client = cast("outgoing.broadcast_client.BroadcastClient", self)
        return outgoing.broadcast.Broadcast(client, inbox, options)
