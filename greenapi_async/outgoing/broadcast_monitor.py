"""Progress of a broadcast while its block runs: its numbers and state, who is told of them, and when it is to end."""

import inspect
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal, TypeAlias

import anyio

from greenapi_async.outgoing.broadcast_progress import BroadcastProgress, BroadcastState, counts_to_fields
from greenapi_async.outgoing.broadcast_recipients import RecipientStatus
from greenapi_async.outgoing.broadcast_store import BroadcastRecipient

__all__ = ["BroadcastMonitor", "OnProgress"]

logger = logging.getLogger("greenapi_async")

OnProgress: TypeAlias = Callable[[BroadcastProgress], object | Awaitable[object]] | Literal["terminal"]


class BroadcastMonitor:
    """Progress of one broadcast.

    Args:
        name: Its name.

    Attributes:
        on_progress: Called after each change; None if nobody is told.
        counts: Recipients by status.
        duplicates: Entries of the list that named a recipient again.
        ending: True if no more messages are sent in this run.
        stop_reason: Why not.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self.on_progress: Callable[[BroadcastProgress], object] | None = None
        self.counts: Counter[RecipientStatus] = Counter()
        self.duplicates = 0
        self.ending = False
        self.stop_reason = ""
        self._state = BroadcastState.LOADING
        self._reason = ""
        self._next_at: datetime | None = None
        self._end = anyio.Event()
        self._changed = anyio.Event()
        self._settled = anyio.Event()

    @property
    def progress(self) -> BroadcastProgress:
        """The numbers at this moment."""
        return BroadcastProgress(
            name=self._name,
            state=self._state,
            reason=self._reason,
            next_at=self._next_at,
            duplicates=self.duplicates,
            **counts_to_fields(self.counts),
        )

    @property
    def is_cancelled(self) -> bool:
        """True if it was ended for good."""
        return self._state is BroadcastState.CANCELLED

    @property
    def undelivered(self) -> int:
        """Messages that have neither failed nor been delivered."""
        return self.counts[RecipientStatus.SENT] + self.counts[RecipientStatus.QUEUED]

    def show(self, state: BroadcastState, reason: str = "", next_at: datetime | None = None) -> None:
        """Show what the run does; once the broadcast is cancelled, nothing else is shown.

        Args:
            state: What it does.
            reason: Why it does not send.
            next_at: When it may send again.
        """
        if self.is_cancelled:
            return
        if (state, reason, next_at) != (self._state, self._reason, self._next_at):
            if state is not self._state and state in {BroadcastState.HOLDING, BroadcastState.PAUSED}:
                logger.info("The broadcast %r is %s: %s", self._name, state, reason)
            self._state, self._reason, self._next_at = state, reason, next_at
            self._changed.set()

    def note_change(self, before: BroadcastRecipient, after: BroadcastRecipient) -> None:
        """Count a recipient whose status has changed."""
        self.counts[before.status] -= 1
        self.counts[after.status] += 1
        if not self.undelivered:
            self._settled.set()
        self._changed.set()

    def stop(self, reason: str = "it was stopped by the program") -> None:
        """Send no more messages in this run, and wait for no more deliveries.

        Args:
            reason: Why.
        """
        self.stop_reason = self.stop_reason or reason
        self.ending = True
        self._end.set()
        self._settled.set()

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than until the run is to end."""
        with anyio.move_on_after(seconds):
            await self._end.wait()

    async def settle(self, seconds: float) -> None:
        """Wait until all messages are delivered or have failed.

        Args:
            seconds: Longest time.
        """
        self._settled = anyio.Event()
        if self.undelivered and not self.ending:
            with anyio.move_on_after(seconds):
                await self._settled.wait()

    async def run(self) -> None:
        """Report changes until cancelled."""
        while True:
            await self._changed.wait()
            self._changed = anyio.Event()
            await self.tell()

    async def tell(self) -> None:
        """Call ``on_progress`` with the numbers at this moment."""
        if self.on_progress is None:
            return
        try:
            result = self.on_progress(self.progress)
            if inspect.isawaitable(result):
                await result
        except Exception:
            logger.exception("on_progress of the broadcast %r failed", self._name)
