"""Filter by a predicate of the user's."""

from collections.abc import Awaitable, Callable
from typing import Any, cast

from greenapi_async._internal.checks import must_be_awaited
from greenapi_async.bots.callables import is_async_callable
from greenapi_async.bots.event import Event
from greenapi_async.bots.filters.filter import Filter
from greenapi_async.errors import InvalidArgumentError

__all__ = ["where"]


def where(predicate: Callable[[Any], object], *, provides: type | None = None) -> Filter:
    """Match notifications for which a predicate returns a true value.

    Args:
        predicate: A function of one notification, sync or async. A sync one must not block. An async one is awaited
            for every notification that reaches it: combine it with a cheaper filter on its left,
            ``filters.command("admin") & filters.where(is_admin)``.
        provides: Class of what the predicate returns when it matches. The handler receives it by an annotation with
            this class; None passes nothing on.

    Raises:
        InvalidArgumentError: ``predicate`` is not a function, or ``provides`` is not a class. While matching: the
            predicate returned a true value of another class.

    Example:
        >>> async def find_customer(notification: IncomingMessageReceived) -> Customer | None:
        ...     return await database.customer(notification.sender)
        >>>
        >>> @router.message(filters.where(find_customer, provides=Customer))
        ... async def greet(notification: IncomingMessageReceived, customer: Customer) -> None:
        ...     await notification.reply(f"Welcome back, {customer.name}!")
    """
    if isinstance(predicate, type) or not callable(predicate):
        raise InvalidArgumentError(f"where() expects a function of one notification, got {predicate!r}")
    if provides is not None and not isinstance(cast("object", provides), type):
        raise InvalidArgumentError(f"where(provides=) expects a class, got {provides!r}")
    name: str = getattr(predicate, "__name__", repr(predicate))
    source = f"where({name})" if provides is None else f"where({name}, provides={provides.__name__})"

    def accept(event: Event, value: object) -> bool:
        if provides is None:
            return bool(value)
        if isinstance(value, provides):
            event.captured = {**event.captured, provides: value}
            return True
        if value:
            raise InvalidArgumentError(f"{source} expects {provides.__name__} or None, got {value!r}")
        return False

    async def test_async(event: Event) -> bool:
        return accept(event, await cast("Awaitable[object]", predicate(event.notification)))

    def test_sync(event: Event) -> bool:
        return accept(event, _certain(source, predicate(event.notification)))

    return Filter(
        test_async if is_async_callable(predicate) else test_sync,
        source,
        frozenset() if provides is None else frozenset({provides}),
        varies=True,
    )


def _certain(source: str, value: object) -> object:
    """Return what a sync predicate has returned; raise ``InvalidArgumentError`` if that must be awaited."""
    if must_be_awaited(value):
        raise InvalidArgumentError(f"{source} returned {value!r}; expected a value, or an async function")
    return value
