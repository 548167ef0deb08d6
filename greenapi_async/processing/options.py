"""Options of ``process``, and the types of its arguments."""

import inspect
import random
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractContextManager
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Protocol, TypedDict, TypeVar, runtime_checkable

import attrs

from greenapi_async._internal.checks import is_positive
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.bound import BoundClient
from greenapi_async.models.notifications import Notification
from greenapi_async.polling.counters import Counters
from greenapi_async.processing.client_protocol import ProcessClient
from greenapi_async.processing.health import MonitoredRun

__all__ = [
    "ClientTelemetry",
    "Handler",
    "Key",
    "Monitor",
    "ProcessOptions",
    "ResolvedOptions",
    "Telemetry",
    "by_chat",
    "check_handler",
    "check_inbox",
    "clients_by_instance",
    "is_async",
    "resolve_options",
]

Handler = Callable[["Notification"], Awaitable[object]]
Key = Callable[["Notification"], Hashable]

C = TypeVar("C", bound=BoundClient)


@runtime_checkable
class ClientTelemetry(Protocol):
    """Telemetry that also follows the API calls of the clients of a run; ``OpenTelemetry`` is an implementation."""

    def instrument(self, client: ProcessClient) -> None:
        """Follow the calls of a client.

        Args:
            client: A client of the run.
        """
        ...


class Monitor(Protocol):
    """Is told of a run; ``HealthApp`` is an implementation."""

    def watch(self, run: MonitoredRun) -> None:
        """Watch a run.

        Args:
            run: A run that is about to start.
        """
        ...


class Telemetry(Protocol):
    """Receives metrics and spans; ``OpenTelemetry`` is an implementation."""

    def watch(self, counters: Counters, instances: Sequence[int]) -> None:
        """Start reporting counters.

        Args:
            counters: The counters of a run.
            instances: The instances of the run.
        """
        ...

    def handling(self, notification: Notification, attempt: int) -> AbstractContextManager[object]:
        """Return a context manager around one run of the handler.

        Args:
            notification: The notification.
            attempt: 1 for the first attempt.
        """
        ...


def by_chat(notification: "Notification") -> Hashable:
    """Return the default lane of a notification: its instance and chat."""
    return notification.id_instance, notification.chat_id or None


class ProcessOptions(TypedDict, total=False):
    """Options of ``process``, ``bots.run`` and ``bots.lifespan``; all are optional, times are in seconds.

    Attributes:
        concurrency: Maximum number of handlers that run at once; default 100. A handler that waits for a person does
            not count.
        key: Returns the lane of a notification; notifications of one lane are handled in order, lanes concurrently.
            Default ``by_chat``: one lane per instance and chat.
        attempts: Attempts before a notification is quarantined; default 5.
        retry_initial: Delay after the first failure, default 1; it grows fourfold with each failure, with jitter.
        retry_max: Maximum delay, default 300.
        while_retrying: What later notifications of the lane do while a retry is pending: ``"wait"`` (default) keeps the
            order, ``"pass"`` lets them run first.
        handler_timeout: Time limit of a handler, default None: no limit. When it is reached, the handler is cancelled
            and the attempt counts as failed. Time in which it waits for a person (``conversation``) or for a status
            does not count.
        drain: Graceful shutdown: how long running handlers may take to finish after ``stop()``; default 10. Then they
            are cancelled, and their notifications are delivered again at the next start. The run ends without handlers
            that ignore their cancellation for 5 s; 120 s for those in a shielded scope.
        receive_timeout: How long the server holds a long poll: 5 to 60, default 20.
        polling: Whether to poll the server's queue, default True; False if a webhook receiver fills the inbox.
        overlap: Whether a deletion and the next poll are sent concurrently, default False: one round trip per
            notification instead of two.
        telemetry: Metrics and spans, for example ``OpenTelemetry()``; default None.
        monitor: Watches the run, for example ``HealthApp()``; default None.
    """

    concurrency: int
    key: Key
    attempts: int
    retry_initial: float
    retry_max: float
    while_retrying: Literal["wait", "pass"]
    handler_timeout: float | None
    drain: float
    receive_timeout: int
    polling: bool
    overlap: bool
    telemetry: Telemetry | None
    monitor: Monitor | None


