"""One instance of a run."""

# ProcessClient's private members are for this package.
# pyright: reportPrivateUsage=false

import functools
from collections.abc import Callable

import attrs

from greenapi_async.http.activity import Activity
from greenapi_async.http.server_clock import ServerClock
from greenapi_async.inbox.identities import ClientIdentities
from greenapi_async.polling.counters import Counters
from greenapi_async.polling.parsing import NotificationParser
from greenapi_async.polling.poller import Poller
from greenapi_async.processing.client_protocol import ProcessClient
from greenapi_async.processing.waiters import Waiters

__all__ = ["Instance"]


@attrs.frozen(eq=False)
class Instance:
    """One client for as long as a run serves it; a client that is removed and added again is another ``Instance``."""

    client: ProcessClient
    new_poller: Callable[[], Poller]
    parser: NotificationParser
    waiters: Waiters
    identities: ClientIdentities
    activity: Activity
    server_clock: ServerClock

    @property
    def id_instance(self) -> int:
        """The instance's id."""
        return self.identities.id_instance

    @classmethod
    def of(cls, client: ProcessClient, receive_timeout: int, counters: Counters) -> "Instance":
        """Return the instance of a client.

        Args:
            client: The client.
            receive_timeout: See ``ProcessOptions``.
            counters: The counters of the run.

        Raises:
            InvalidArgumentError: ``receive_timeout`` is out of range.
        """
        new_poller = functools.partial(client._poller, receive_timeout, counters)
        new_poller()  # checks receive_timeout
        parser, clock = NotificationParser(client), client._server_clock
        return cls(client, new_poller, parser, client._waiters, client._identities, client._activity, clock)
