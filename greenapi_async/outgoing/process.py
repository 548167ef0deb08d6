"""``process``: run a handler over the notifications of one or more clients, and the jobs that are due."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Unpack

from greenapi_async import processing
from greenapi_async.inbox.base import Inbox
from greenapi_async.models.notifications import Notification
from greenapi_async.outgoing.job_run import Functions
from greenapi_async.outgoing.job_runner import JobRunner
from greenapi_async.processing.client_protocol import ProcessClient
from greenapi_async.processing.client_source import ClientSource
from greenapi_async.processing.options import ProcessOptions
from greenapi_async.processing.processor import Processing

__all__ = ["process", "process_with_jobs"]


def process(
    handler: Callable[[Notification], Awaitable[object]],
    *,
    clients: Sequence[ProcessClient] | ClientSource,
    inbox: Inbox,
    **options: Unpack[ProcessOptions],
) -> Processing:
    """Process the notifications of several clients; a client that fails does not stop the others.

    Jobs that are due run beside the handler, see ``Client.send_later``.

    Args:
        handler: Async function of one notification.
        clients: The clients, one per instance; or a ``Fleet``, whose clients come and go.
        inbox: Storage between the server's queue and the handler.
        **options: See ``ProcessOptions``.

    Returns:
        The run; await it, and call its ``stop()`` to end it.

    Raises:
        InvalidArgumentError: An argument is not valid.
    """
    return process_with_jobs(handler, {}, clients=clients, inbox=inbox, **options)


def process_with_jobs(
    handler: Callable[[Notification], Awaitable[object]],
    functions: Functions,
    *,
    clients: Sequence[ProcessClient] | ClientSource,
    inbox: Inbox,
    **options: Unpack[ProcessOptions],
) -> Processing:
    """Like ``process``, with functions that jobs call.

    Args:
        handler: Async function of one notification.
        functions: The functions, by name; they may change while the run goes on.
        clients: The clients, or a ``Fleet``.
        inbox: Storage between the server's queue and the handler.
        **options: See ``ProcessOptions``.
    """
    services = [JobRunner(functions)]
    return processing.process.process(handler, clients=clients, inbox=inbox, services=services, **options)
