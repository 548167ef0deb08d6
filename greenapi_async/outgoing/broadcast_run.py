"""Run of a broadcast in the process that has its lease: one recipient after the other.

For each recipient it waits until the pace allows a message, looks whether the recipient wants and can get it, and takes
the turn of the instance. Then it looks at the state of the instance and at the server's queue: only if the one is
authorized and the other empty, the message is stored as ``sending``, handed over, and stored as ``queued``. Otherwise
the turn is given back, and all this is repeated later. So however long it has waited, nothing is decided on old facts.

Failures of the network, of the server and of the inbox are waited for. What concerns one recipient is stored with the
reason. What needs a human stops the run with ``BroadcastStoppedError``; the next start continues.
"""

# ProcessClient's private members are for this library.
# pyright: reportPrivateUsage=false

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Final

import anyio
import attrs

from greenapi_async._internal.concurrency import current_time
from greenapi_async.errors import BroadcastStoppedError, DeliveryUnknownError, GreenAPIError
from greenapi_async.inbox.records import Change
from greenapi_async.models.notifications import Notification, StateInstanceChanged
from greenapi_async.models.states import InstanceState
from greenapi_async.outgoing.broadcast_client import BroadcastClient
from greenapi_async.outgoing.broadcast_content import from_json
from greenapi_async.outgoing.broadcast_monitor import BroadcastMonitor
from greenapi_async.outgoing.broadcast_pace import Pace
from greenapi_async.outgoing.broadcast_preparation import Preparation
from greenapi_async.outgoing.broadcast_progress import BroadcastState
from greenapi_async.outgoing.broadcast_queue import ServerQueue
from greenapi_async.outgoing.broadcast_recipients import RecipientStatus
from greenapi_async.outgoing.broadcast_sending import is_final, is_stopping, send
from greenapi_async.outgoing.broadcast_statuses import Statuses
from greenapi_async.outgoing.broadcast_store import BroadcastRecipient, BroadcastStore
from greenapi_async.outgoing.broadcast_turns import Turn, Turns

__all__ = ["BroadcastRun"]

logger = logging.getLogger("greenapi_async")

BACKOFF: Final = (1.0, 60.0)
UNKNOWN_SENDS: Final = 5
"""Sends of one message with unknown outcome after which it counts as failed."""
STATE_SECONDS: Final = 10.0
"""How long the state of the instance is believed."""
JOURNAL_SECONDS: Final = 300.0
DRAIN_SECONDS: Final = 2.0
MAX_PAUSE: Final = 60.0
"""Seconds after which the clock is read again."""
_NEEDS_HUMAN: dict[str, str] = {
    InstanceState.NOT_AUTHORIZED: "no phone is linked to the instance (notAuthorized)",
    InstanceState.BLOCKED: "WhatsApp has banned the account (blocked)",
    InstanceState.YELLOW_CARD: "sending is suspended because of spam (yellowCard)",
    InstanceState.SUSPENDED: "sending is suspended because of spam (suspended)",
    InstanceState.PENDING_PASSWORD: "the password of the two-step verification is awaited (pendingPassword)",
}


