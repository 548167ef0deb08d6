"""Unreachable handlers: those that no notification can reach, found when the router is compiled.

A handler is unreachable if its filters exclude each other, or if for each of its notification classes an earlier
handler takes everything that it could get: one that has no filters, or of new messages, one whose filters are among its
own, as the same objects. An earlier handler might return ``SKIP``; it is only known not to if its return annotation is
``None``.
"""

from collections.abc import Iterator, Sequence

from greenapi_async.bots.filters import Filter
from greenapi_async.bots.registry import HandlerRegistration
from greenapi_async.models.notifications import MessageNotification

__all__ = ["Unreachable"]


class Unreachable:
    """Collects which handlers can be reached."""

    def __init__(self, handlers: Sequence[HandlerRegistration]) -> None:
        self._handlers = handlers
        self._reached: set[HandlerRegistration] = set()
        self._hidden_by: dict[HandlerRegistration, HandlerRegistration] = {}

    def note_order(self, handlers: Sequence[HandlerRegistration], *, of_events: bool) -> None:
        """Note the handlers for one class of notifications, in the order in which they are tried.

        Args:
            handlers: The handlers.
            of_events: Whether it is one of edits, deletions, reactions or votes, where filters decide otherwise.
        """
        taken: list[tuple[frozenset[Filter], HandlerRegistration]] = []
        for handler in handlers:
            parts = handler.filter.parts if handler.filter is not None else frozenset[Filter]()
            hiding = next((earlier for needed, earlier in taken if needed <= parts), None)
            if hiding is None:
                self._reached.add(handler)
            else:
                self._hidden_by.setdefault(handler, hiding)
            if handler.function.returns_none and (not parts or (not of_events and _is_certain(handler.filter))):
                taken.append((parts, handler))

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
            earlier = self._hidden_by[handler]
            what = "everything" if earlier.filter is None else f"all that its filter {earlier.filter!r} matches"
            return f"{earlier.function} before it takes {what}. Register it earlier"
        return None


def _is_certain(condition: Filter | None) -> bool:
    """Return whether a filter decides the same about a notification whenever it is asked while that is dispatched."""
    return condition is None or not (condition.varies or condition.reads_state)
