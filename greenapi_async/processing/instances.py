"""The instances of a run, which come and go while it runs.

An instance that is added is polled as soon as the identities of its persons are loaded from the inbox. What waits for
it in the inbox is handled then, too. When an instance is removed, its poll ends at once and what was stored is deleted
on the server; handlers that run finish, and everything else waits in the inbox for the next run that serves the
instance. Only when the last handler has finished is another run allowed to serve it from the same inbox, because both
would handle what is in progress. The same run can serve it again at any time: it knows what is in progress.

An item belongs to the ``Instance`` with which it was parsed. If that was removed since, the item is read again before
its handler starts, so that it belongs to the new client, or is dropped.
"""

import functools
import logging
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, nullcontext
from typing import TYPE_CHECKING, Any

import anyio

from greenapi_async._internal.log_fields import log_context, log_fields
from greenapi_async._internal.metrics import Metric
from greenapi_async.errors import GreenAPIError, InboxError, InboxUnavailableError, InvalidArgumentError
from greenapi_async.inbox.base import Inbox
from greenapi_async.inbox.consumers import claim_consumer, unregister_consumer
from greenapi_async.inbox.polling_shares import PollingShares, Share
from greenapi_async.inbox.shared import SharedInbox
from greenapi_async.polling.counters import Counters
from greenapi_async.polling.ingest import Ingest
from greenapi_async.processing.client_protocol import ProcessClient
from greenapi_async.processing.instance import Instance
from greenapi_async.processing.item import Item, current_item
from greenapi_async.processing.options import ClientTelemetry, ResolvedOptions
from greenapi_async.processing.takeovers import Takeover, Takeovers

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

    from greenapi_async.polling.poller import Poller
    from greenapi_async.processing.intake import Intake

__all__ = ["Instances", "Removal"]

logger = logging.getLogger("greenapi_async")


