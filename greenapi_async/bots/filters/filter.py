"""Filter: a predicate of events that composes with ``&``, ``|`` and ``~``.

A filter also declares what is guaranteed whenever it matches: the values it captures and the message classes it
lets through. Dependency injection uses this when the router is compiled: a handler may ask for a ``Command`` only if a
``command`` filter is certain to have matched, and for an ``ImageMessage`` only if no other message can reach it. ``&``
unites the guarantees, ``|`` keeps what both sides guarantee, ``~`` guarantees nothing.

A filter may also name classes of events about a message, as ``kind(EditedMessage)`` does. Handlers of new messages get
an event only if a filter matches because it names its class: in ``kind(EditedMessage) & command("a") | command("b")``,
an edit to "/b" does not match. ``~`` names nothing.

A filter that does not match leaves ``event.captured`` unchanged.
"""

from typing import Any, NoReturn, cast

import attrs

from greenapi_async.bots.callables import is_async_callable
from greenapi_async.bots.event import Event
from greenapi_async.bots.filters.combinators import Test, both, either, negate
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.messages import BaseMessage
from greenapi_async.models.notifications import Notification

__all__ = ["Filter", "format_call", "require_strings"]

_OR, _AND, _ATOM = range(3)


@attrs.frozen(eq=False, repr=False)
class Filter:
    """A condition on a notification, created by the functions of ``filters``; combine it with ``&``, ``|`` and ``~``.

    Attributes:
        test: The predicate, sync or async.
        source: The expression that created the filter, shown by ``repr``.
        captures: Types of the values that are in ``event.captured`` whenever the filter has matched; ``Text`` if the
            event has a text then.
        messages: Message classes that the filter lets through; None if it does not check the class.
        reads_state: Whether the predicate needs the conversation state.
        varies: Whether it may decide otherwise when it is asked about the same notification again.
        test_named: The predicate for edits, deletions, reactions and votes in handlers of new messages: true if the
            filter matches and names the class; None if it names no such class.
        precedence: Precedence of the outermost operator in ``source``.
    """

    test: Test
    source: str
    captures: frozenset[type] = frozenset()
    messages: frozenset[type[BaseMessage]] | None = None
    reads_state: bool = False
    test_named: Test | None = attrs.field(default=None, kw_only=True)
    varies: bool = attrs.field(default=False, kw_only=True)
    precedence: int = attrs.field(default=_ATOM, kw_only=True)
    _parts: "frozenset[Filter]" = attrs.field(default=frozenset[Any](), alias="parts", kw_only=True)

    def __and__(self, other: "Filter") -> "Filter":
        if not isinstance(cast("object", other), Filter):
            return NotImplemented
        one, two = self.messages, other.messages
        return Filter(
            both(self.test, other.test),
            f"{self._operand(_AND)} & {other._operand(_AND)}",
            self.captures | other.captures,
            two if one is None else one if two is None else one & two,
            self.reads_state or other.reads_state,
            test_named=either(both(self.test_named, other.test), both(self.test, other.test_named)),
            varies=self.varies or other.varies,
            precedence=_AND,
            parts=self.parts | other.parts,
        )

    def __or__(self, other: "Filter") -> "Filter":
        if not isinstance(cast("object", other), Filter):
            return NotImplemented
        one, two = self.messages, other.messages
        return Filter(
            either(self.test, other.test),
            f"{self._operand(_OR)} | {other._operand(_OR)}",
            self.captures & other.captures,
            None if one is None or two is None else one | two,
            self.reads_state or other.reads_state,
            test_named=either(self.test_named, other.test_named),
            varies=self.varies or other.varies,
            precedence=_OR,
        )

    def __invert__(self) -> "Filter":
        return Filter(negate(self.test), f"~{self._operand(_ATOM)}", reads_state=self.reads_state, varies=self.varies)

    def __call__(self, notification: Notification) -> bool:
        """Return whether a notification matches, for ``cancel=`` of a conversation.

        Raises:
            InvalidArgumentError: The filter needs the conversation state, or is async.
        """
        if not self.decides_at_once:
            raise InvalidArgumentError(f"{self!r} needs the state or is async, which is not possible here")
        return bool(self.test(Event(notification)))

    @property
    def parts(self) -> "frozenset[Filter]":
        """The filters that must all match."""
        return self._parts or frozenset({self})

    @property
    def decides_at_once(self) -> bool:
        """True if it neither needs the conversation state nor is async."""
        return not self.reads_state and not is_async_callable(self.test)

    def __bool__(self) -> NoReturn:
        raise InvalidArgumentError(f"{self!r} has no truth value. Combine filters with & | ~ instead of and, or, not")

    def __repr__(self) -> str:
        return self.source

    def _operand(self, precedence: int) -> str:
        return f"({self.source})" if self.precedence < precedence else self.source


def require_strings(name: str, values: tuple[str, ...], *, at_least: int = 1) -> None:
    """Check that the arguments of a filter are non-empty strings.

    Args:
        name: Name of the filter, for the error message.
        values: The arguments.
        at_least: How many are required, 0 or 1.

    Raises:
        InvalidArgumentError: There are too few arguments, or one is not a non-empty string.
    """
    if len(values) < at_least:
        raise InvalidArgumentError(f"{name}() expects at least one string, got none")
    for value in cast("tuple[object, ...]", values):
        if not value or not isinstance(value, str):
            raise InvalidArgumentError(f"{name}() expects non-empty strings, got {value!r}")


def format_call(name: str, *values: object, **options: object) -> str:
    """Return the source of a filter: its name and arguments, without options that are not set."""
    parts = [value.__name__ if isinstance(value, type) else repr(value) for value in values]
    parts += [f"{option}={value!r}" for option, value in options.items() if value]
    return f"{name}({', '.join(parts)})"
