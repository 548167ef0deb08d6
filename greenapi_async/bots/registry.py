"""What is written in a router, as it is written: nothing is checked here that needs the whole."""

from collections.abc import Iterator, Mapping
from typing import Any, Union

import attrs

from greenapi_async.bots.filters.filter import Filter
from greenapi_async.bots.signatures import Function
from greenapi_async.models.notifications import BaseNotification

__all__ = ["Caught", "Declared", "Handled"]


@attrs.frozen(eq=False)
class Handled:
    """A handler, and what it is for."""

    notifications: frozenset[type[BaseNotification]]
    """The classes that may come."""
    filter: Filter | None
    function: Function


@attrs.frozen(eq=False)
class Caught:
    """A handler of errors, and which."""

    errors: tuple[type[Exception], ...]
    function: Function


@attrs.frozen(eq=False)
class Declared:
    """All of a router."""

    provided: Mapping[Any, Function]
    parts: list[Union[Handled, "Declared"]] = attrs.field(factory=list[Any])
    """Handlers and included routers, in the order written."""
    middleware: list[Function] = attrs.field(factory=list[Function])
    """The outermost first."""
    caught: list[Caught] = attrs.field(factory=list[Caught])
    starts: list[Function] = attrs.field(factory=list[Function])
    stops: list[Function] = attrs.field(factory=list[Function])

    def family(self) -> Iterator["Declared"]:
        """Give it and all that it includes, each once, in the order written."""
        seen: set[Declared] = set()
        waiting = [self]
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                yield one
                waiting += [part for part in reversed(one.parts) if isinstance(part, Declared)]

    def arriving(self) -> frozenset[type[BaseNotification]]:
        """Give the classes of notification that any of its handlers is for."""
        handled = (part.notifications for one in self.family() for part in one.parts if isinstance(part, Handled))
        return frozenset[type[BaseNotification]]().union(*handled)