@attrs.define(eq=False, kw_only=True)
class BroadcastRun:
    """Run of a broadcast; ``send_all`` and then ``drain``."""

    client: BroadcastClient
    name: str
    store: BroadcastStore
    turns: Turns
    pace: Pace
    queue: ServerQueue
    statuses: Statuses
    preparation: Preparation
    monitor: BroadcastMonitor
    note_change: Callable[[BroadcastRecipient, BroadcastRecipient], object]
    _failures: int = attrs.field(default=0, init=False)
    _state_until: float = attrs.field(default=float("-inf"), init=False)
    _unknown: int = attrs.field(default=0, init=False)

    async def send_all(self) -> None:
        """Send to everybody who has not been sent anything yet.

        Raises:
            BroadcastStoppedError: A human must act.
            InboxError: The inbox cannot be used.
        """
        after = -1
        while people := await self.store.people(after):
            for person in people:
                after = person.position
                if person.status is RecipientStatus.QUEUED:
                    self.queue.add_old(person, await self.store.records.now())
                elif _is_open(person):
                    await self._serve(person)
                if self.monitor.ending:
                    return

    async def drain(self) -> None:
        """Wait until all messages have left the server's queue.

        Raises:
            BroadcastStoppedError: A human must act.
        """
        while len(self.queue) and not self.monitor.ending:
            count = len(self.queue)
            messages = "the last message" if count == 1 else f"the last {count} messages"
            self.monitor.show(BroadcastState.DRAINING, f"the server is still sending {messages}")
            if await self._attempt(self._look_while_draining):
                await self.monitor.pause(DRAIN_SECONDS)

    def notice(self, notification: Notification) -> None:
        """Take note of a notification: the state of the instance may have changed."""
        if isinstance(notification, StateInstanceChanged):
            self._state_until = float("-inf")

    async def _serve(self, person: BroadcastRecipient) -> None:
        """Send a recipient the message, or store why not."""
        self._unknown = 0
        self.preparation.begin()
        is_done = False
        while not is_done and not self.monitor.ending:
            current = await self.store.person(person.position)
            if current is None or not _is_open(current):
                return
            is_done = await self._attempt(functools.partial(self._screen, current)) or (
                await self._is_allowed() and await self._attempt(functools.partial(self._send, current))
            )

    async def _is_allowed(self) -> bool:
        """Return whether the pace allows a message; if not, wait a while."""
        now, due, sent = await self.turns.look()
        moment = max(now, due)
        allowed = self.pace.next_time(moment, sent)
        if allowed <= now:
            return True
        if allowed <= due:
            self.monitor.show(BroadcastState.SENDING, "", allowed)
        else:
            self.monitor.show(BroadcastState.PAUSED, self.pace.why_later(moment, allowed), allowed)
        await self.monitor.pause(min((allowed - now).total_seconds(), MAX_PAUSE))
        return False

    async def _attempt(self, work: Callable[[], Awaitable[bool]]) -> bool:
        """Do something; if the server or the network fail, wait and return False."""
        try:
            done = await work()
        except BroadcastStoppedError:
            raise
        except GreenAPIError as error:
            if is_stopping(error):
                raise self._stopped(str(error)) from error
            if is_final(error):
                raise
            self._failures += 1
            if self._failures == 1:
                logger.warning("The broadcast %r waits and tries again: %s", self.name, error)
            seconds = min(BACKOFF[0] * 2 ** min(self._failures - 1, 30), BACKOFF[1])
            await self._hold(error.reason or str(error), seconds)
            return False
        if self._failures:
            logger.info("The broadcast %r continues", self.name)
            self._failures = 0
        return done

    async def _look_while_draining(self) -> bool:
        if await self._is_ready():
            await self.queue.look()
            await self.queue.resolve(every=30.0)
        return True

    async def _is_ready(self) -> bool:
        """Return whether the instance can send; if it is starting, wait a while."""
        if current_time() < self._state_until:
            return True
        found = await self.client.get_state_instance()
        state = found.state_instance if found is not None else None
        if state == InstanceState.AUTHORIZED:
            self._state_until = current_time() + STATE_SECONDS
            return True
        if (reason := _NEEDS_HUMAN.get(str(state))) is not None:
            raise self._stopped(reason)
        await self._hold(f"the instance is {state or 'being created'}", STATE_SECONDS)
        return False

    async def _screen(self, person: BroadcastRecipient) -> bool:
        """Return whether nothing is to be sent to a recipient; this needs no turn."""
        screened = await self.preparation.screen(person)
        return screened is not person and await self._save(person, screened) is not None

    async def _send(self, person: BroadcastRecipient) -> bool:
        """Send a recipient the message if everything allows it; return whether the recipient is done with."""
        ready = await self.preparation.prepare(person)
        if ready.status is not RecipientStatus.SENDING:
            return await self._save(person, ready) is not None
        if not await self._is_ready():
            return False
        turn = await self.turns.take()
        if turn is None:
            self.monitor.show(BroadcastState.PAUSED, "another broadcast of the instance sends")
            await self.monitor.pause(1.0)
            return False
        is_sent, waiting = False, 0
        try:
            if self.pace.next_time(turn.now, turn.sent) > turn.now:  # another broadcast has sent meanwhile
                return False
            waiting = await self.queue.look()
            await self.queue.resolve(every=JOURNAL_SECONDS)
            if not waiting:
                is_sent = await self._hand_over(person, ready, turn)
        finally:
            if not is_sent:
                with anyio.move_on_after(5, shield=True):
                    await self.store.records.apply([turn.unused()], durable=False)
        if waiting:
            await self._hold(self.queue.describe(waiting), self.queue.poll_seconds(waiting))
        return is_sent

    async def _hand_over(self, person: BroadcastRecipient, ready: BroadcastRecipient, turn: Turn) -> bool:
        """Hand a message to the server; return whether this has used the turn."""
        sending: BroadcastRecipient | None = ready
        if person.status is not RecipientStatus.SENDING:
            sending = await self._save(person, attrs.evolve(ready, changed=turn.now))
        if sending is None:  # another process has changed it
            return False
        self.monitor.show(BroadcastState.SENDING)
        chat_id, main_id = person.recipient.chat_id, self._main_id(person)
        try:
            id_message = await send(self.client, chat_id, from_json(sending.content), once=sending.content["once"])
        except GreenAPIError as error:
            self._unknown += isinstance(error, DeliveryUnknownError)
            if is_stopping(error) or (not is_final(error) and self._unknown < UNKNOWN_SENDS):
                raise
            reason = str(error) if is_final(error) else f"it is not known whether it was sent: {error}"
            await self._save(sending, attrs.evolve(sending, status=RecipientStatus.FAILED, reason=reason, content=None))
            return False
        now = await self.store.records.now()
        queued = attrs.evolve(
            sending, status=RecipientStatus.QUEUED, id_message=id_message, changed=now, content=None, reason=""
        )
        links = await self.store.links(queued, id_message, main_id)
        used = turn.used(now, self.pace.random_pause())
        # without the turn, if that was lost because the send took minutes
        saved = await self._save(sending, queued, *links, used) or await self._save(sending, queued, *links)
        if saved is not None:
            self.queue.add(saved)
            self.statuses.note_sent(id_message)
        return True

    async def _save(
        self, before: BroadcastRecipient, after: BroadcastRecipient, *more: Change
    ) -> BroadcastRecipient | None:
        saved = await self.store.save(after, *more)
        if saved is not None:
            self.note_change(before, saved)
        return saved

    async def _hold(self, reason: str, seconds: float) -> None:
        self.monitor.show(BroadcastState.HOLDING, reason)
        await self.monitor.pause(seconds)

    def _main_id(self, person: BroadcastRecipient) -> str:
        return self.client._identities.known.main_id(person.recipient.chat_id)

    def _stopped(self, reason: str) -> BroadcastStoppedError:
        return BroadcastStoppedError(f"the broadcast {self.name!r} was stopped: {reason}")


def _is_open(person: BroadcastRecipient) -> bool:
    return person.status in {RecipientStatus.WAITING, RecipientStatus.SENDING} or person.is_retried
