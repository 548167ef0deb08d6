"""How handlers are run, and what a user may choose of it."""

import inspect
import random
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol, TypedDict, TypeVar

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.bound import BoundClient
from greenapi_async.models.notifications import Notification
from greenapi_async.polling.counters import Counters

__all__ = [
    "Handler",
    "Key",
    "ProcessOptions",
    "Rules",
    "Telemetry",
    "by_chat",
    "by_number",
    "check_handler",
    "is_async",
]

Handler = Callable[[Notification], Awaitable[object]]
Key = Callable[[Notification], Hashable]


class Telemetry(Protocol):
    """Who is told of what happens."""

    def watch(self, counters: Counters, instances: Sequence[int]) -> None:
        """Report these counters from now on, as those of the instances."""
        ...

    def handling(self, notification: Notification, attempt: int) -> AbstractContextManager[object]:
        """Give a scope around one run of the handler."""
        ...


C = TypeVar("C", bound=BoundClient)


def is_async(function: object) -> bool:
    """Tell whether a function, or an object that is called like one, is async."""
    return any(inspect.iscoroutinefunction(part) for part in (function, getattr(type(function), "__call__", None)))  # noqa: B004


def check_handler(handler: Handler) -> None:
    """Refuse what is no async function."""
    if not is_async(handler):
        raise InvalidArgumentError(f"the handler is {handler!r}; an async function of one notification is needed")


def by_number(clients: Sequence[C]) -> dict[int, C]:
    """Give the clients by the numbers of their instances; refuses none at all, and two of one instance."""
    found = {client.id_instance: client for client in clients}
    if not found or len(found) < len(clients):
        numbers = [client.id_instance for client in clients]
        words = f"the clients are of the instances {numbers}; at least one is needed, and one of each"
        raise InvalidArgumentError(words)
    return found


def by_chat(notification: Notification) -> Hashable:
    """Give the lane of a notification: its instance and its chat."""
    return notification.id_instance, notification.chat_id


class ProcessOptions(TypedDict, total=False):
    """How notifications are received and handlers are run; times are in seconds."""

    concurrency: int
    """How many handlers run at once, 100 if left out."""
    key: Key
    """Gives the lane of a notification: what has the same is handled in order. By instance and chat if left out."""
    attempts: int
    """How often a handler is tried before its notification goes into quarantine, 5 if left out."""
    retry_initial: float
    """The delay after a first failure, 1 if left out; it grows fourfold from failure to failure."""
    retry_max: float
    """The longest such delay, 300 if left out."""
    while_retrying: Literal["wait", "pass"]
    """What the later notifications of a lane do meanwhile; they wait, if left out."""
    drain: float
    """How long handlers may take to end when it is stopped, 10 if left out."""
    receive_timeout: int
    """How long one poll waits at the server, 5 to 60, 20 if left out."""
    polling: bool
    """Whether to poll, as it does if left out; not where a receiver of webhooks fills the inbox."""
    overlap: bool
    """Whether a deletion and the next poll travel together; not, if left out."""
    telemetry: Telemetry | None
    """Spans and metrics, as ``OpenTelemetry()``; none if left out."""


def _positive(_: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        raise InvalidArgumentError(f"{attribute.name} is {value!r}; a number above 0 is needed")


def _one_of_two(_: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if value not in {"wait", "pass"}:
        raise InvalidArgumentError(f"{attribute.name} is {value!r}; 'wait' or 'pass' is needed")


def _count(_: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if not isinstance(value, int):
        raise InvalidArgumentError(f"{attribute.name} is {value!r}; a whole number above 0 is needed")


def _seconds(_: object, attribute: "attrs.Attribute[Any]", value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise InvalidArgumentError(f"{attribute.name} is {value!r}; seconds are needed, 0 or more")


@attrs.frozen(kw_only=True)
class Rules:
    """How handlers are run; see ``ProcessOptions``."""

    concurrency: int = attrs.field(default=100, validator=[_positive, _count])
    key: Key = by_chat
    attempts: int = attrs.field(default=5, validator=[_positive, _count])
    retry_initial: float = attrs.field(default=1.0, validator=_positive)
    retry_max: float = attrs.field(default=300.0, validator=_positive)
    while_retrying: Literal["wait", "pass"] = attrs.field(default="wait", validator=_one_of_two)
    drain: float = attrs.field(default=10.0, validator=_seconds)
    receive_timeout: int = 20
    polling: bool = True
    overlap: bool = False
    telemetry: Telemetry | None = None

    def delay(self, attempts: int) -> float:
        """Give the growing, jittered seconds before the next attempt."""
        growing = self.retry_initial * 4.0 ** min(attempts - 1, 30)
        return min(self.retry_max, growing) * (0.75 + random.random() / 2)  # noqa: S311  not for secrets
