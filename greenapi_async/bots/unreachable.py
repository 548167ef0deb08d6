"""Unreachable handlers: those that no notification can reach, found when the router is compiled.

A handler is unreachable if its filters exclude each other, or if for each of its notification classes an earlier
handler without filters takes everything. An earlier handler might return ``SKIP``; it is only known not to if its
return annotation is ``None``.
"""

from collections.abc import Iterator, Sequence

from greenapi_async.bots.registry import HandlerRegistration
from greenapi_async.models.notifications import MessageNotification

__all__ = ["Unreachable"]


class Unreachable:
    """Collects which handlers can be reached."""

    def __init__(self, handlers: Sequence[HandlerRegistration]) -> None:
        self._handlers = handlers
        self._reached: set[HandlerRegistration] = set()
        self._hidden_by: dict[HandlerRegistration, HandlerRegistration] = {}

    def note_order(self, handlers: Sequence[HandlerRegistration]) -> None:
        """Note the handlers for one class of notifications, in the order in which they are tried."""
        blocking: HandlerRegistration | None = None
        for handler in handlers:
            if blocking is None:
                self._reached.add(handler)
            else:
                self._hidden_by.setdefault(handler, blocking)
            if blocking is None and handler.filter is None and handler.function.returns_none:
                blocking = handler

    def describe(self) -> Iterator[str]:
        """Yield one sentence for each unreachable handler."""
        for handler in dict.fromkeys(self._handlers):
            reason = self._reason(handler)
            if reason:
                yield f"The handler {handler.function} can never be called: {reason}"

    def _reason(self, handler: HandlerRegistration) -> str | None:
        condition = handler.filter
        if handler.reachable_messages is not None and not handler.reachable_messages:
            return f"no message passes its filter {condition!r}"
        has_message = any(issubclass(one, MessageNotification) for one in handler.notifications)
        if condition is not None and condition.messages is not None and not has_message:
            names = " or ".join(sorted(one.__name__ for one in handler.notifications))
            return f"its filter {condition!r} needs a message, which {names} does not have"
        if handler not in self._reached and handler in self._hidden_by:
            return f"{self._hidden_by[handler].function} before it takes everything. Register it earlier"
        return None