class Removal:
    """An instance on its way out of a run; awaiting it is optional.

    ``await`` returns when its poll has ended and its last handler has finished. Then its client can be closed.

    Attributes:
        instance: The instance.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.polling_ended = anyio.Event()
        self.ended = anyio.Event()

    def __await__(self) -> Generator[Any, Any, None]:
        return self._wait().__await__()

    async def _wait(self) -> None:
        item = current_item.get()
        if item is not None and item.running and item.instance is self.instance:
            raise RuntimeError(
                "this handler is one of those that the removal waits for; call remove(...) without awaiting it"
            )
        await self.ended.wait()


class Instances:
    """Instances of one run.

    Attributes:
        by_id: Those that the run serves.
        failures: Errors of those that are not polled any more, by instance.
        has_failed: Whether the run ended because all instances have failed.
    """

    def __init__(
        self,
        ingest: Ingest[Inbox],
        options: ResolvedOptions,
        counters: Counters,
        *,
        consumer: object,
        is_open_ended: bool,
        takeover: Takeover | None,
    ) -> None:
        """Create the instances of a run that has not begun.

        Args:
            ingest: The inbox.
            options: The options of the run.
            counters: The counters of the run.
            consumer: The run.
            is_open_ended: Whether the run goes on without instances, or when all have failed.
            takeover: When the owner of an account takes over a chat; None for never.
        """
        self.by_id: dict[int, Instance] = {}
        self.failures: dict[int, GreenAPIError] = {}
        self.has_failed = False
        self._ingest = ingest
        self._options = options
        self._counters = counters
        shares: object = getattr(ingest.inbox, "pollers", None)
        self._shares = shares if isinstance(shares, PollingShares) else None
        self._consumer = consumer
        self._is_open_ended = is_open_ended
        self._takeover = takeover
        self._takeovers: dict[Instance, Takeovers] = {}
        self._adopted: anyio.Event | None = None
        self._scopes: dict[Instance, ExitStack] = {}
        self._served: Counter[int] = Counter()
        self._polled: dict[Instance, Poller] = {}
        self._shared: dict[Instance, Share] = {}
        self._removals: list[Removal] = []
        self._running: Iterable[Item] = ()
        self._intake: Intake | None = None
        self._tasks: TaskGroup | None = None
        self._stop: Callable[[], None]
        self._fail: Callable[[BaseException], None]

    def add(self, client: ProcessClient) -> None:
        """Serve an instance; see ``Processing.add``."""
        number = client.id_instance
        if number in self.by_id:
            raise InvalidArgumentError(f"instance {number} is served by this run already; remove it first")
        instance = Instance.of(client, self._options.receive_timeout, self._counters)
        if self._intake is not None:
            self._enter(instance)
        self.by_id[number] = instance
        self._watch()
        if self._tasks is not None and self._intake is not None:
            self._tasks.start_soon(self._join, instance, self._tasks, self._intake)

    def remove(self, id_instance: int) -> Removal:
        """Serve an instance no longer; see ``Processing.remove``."""
        instance = self.by_id.pop(id_instance, None)
        if instance is None:
            raise InvalidArgumentError(f"instance {id_instance} is not served by this run")
        self.failures.pop(id_instance, None)
        self._watch()
        removal = Removal(instance)
        self._removals.append(removal)
        if self._intake is not None:
            self._intake.leave(id_instance)
        if (poller := self._polled.get(instance)) is not None:
            poller.stop()
        else:
            self._end_polling(instance)
        self.note_end()
        return removal

    def lost_contact(self, id_instance: int) -> tuple[float, str] | None:
        """Return for how many seconds the polls of an instance have failed, and why; None if they do not."""
        instance = self.by_id.get(id_instance)
        poller = self._polled.get(instance) if instance is not None else None
        return poller.lost_contact if poller is not None else None

    def metrics(self) -> list[Metric]:
        """Return the counters of the run, and of the calls of its clients, as metrics."""
        calls = [metric for number, each in self.by_id.items() for metric in each.activity.metrics(number)]
        return [*self._counters.metrics(self.by_id), *calls]

    def begin(self, intake: "Intake", running: Iterable[Item], *, stop: Callable[[], None]) -> None:
        """Become the consumer of all instances.

        Args:
            intake: The intake of the run.
            running: The items whose handlers run.
            stop: Stops the run.

        Raises:
            RuntimeError: Another run consumes one of them.
        """
        self._running, self._stop = running, stop
        for instance in self.by_id.values():
            self._enter(instance)
        self._intake = intake

    async def attach(self) -> None:
        """Load the identities of all instances from the open inbox."""
        attached: set[Instance] = set()
        while missing := [each for each in self.by_id.values() if each not in attached]:
            for instance in missing:
                await self._attach(instance)
                attached.add(instance)

    def start(self, tasks: "TaskGroup", *, fail: Callable[[BaseException], None]) -> None:
        """Poll all instances, and from now on those that are added.

        Args:
            tasks: Runs the polls; it is cancelled when the run stops.
            fail: Ends the run with an error.
        """
        self._tasks, self._fail = tasks, fail
        for instance in self.by_id.values():
            self._begin_polling(instance, tasks)
        if self._options.polling and self._shares is not None:
            tasks.start_soon(self._keep_shares, self._shares)
        if self._takeover is not None:
            tasks.start_soon(self._keep_adopted)

    async def save_adopted(self) -> None:
        """Store the pauses of chats that other runs of the clients have left when they ended."""
        try:
            for takeovers in list(self._takeovers.values()):
                await takeovers.save_adopted()
        except InboxError as error:  # unavailable only when stopped
            logger.warning("The pause of a chat that the owner has taken over cannot be stored: %s", error)

    def note_end(self) -> None:
        """Complete the removals whose poll and handlers have ended."""
        for removal in list(self._removals):
            instance = removal.instance
            if instance in self._polled:
                continue
            removal.polling_ended.set()
            if any(item.instance is instance for item in self._running):
                continue
            self._removals.remove(removal)
            self._leave(instance)
            removal.ended.set()

    def close(self) -> None:
        """End the service of all instances: the run has ended."""
        self._running = ()
        self._polled.clear()
        for instance in list(self._shared):
            self._end_polling(instance)
        self.note_end()
        for instance in list(self._scopes):
            self._leave(instance)

    def raise_failures(self) -> None:
        """Raise the errors of the instances if they ended the run.

        Raises:
            GreenAPIError: The only instance has failed.
            ExceptionGroup: All instances have failed.
        """
        failures = list(self.failures.values())
        if not self.has_failed or not failures:
            return
        if len(failures) == 1:
            raise failures[0]
        raise ExceptionGroup("every client failed", failures)

    def _watch(self) -> None:
        if self._options.telemetry is not None:
            self._options.telemetry.watch(self._counters, list(self.by_id))
        if isinstance(self._options.telemetry, ClientTelemetry):
            for instance in self.by_id.values():
                self._options.telemetry.instrument(instance.client)

    def _enter(self, instance: Instance) -> None:
        inbox = self._ingest.inbox
        claim_consumer(inbox, instance.id_instance, self._consumer)
        with ExitStack() as scopes:
            scopes.enter_context(instance.waiters.active(inbox, self._takeovers_of(instance)))
            scopes.enter_context(instance.identities.notifying(self._update_lanes))
            self._scopes[instance] = scopes.pop_all()
        self._served[instance.id_instance] += 1

    def _takeovers_of(self, instance: Instance) -> Takeovers | None:
        if self._takeover is None:
            return None
        inbox = self._ingest.inbox
        takeovers = self._takeovers[instance] = Takeovers(
            self._takeover,
            instance.id_instance,
            instance.identities.known,
            instance.server_clock,
            records=getattr(inbox, "records", None),
            retry=self._ingest.retry,
            is_shared=isinstance(inbox, SharedInbox),
        )
        takeovers.adopted = self._note_adopted
        return takeovers

    def _note_adopted(self) -> None:
        if self._adopted is not None:
            self._adopted.set()

    async def _keep_adopted(self) -> None:
        while True:
            self._adopted = anyio.Event()
            await self.save_adopted()
            await self._adopted.wait()

    def _leave(self, instance: Instance) -> None:
        if (scopes := self._scopes.pop(instance, None)) is None:
            return
        successor = self.by_id.get(instance.id_instance)
        if successor is None or successor is instance or successor.identities is not instance.identities:
            instance.identities.detach()
        scopes.close()
        self._takeovers.pop(instance, None)
        self._served[instance.id_instance] -= 1
        if not self._served[instance.id_instance]:
            del self._served[instance.id_instance]
            unregister_consumer(self._ingest.inbox, instance.id_instance, self._consumer)

    def _update_lanes(self) -> None:
        if self._intake is not None:
            self._intake.update_lanes()

    async def _attach(self, instance: Instance) -> None:
        await self._ingest.retry("load", functools.partial(instance.identities.attach, self._ingest.inbox))
        if instance in self._takeovers:
            await instance.waiters.load_takeovers(self._takeovers[instance])

    async def _join(self, instance: Instance, tasks: "TaskGroup", intake: "Intake") -> None:
        """Serve an instance that was added while the run is open."""
        for removal in list(self._removals):  # one poller at a time
            if removal.instance.id_instance == instance.id_instance:
                await removal.polling_ended.wait()
        try:
            await self._attach(instance)
        except InboxUnavailableError as error:  # only when stopped
            fields = log_fields(instance=instance.id_instance)
            logger.warning(
                "The inbox is unavailable; instance %d was not added: %s", instance.id_instance, error, extra=fields
            )
        except Exception as error:  # noqa: BLE001  raised by run
            self._fail(error)
        else:
            if self.by_id.get(instance.id_instance) is not instance:  # removed meanwhile
                instance.identities.detach()
                return
            intake.join(instance, is_new=True)
            self._begin_polling(instance, tasks)

    async def _keep_shares(self, shares: PollingShares) -> None:
        try:
            await shares.keep()
        except Exception as error:  # noqa: BLE001  raised by run
            self._fail(error)

    def _begin_polling(self, instance: Instance, tasks: "TaskGroup") -> None:
        """Poll an instance; if several processes share the inbox, whenever it is this one's turn."""

        def begin(share: Share | None) -> None:
            tasks.start_soon(self._receive, instance, share)

        if self._options.polling and self._shares is None:
            begin(None)
        elif self._options.polling and self._shares is not None:
            self._shared[instance] = self._shares.add(instance.id_instance, begin)

    def _end_polling(self, instance: Instance) -> None:
        """Poll an instance no more, when its poll has ended."""
        share = self._shared.pop(instance, None)
        if share is not None and self._shares is not None:
            self._shares.discard(share)

    async def _receive(self, instance: Instance, share: Share | None) -> None:
        log_context.set({"instance": instance.id_instance})
        poller = instance.new_poller()
        self._polled[instance] = poller
        try:
            with share.polling(poller.stop) if share is not None else nullcontext():
                while not poller.stopped and (share is None or share.may_poll):
                    await self._ingest.receive(poller)
                await self._ingest.settle(poller)
        except InboxUnavailableError as error:  # only when stopped; it is still on the server
            logger.warning("The inbox is unavailable; a notification is received again at the next start: %s", error)
        except InboxError as error:
            self._fail(error)
        except GreenAPIError as error:
            if not poller.stopped:
                self._note_failure(instance, error)
        except Exception as error:  # noqa: BLE001  raised by run
            self._fail(error)
        finally:
            self._polled.pop(instance, None)
            if instance.id_instance in self.failures or self.by_id.get(instance.id_instance) is not instance:
                self._end_polling(instance)
            self.note_end()

    def _note_failure(self, instance: Instance, error: GreenAPIError) -> None:
        self.failures[instance.id_instance] = error
        fields = log_fields(instance=instance.id_instance, method=error.method)
        logger.error("Stopped polling instance %d: %s", instance.id_instance, error, extra=fields)
        if len(self.failures) == len(self.by_id) and not self._is_open_ended:
            self.has_failed = True
            self._stop()
