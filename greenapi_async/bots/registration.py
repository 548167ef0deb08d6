"""Checks of what is registered with a router: each turns the user's arguments into a registration, or raises."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

from greenapi_async._internal.checks import is_positive
from greenapi_async.bots.event import EVENT_TYPES, NOTIFICATION_TYPES
from greenapi_async.bots.filters import Filter
from greenapi_async.bots.gathering import Gather
from greenapi_async.bots.registry import HandlerRegistration, MiddlewareRegistration
from greenapi_async.bots.signatures import Function, accepts, require_async, require_function
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.messages import BaseMessage
from greenapi_async.models.notifications import BaseNotification
from greenapi_async.processing.waiters import Interruption

__all__ = [
    "Provides",
    "check_error_classes",
    "check_gather",
    "check_hook",
    "check_middleware",
    "check_notification_classes",
    "check_provided_classes",
    "plan_handler",
]

Provides: TypeAlias = type | tuple[type, ...]
"""The class, or the classes, of the values that a middleware passes to handlers."""


def check_notification_classes(kinds: Sequence[object]) -> None:
    """Check the classes that are given to ``router.on``.

    Args:
        kinds: The classes.

    Raises:
        InvalidArgumentError: One is not a notification class.
    """
    for one in kinds:
        if (
            not isinstance(one, type)
            or not issubclass(one, BaseNotification)
            or not any(issubclass(each, one) for each in NOTIFICATION_TYPES)
        ):
            raise InvalidArgumentError(
                f"router.on() expects notification classes, got {one!r}. Example: @router.on(OutgoingMessageStatus)"
            )


def plan_handler(
    name: str,
    kinds: Sequence[type[BaseNotification]],
    filters: Sequence[Filter],
    messages: frozenset[type[BaseMessage]] | None,
    *,
    interrupts: Interruption,
    gather: Gather | None,
) -> Callable[[Function], HandlerRegistration]:
    """Check the arguments of a decorator, and return a function that makes the registration of a handler.

    Args:
        name: Name of the decorator, for error messages.
        kinds: The notification classes.
        filters: The filters.
        messages: The message classes; None for all, and for notifications without a message.
        interrupts: See ``Router.message``.
        gather: How long messages are gathered; None if they are not.

    Raises:
        InvalidArgumentError: An argument is not valid.
    """
    notifications = frozenset(one for one in NOTIFICATION_TYPES if issubclass(one, tuple(kinds)))
    for one in cast("Sequence[object]", filters):
        if not isinstance(one, Filter):
            raise InvalidArgumentError(
                f"router.{name}() expects filters, got {one!r}. "
                'Example: @router.message(filters.text("hi")), or @router.message() for all messages'
            )
    condition = functools.reduce(Filter.__and__, filters) if filters else None
    given = cast("object", interrupts)
    if not isinstance(given, bool) and given != "keep":
        raise InvalidArgumentError(f'interrupts must be True, False or "keep", got {interrupts!r}')
    if interrupts and (condition is None or not condition.decides_at_once):
        raise InvalidArgumentError(
            f"router.{name}(interrupts={interrupts!r}) expects filters, neither of the state nor async. "
            'Example: @router.message(filters.command("stop"), interrupts=True)'
        )
    allowed = condition.messages if condition is not None else None
    if messages is not None and messages <= EVENT_TYPES and allowed is not None and allowed.isdisjoint(messages):
        [event] = messages
        raise InvalidArgumentError(
            f"router.{name}() handles {event.__name__} only, which the filter {condition!r} never matches. "
            "Use router.message() for messages of other classes"
        )
    return lambda function: HandlerRegistration(notifications, messages, condition, function, interrupts, gather)


def check_gather(quiet: float | None, at_most: float, *, interrupts: Interruption) -> Gather | None:
    """Check the options of ``router.message`` for gathering messages.

    Args:
        quiet: ``gather``.
        at_most: ``at_most``.
        interrupts: See ``Router.message``.

    Raises:
        InvalidArgumentError: An option is not valid.
    """
    if quiet is None:
        return None
    for name, value in ("gather", quiet), ("at_most", at_most):
        if not is_positive(value):
            raise InvalidArgumentError(f"{name} must be a positive number of seconds, got {value!r}")
    if at_most < quiet:
        raise InvalidArgumentError(f"at_most must not be less than gather ({quiet:g} s), got {at_most:g} s")
    if interrupts:
        raise InvalidArgumentError("A handler with interrupts= gets its messages at once, so it cannot have gather=")
    return Gather(quiet, at_most)


def check_error_classes(kinds: Sequence[object]) -> None:
    """Check the classes that are given to ``router.error``.

    Args:
        kinds: The classes.

    Raises:
        InvalidArgumentError: One is not an exception class.
    """
    for one in kinds:
        if not isinstance(one, type) or not issubclass(one, Exception):
            raise InvalidArgumentError(
                f"router.error() expects exception classes, got {one!r}. Example: @router.error(LookupError)"
            )


def check_provided_classes(provides: Provides) -> tuple[type, ...]:
    """Return the classes of the values that a middleware passes to handlers.

    Args:
        provides: The class, or a tuple of classes.

    Raises:
        InvalidArgumentError: One is not a class.
    """
    kinds = provides if isinstance(provides, tuple) else (provides,)
    for one in cast("tuple[object, ...]", kinds):
        if not isinstance(one, type):
            raise InvalidArgumentError(
                f"middleware(provides=) expects classes, got {one!r}. Example: @router.middleware(provides=User)"
            )
    return kinds


def check_middleware(
    function: Callable[..., Any], kinds: tuple[type, ...], names: Mapping[str, Any]
) -> MiddlewareRegistration:
    """Return the registration of a middleware.

    Args:
        function: The middleware.
        kinds: Classes of the values that it passes to handlers.
        names: Local names of the scope in which it is registered.

    Raises:
        InvalidArgumentError: It is not an async function of two arguments.
    """
    registered = require_async(function, "Middleware", names)
    if not accepts(registered.call, None, None):
        raise InvalidArgumentError(
            f"Middleware must accept two arguments, the notification and call_next, got {registered}"
        )
    return MiddlewareRegistration(registered, kinds)


def check_hook(function: Callable[..., Any], names: Mapping[str, Any]) -> Function:
    """Return a startup or shutdown hook.

    Args:
        function: The hook.
        names: Local names of the scope in which it is registered.

    Raises:
        InvalidArgumentError: It is not a function of no argument, or of one.
    """
    registered = require_function(function, "A hook", names)
    if not accepts(function) and not accepts(function, None):
        raise InvalidArgumentError(f"A hook must accept no argument, or one, the list of clients, got {registered}")
    return registered
