"""A filter: a predicate that composes with ``& | ~``, and knows what holds wherever it has matched.

What it promises is used when a router is built: a handler may ask for a ``Command`` only where one was surely found,
and for an ``ImageMessage`` only where no other message comes through. ``&`` unites promises, ``|`` keeps what both
sides promise, ``~`` promises nothing.

A filter that does not match leaves ``event.found`` as it was.
"""

from collections.abc import Callable
from typing import NoReturn

import attrs

from greenapi_async.bots.checking import is_a
from greenapi_async.bots.event import Event
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.messages import BaseMessage

__all__ = ["Filter"]

_OR, _AND, _WHOLE = range(3)


@attrs.frozen(eq=False, repr=False)
class Filter:
    """Decides whether a handler is for an event; made by the functions of ``filters``, and composed with ``& | ~``."""

    test: Callable[[Event], bool]
    words: str
    """How it was written."""
    found: frozenset[type] = frozenset()
    """The types of what is in ``event.found`` wherever it has matched."""
    messages: frozenset[type[BaseMessage]] | None = None
    """The classes of message that it lets through; None when it does not look at that."""
    reads_state: bool = False
    binds: int = attrs.field(default=_WHOLE, kw_only=True)
    """How closely its words stand together."""

    def __and__(self, other: "Filter") -> "Filter":
        if not is_a(other, Filter):
            return NotImplemented
        first, second = self.test, other.test

        def both(event: Event) -> bool:
            before = event.found
            if first(event):
                if second(event):
                    return True
                event.found = before
            return False

        one, two = self.messages, other.messages
        return Filter(
            both,
            f"{self._within(_AND)} & {other._within(_AND)}",
            self.found | other.found,
            two if one is None else one if two is None else one & two,
            self.reads_state or other.reads_state,
            binds=_AND,
        )

    def __or__(self, other: "Filter") -> "Filter":
        if not is_a(other, Filter):
            return NotImplemented
        first, second = self.test, other.test
        one, two = self.messages, other.messages
        return Filter(
            lambda event: first(event) or second(event),
            f"{self._within(_OR)} | {other._within(_OR)}",
            self.found & other.found,
            None if one is None or two is None else one | two,
            self.reads_state or other.reads_state,
            binds=_OR,
        )

    def __invert__(self) -> "Filter":
        test = self.test

        def other(event: Event) -> bool:
            before = event.found
            matched = test(event)
            event.found = before
            return not matched

        return Filter(other, f"~{self._within(_WHOLE)}", reads_state=self.reads_state)

    def __bool__(self) -> NoReturn:
        raise InvalidArgumentError(f"{self!r} is neither true nor false by itself; write & | ~ for and, or, not")

    def __repr__(self) -> str:
        return self.words

    def _within(self, binds: int) -> str:
        return f"({self.words})" if self.binds < binds else self.words