def _positive(_: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if not is_positive(value):
        raise InvalidArgumentError(f"{attribute.name} is {value!r}; expected a number above 0")


def _positive_int(_: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not value > 0:
        raise InvalidArgumentError(f"{attribute.name} is {value!r}; expected a whole number above 0")


def _seconds(_: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise InvalidArgumentError(f"{attribute.name} is {value!r}; expected seconds, 0 or more")


def _sync_function(_: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if not callable(value) or is_async(value):
        raise InvalidArgumentError(f"{attribute.name} is {value!r}; expected a function of a notification, not async")


def _wait_or_pass(_: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if value not in {"wait", "pass"}:
        raise InvalidArgumentError(f"{attribute.name} is {value!r}; expected 'wait' or 'pass'")


@attrs.frozen(kw_only=True)
class ResolvedOptions:
    """``ProcessOptions`` with defaults and validation; a TypedDict has neither."""

    concurrency: int = attrs.field(default=100, validator=_positive_int)
    key: Key = attrs.field(default=by_chat, validator=_sync_function)
    attempts: int = attrs.field(default=5, validator=_positive_int)
    retry_initial: float = attrs.field(default=1.0, validator=_positive)
    retry_max: float = attrs.field(default=300.0, validator=_positive)
    while_retrying: Literal["wait", "pass"] = attrs.field(default="wait", validator=_wait_or_pass)
    handler_timeout: float | None = attrs.field(default=None, validator=attrs.validators.optional(_positive))
    drain: float = attrs.field(default=10.0, validator=_seconds)
    receive_timeout: int = 20
    polling: bool = True
    overlap: bool = False
    telemetry: Telemetry | None = None
    monitor: Monitor | None = None

    def backoff(self, attempts: int) -> float:
        """Return the seconds before the next attempt, with jitter."""
        backoff = self.retry_initial * 4.0 ** min(attempts - 1, 30)
        return min(self.retry_max, backoff) * (0.75 + random.random() / 2)  # noqa: S311  not for secrets


def is_async(function: object) -> bool:
    """Return whether a function, or a callable object, is async."""
    return any(inspect.iscoroutinefunction(part) for part in (function, getattr(type(function), "__call__", None)))  # noqa: B004


def check_handler(handler: object) -> None:
    """Check that a handler is an async function that takes one notification.

    Raises:
        InvalidArgumentError: It is not.
    """
    if not callable(handler):
        raise InvalidArgumentError(
            f"the handler is {handler!r}; expected an async function of one notification. "
            "A Router is run with greenapi_async.bots.run(router, clients=client, inbox=...)"
        )
    name = _name_of(handler)
    if not is_async(handler):
        raise InvalidArgumentError(f"the handler {name} is not async; expected: async def handler(notification)")
    try:
        inspect.signature(handler).bind(None)
    except TypeError as error:
        raise InvalidArgumentError(
            f"the handler {name} cannot be called with one argument, the notification ({error}); "
            "expected: async def handler(notification)"
        ) from None


def check_inbox(inbox: object) -> None:
    """Check that an inbox has the methods of ``Inbox``.

    Raises:
        InvalidArgumentError: It does not.
    """
    if not callable(getattr(inbox, "put", None)):
        raise InvalidArgumentError(f'inbox is {inbox!r}; expected an inbox, for example SQLiteInbox("bot.db")')


def _name_of(function: object) -> str:
    code = getattr(function, "__code__", None)
    name = getattr(function, "__qualname__", None) or repr(function)
    return f"{name} ({Path(code.co_filename).name}:{code.co_firstlineno})" if code is not None else name


def resolve_options(options: ProcessOptions) -> ResolvedOptions:
    """Return the options with defaults.

    Args:
        options: The keyword options of ``process``.

    Raises:
        InvalidArgumentError: An option is unknown or not valid.
    """
    known = ProcessOptions.__annotations__
    for name in options:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            raise InvalidArgumentError(f"there is no option {name!r}.{hint} The options are {', '.join(sorted(known))}")
    return ResolvedOptions(**options)


def clients_by_instance(clients: Sequence[C]) -> dict[int, C]:
    """Return the clients by the ids of their instances.

    Args:
        clients: At least one client, no two of one instance.

    Raises:
        InvalidArgumentError: There is no client, or two of one instance.
    """
    found = {client.id_instance: client for client in clients}
    if not found or len(found) < len(clients):
        ids = [client.id_instance for client in clients]
        raise InvalidArgumentError(f"clients has the instances {ids}; expected at least one client, one per instance")
    return found
