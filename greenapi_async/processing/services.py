"""Services: what runs beside the handlers of a run, over the same inbox, such as the jobs that are due."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Protocol, TypeVar, TypeVarTuple, Unpack

import attrs

from greenapi_async.inbox.base import Inbox
from greenapi_async.processing.client_protocol import ProcessClient
from greenapi_async.processing.journal import Retry
from greenapi_async.processing.options import ResolvedOptions

__all__ = ["Service", "ServiceRun"]

T = TypeVar("T")
Args = TypeVarTuple("Args")


class StartTask(Protocol):
    """Starts a task that may finish after a stop within ``drain`` seconds, as a handler does."""

    def __call__(self, work: Callable[[Unpack[Args]], Coroutine[Any, Any, None]], /, *args: *Args, name: str) -> None:
        """Start a task.

        Args:
            work: Coroutine function; an exception of it ends the run.
            *args: Its arguments.
            name: Name of the task.
        """
        ...


@attrs.frozen(eq=False)
class ServiceRun:
    """Part of a run that a service uses.

    Attributes:
        inbox: The inbox; it is open.
        options: The options of the run.
        clients: Returns the clients that are served at the moment.
        is_stopped: Returns whether nothing new is started.
        retry: Runs an operation on the inbox.
        start_task: Starts a task.
        ends_run: Returns whether an exception of the user's code ends the run; otherwise it is a failed attempt. Raises
            the cancellation if the current task is cancelled.
        fail: Ends the run with an error.
    """

    inbox: Inbox
    options: ResolvedOptions
    clients: Callable[[], Sequence[ProcessClient]]
    is_stopped: Callable[[], bool]
    retry: Retry
    start_task: StartTask
    ends_run: Callable[[BaseException], Awaitable[bool]]
    fail: Callable[[BaseException], None]


class Service(Protocol):
    """Something that runs beside the handlers."""

    async def run(self, run: ServiceRun) -> None:
        """Work until cancelled, which happens as soon as the run is stopped.

        Args:
            run: The run.

        Raises:
            InboxUnavailableError: The inbox was unavailable when the run was stopped.
        """
        ...
