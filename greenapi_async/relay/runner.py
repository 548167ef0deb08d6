"""Relay: from the server's queues to a broker.

Each instance is polled by its own task: poll, publish, wait for the confirmation, delete on the server. While the
broker is unavailable, the notification is published again with exponential backoff and jitter; the others wait on the
server, which keeps them for 24 hours. A client that fails with an error that needs a human does not stop the others.
"""

# ProcessClient's private members are for this package.
# pyright: reportPrivateUsage=false

import logging
from collections.abc import Sequence

import anyio

from greenapi_async._internal.log_fields import log_fields
from greenapi_async.errors import GreenAPIError, InboxError, InboxUnavailableError
from greenapi_async.polling.counters import Counters
from greenapi_async.polling.ingest import Ingest
from greenapi_async.polling.poller import Poller
from greenapi_async.processing.client_protocol import ProcessClient
from greenapi_async.processing.options import clients_by_instance
from greenapi_async.processing.signals import handle_shutdown_signals, handle_sigterm
from greenapi_async.relay.target import BrokerTarget, require_asyncio

__all__ = ["Relay", "relay"]

logger = logging.getLogger("greenapi_async")


class Relay:
    """Publishes the notifications of one or more clients; run it once.

    Attributes:
        counters: ``received``, ``duplicate`` and ``acknowledged`` of all clients together.
        failures: Errors of failed clients, by instance.
    """

    def __init__(
        self,
        *,
        clients: ProcessClient | Sequence[ProcessClient],
        to: BrokerTarget,
        receive_timeout: int = 20,
        overlap: bool = False,
    ) -> None:
        """Create a relay.

        Args:
            clients: Client or clients whose notifications are published, one per instance.
            to: Where they are published.
            receive_timeout: Seconds for which the server holds a poll, 5 to 60.
            overlap: Whether a deletion and the next poll are sent concurrently, see ``Client.notifications``.

        Raises:
            InvalidArgumentError: An argument is not valid.
        """
        self.counters = Counters()
        self.failures: dict[int, GreenAPIError] = {}
        by_instance = clients_by_instance(clients if isinstance(clients, Sequence) else [clients])
        self._pollers = [client._poller(receive_timeout, self.counters) for client in by_instance.values()]
        name = f"The broker ({to.name})"
        self._ingest = Ingest(to, overlap=overlap, stopped=lambda: self._stopped, name=name)
        self._stopped = False
        self._fatal: BaseException | None = None

    def stop(self) -> None:
        """Stop at once. A notification whose confirmation is pending stays on the server and is published again."""
        self._stopped = True
        for poller in self._pollers:
            poller.stop()

    async def run(self, *, signals: bool = True) -> None:
        """Run until stopped, or until every client has failed.

        Args:
            signals: Whether to stop on SIGTERM.

        Raises:
            GreenAPIError: The only client failed. With several clients an ``ExceptionGroup`` is raised when all have.
            InboxError: The connection to the broker was given up.
            InvalidArgumentError: The event loop is not asyncio's.
        """
        require_asyncio()
        async with anyio.create_task_group() as tasks:
            if signals:
                tasks.start_soon(handle_sigterm, self.stop)
            async with anyio.create_task_group() as receiving:
                for poller in self._pollers:
                    receiving.start_soon(self._receive, poller)
            tasks.cancel_scope.cancel()
        if self._fatal is not None:
            raise self._fatal
        if len(self.failures) == len(self._pollers):
            failures = list(self.failures.values())
            raise failures[0] if len(failures) == 1 else ExceptionGroup("every client failed", failures)

    async def _receive(self, poller: Poller) -> None:
        try:
            while not self._stopped:
                await self._ingest.receive(poller)
            await self._ingest.settle(poller)
        except InboxUnavailableError as error:  # only when stopped; it is still on the server
            logger.warning("The broker is unavailable; a notification is received again at the next start: %s", error)
        except InboxError as error:
            self._fail(error)
        except GreenAPIError as error:
            self.failures[poller.id_instance] = error
            fields = log_fields(instance=poller.id_instance, method=error.method)
            logger.error("Stopped polling instance %d: %s", poller.id_instance, error, extra=fields)  # noqa: TRY400  the traceback says nothing
        except Exception as error:  # noqa: BLE001  raised by run
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self._fatal = self._fatal or error
        self.stop()


async def relay(
    *,
    clients: ProcessClient | Sequence[ProcessClient],
    to: BrokerTarget,
    receive_timeout: int = 20,
    overlap: bool = False,
) -> None:
    """Publish the notifications of one or more clients to a broker until SIGINT, SIGTERM or cancelled.

    A notification is deleted on the server when the broker has confirmed it. See ``Relay`` for ``stop`` and counters.

    Args:
        clients: Client or clients whose notifications are published, one per instance.
        to: Where they are published, for example a ``NatsTarget``.
        receive_timeout: Seconds for which the server holds a poll, 5 to 60.
        overlap: Whether a deletion and the next poll are sent concurrently, see ``Client.notifications``.

    Raises:
        InvalidArgumentError: An argument is not valid, or the event loop is not asyncio's.
        InboxError: The connection to the broker was given up.
        GreenAPIError: The only client failed. With several clients an ``ExceptionGroup`` is raised when all have.
    """
    running = Relay(clients=clients, to=to, receive_timeout=receive_timeout, overlap=overlap)
    scope = anyio.CancelScope()

    def shut_down(signal: str) -> None:
        logger.info("%s received, the relay stops; what the broker has not confirmed stays on the server", signal)
        running.stop()

    async with handle_shutdown_signals(shut_down, scope.cancel):
        with scope:
            await running.run(signals=False)
