"""Gathering: what one person writes in quick succession goes to its handler as one list (debounce).

The first message of a person for a route with ``gather`` opens a window, and its handler waits like one that waits for
a person: it leaves its lane. Each later message of the person is dispatched as usual. If the same route matches, it
joins the window, which stays open for another ``gather`` seconds. When the person has been quiet for so long, or
``at_most`` seconds have passed, the handler returns to the lane and gets all of them.

A message that another route matches closes the window: what was gathered is handled first, so the order is that in
which the person wrote. A route with ``interrupts="keep"`` leaves it open. What an open conversation takes never gets
here.

The messages stay in the inbox until the handler has returned, and are removed together. Which ones belong together is
recorded before the handler is called, so that a retry gets the same list or a longer one, also after a restart. When a
conversation of the handler has begun, it gets the same list: what arrives then may be an answer. If another handler
gets the first message when it is retried, or none, each of the others is dispatched alone.
"""

from collections.abc import Awaitable, Callable, Hashable
from typing import Final

import anyio
import attrs

from greenapi_async.bots.event import Event
from greenapi_async.inbox.identities import with_main_ids
from greenapi_async.models.notifications import IncomingMessageReceived
from greenapi_async.processing.item import Item, current_item
from greenapi_async.processing.slot import suspended

__all__ = ["Call", "Gather", "Windows"]

MAX_MESSAGES: Final = 1000
"""Messages in one list."""


@attrs.frozen
class Gather:
    """Times for which the messages of a person are gathered, in seconds.

    Attributes:
        quiet: After the last message.
        at_most: After the first message.
    """

    quiet: float
    at_most: float


@attrs.define(eq=False)
class _Window:
    """Messages that are being gathered."""

    route: object
    item: Item
    gather: Gather
    opened: float
    last: float
    is_closed: bool = False
    reserve: list[Callable[[], None]] = attrs.field(factory=list[Callable[[], None]])
    """Reserve the turns of the messages that wait for its end."""
    changed: anyio.Event = attrs.field(factory=anyio.Event)
    finished: anyio.Event = attrs.field(factory=anyio.Event)

    @property
    def seconds_left(self) -> float:
        """Seconds until it closes if nothing arrives."""
        end = min(self.last + self.gather.quiet, self.opened + self.gather.at_most)
        return 0.0 if self.is_closed else end - anyio.current_time()

    def accepts(self, route: object) -> bool:
        """Return whether a message for a route belongs to it."""
        return self.route is route and not self.is_closed and len(self.item.gathered) < MAX_MESSAGES - 1

    def join(self, item: Item) -> None:
        """Add a message, with what was gathered with it in an earlier attempt."""
        joined, item.gathered = [item, *item.gathered], []
        for each in joined:
            each.gathered_by = self.item
        self.item.gathered += joined
        self.last = anyio.current_time()
        self._notify()

    def close(self) -> None:
        """Stop accepting messages."""
        self.is_closed = True
        self._notify()

    def finish(self) -> None:
        """Release the messages that wait for its end, before any that have arrived later."""
        for reserve in self.reserve:
            reserve()
        self.finished.set()

    def _notify(self) -> None:
        self.changed.set()
        self.changed = anyio.Event()


@attrs.frozen
class Call:
    """A call of a handler that is due.

    Attributes:
        event: The notification; its ``gathered`` is set.
        route: The route.
        gather: How long its messages are gathered; None if they are not.
        invoke: Calls the handler.
        is_silenced: Returns whether no handler gets the message any more.
    """

    event: Event
    route: object
    gather: Gather | None
    invoke: Callable[[], Awaitable[object]]
    is_silenced: Callable[[], Awaitable[bool]]


class Windows:
    """The open windows of a router, one per person and chat."""

    def __init__(self) -> None:
        self._open: dict[Hashable, _Window] = {}

    async def run(self, call: Call) -> object:
        """Call a handler in its turn, or let its message join a window.

        Returns:
            What the handler returned; None if the message has joined a window.
        """
        item, notification = current_item.get(), call.event.notification
        if not isinstance(notification, IncomingMessageReceived) or notification.message.is_event:
            return await call.invoke()
        call.event.gathered = [notification]
        if item is None:  # nothing brings more messages here
            return await call.invoke()
        main = with_main_ids(notification)
        key = main.id_instance, main.chat_id, main.sender
        while (window := self._open.get(key)) is not None and window.item is not item:
            if window.accepts(call.route):
                window.join(item)
                return None
            window.close()
            async with suspended(for_person=True) as reserve:
                window.reserve += [reserve] if reserve is not None else []
                await window.finished.wait()
        if call.gather is None:
            return await call.invoke()
        now = anyio.current_time()
        return await self._gather(key, _Window(call.route, item, call.gather, now, now), call)

    async def _gather(self, key: Hashable, window: _Window, call: Call) -> object:
        item = window.item
        self._open[key] = window
        try:
            if item.adopt is not None:
                await item.adopt()
            if item.journal is None or not item.journal.has_begun:  # otherwise what arrives may be an answer
                async with suspended(for_person=True):
                    while (seconds := window.seconds_left) > 0:
                        with anyio.move_on_after(seconds):
                            await window.changed.wait()
            self._close(key, window)
            if await call.is_silenced():
                return None
            if item.journal is not None and item.gathered:
                await item.journal.record_members({each.key: each.id for each in item.gathered})
            ordered = sorted([item, *item.gathered], key=lambda each: each.id)
            call.event.gathered = [each.notification for each in ordered]
            item.has_given_list = True
            return await call.invoke()
        finally:
            self._close(key, window)
            window.finish()

    def _close(self, key: Hashable, window: _Window) -> None:
        window.close()
        if self._open.get(key) is window:
            del self._open[key]
