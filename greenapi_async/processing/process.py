"""``process``: run a handler over the notifications of one or more clients."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Unpack

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.base import Inbox
from greenapi_async.inbox.shared import SharedInbox
from greenapi_async.polling.counters import Counters
from greenapi_async.polling.ingest import Ingest
from greenapi_async.processing.client_protocol import ProcessClient
from greenapi_async.processing.client_source import ClientSource
from greenapi_async.processing.options import (
    ProcessOptions,
    by_chat,
    check_handler,
    check_inbox,
    clients_by_instance,
    resolve_options,
)
from greenapi_async.processing.processor import Processing
from greenapi_async.processing.services import Service

if TYPE_CHECKING:
    from greenapi_async.models.notifications import Notification

__all__ = ["process"]


def process(
    handler: "Callable[[Notification], Awaitable[object]]",
    *,
    clients: Sequence[ProcessClient] | ClientSource,
    inbox: Inbox,
    services: Sequence[Service] = (),
    **options: Unpack[ProcessOptions],
) -> Processing:
    """Process the notifications of several clients; a client that fails does not stop the others.

    Args:
        handler: Async function of one notification.
        clients: The clients, one per instance; or a ``Fleet``, whose clients come and go.
        inbox: Storage between the server's queue and the handler.
        services: What runs beside the handler.
        **options: See ``ProcessOptions``.

    Returns:
        The run; await it, and call its ``stop()`` to end it.

    Raises:
        InvalidArgumentError: An argument is not valid.
    """
    check_handler(handler)
    check_inbox(inbox)
    source = clients if isinstance(clients, ClientSource) else None
    by_instance = {} if isinstance(clients, ClientSource) else clients_by_instance(clients)
    resolved = resolve_options(options)
    if resolved.key is not by_chat and isinstance(inbox, SharedInbox):
        raise InvalidArgumentError(
            f"key cannot be used with {type(inbox).__name__}: its processes share the work by chat, so notifications "
            "of two chats with one key could be handled at the same time"
        )
    counters = Counters()
    processing = Processing(
        handler,
        clients=by_instance.values(),
        source=source,
        ingest=Ingest(inbox, overlap=resolved.overlap, stopped=lambda: processing.stopped),
        options=resolved,
        counters=counters,
        services=services,
    )
    if resolved.monitor is not None:
        resolved.monitor.watch(processing)
    return processing
