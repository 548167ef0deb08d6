"""Protocol for the clients of a run."""

from collections.abc import Collection
from typing import Protocol

from greenapi_async.http.activity import Activity
from greenapi_async.http.server_clock import ServerClock
from greenapi_async.inbox.identities import ClientIdentities
from greenapi_async.instance.health import InstanceHealth
from greenapi_async.instance.readiness import Readiness
from greenapi_async.models.bound import BoundClient
from greenapi_async.models.journals import HistoryMessage
from greenapi_async.models.queues import QueuedMessage
from greenapi_async.models.receiving import ReceivedNotification
from greenapi_async.polling.counters import Counters
from greenapi_async.polling.poller import Poller
from greenapi_async.processing.waiters import Waiters

__all__ = ["ProcessClient"]


class ProcessClient(BoundClient, Protocol):
    """The part of ``Client`` that ``process``, bots and sends with ``once=`` use."""

    @property
    def _waiters(self) -> Waiters: ...

    @property
    def _activity(self) -> Activity: ...

    @property
    def _server_clock(self) -> ServerClock: ...

    @property
    def _identities(self) -> ClientIdentities: ...

    def _poller(self, receive_timeout: int, counters: Counters) -> Poller: ...

    async def health(self, *, timeout: float = 3.0, queues: bool = False) -> InstanceHealth:
        """See ``Client.health``."""
        ...

    async def ensure_ready(self, *, fix: bool = False, notifications: Collection[str] | None = None) -> Readiness:
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
