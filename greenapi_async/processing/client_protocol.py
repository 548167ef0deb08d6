"""Protocol for the clients of a run."""

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, runtime_checkable

from greenapi_async.http.server_clock import ServerClock
from greenapi_async.inbox.identities import ClientIdentities
from greenapi_async.instance.readiness import Readiness
from greenapi_async.models.bound import BoundClient
from greenapi_async.models.journals import HistoryMessage
from greenapi_async.models.queues import QueuedMessage
from greenapi_async.models.receiving import ReceivedNotification
from greenapi_async.polling.counters import Counters
from greenapi_async.polling.poller import Poller
from greenapi_async.processing.waiters import Waiters

if TYPE_CHECKING:
    from greenapi_async.processing.instances import Removal

__all__ = ["ClientSource", "ClientSourceRun", "ProcessClient"]


class ProcessClient(BoundClient, Protocol):
    """The part of ``Client`` that ``process``, bots and sends with ``once=`` use."""

    @property
    def _waiters(self) -> Waiters: ...

    @property
    def _server_clock(self) -> ServerClock: ...

    @property
    def _identities(self) -> ClientIdentities: ...

    def _poller(self, receive_timeout: int, counters: Counters) -> Poller: ...

    async def ensure_ready(self, *, fix: bool = False) -> Readiness:
        """See ``Client.ensure_ready``."""
        ...

    async def receive_notification(self, *, receive_timeout: int = 5) -> ReceivedNotification | None:
        """See ``Client.receive_notification``."""
        ...

    async def show_messages_queue(self) -> list[QueuedMessage]:
        """See ``Client.show_messages_queue``."""
        ...

    async def last_outgoing_messages(self, *, minutes: int | None = None) -> list[HistoryMessage]:
        """See ``Client.last_outgoing_messages``."""
        ...


class ClientSourceRun(Protocol):
    """What a ``ClientSource`` uses of a run."""

    @property
    def clients(self) -> Sequence[ProcessClient]:
        """The clients that are served at the moment."""
        ...

    def add(self, client: ProcessClient) -> None:
        """See ``Processing.add``."""
        ...

    def remove(self, id_instance: int) -> "Removal":
        """See ``Processing.remove``."""
        ...


@runtime_checkable
class ClientSource(Protocol):
    """Clients that come and go; ``Fleet`` is an implementation.

    As a context manager, it keeps its clients open: the run leaves it when the last handler has finished.
    """

    async def follow(self, run: ClientSourceRun) -> None:
        """Add clients to a run and remove them until cancelled.

        Args:
            run: The run.
        """
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
