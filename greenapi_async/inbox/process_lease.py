"""The lease of a process in a store that several processes share.

Everything that a process holds in the store (lanes, the polling of instances) names the process's lease. So one renewal
every third of its length keeps all of it, and when the lease expires, everything can be taken over at once.

The store judges leases by its own clock. The process judges by its monotonic clock, from before a renewal was sent, so
its lease ends here before it ends there: a process that was suspended knows that it has lost everything before it
starts another handler. A lease that has expired is never renewed; the process takes a new one under a new id, and its
holdings under the old id are lost.
"""

import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import anyio

from greenapi_async.errors import InboxUnavailableError, InvalidArgumentError

__all__ = ["LeaseStore", "ProcessLease"]

logger = logging.getLogger("greenapi_async")

RENEWALS = 3
"""Renewals in the length of a lease."""


class LeaseStore(Protocol):
    """Store of leases. Every method is atomic and raises ``InboxUnavailableError`` if the store does not answer."""

    async def begin(self, process: str, seconds: float) -> None:
        """Create a lease.

        Args:
            process: Id of the lease, never used before.
            seconds: Its length.
        """
        ...

    async def renew(self, process: str, seconds: float) -> bool:
        """Extend a lease that has not expired, and free what expired leases hold.

        Args:
            process: Id of the lease.
            seconds: Its length from now.

        Returns:
            False if the lease has expired, or does not exist.
        """
        ...

    async def end(self, process: str) -> None:
        """Delete a lease and free everything that it holds; idempotent."""
        ...


class ProcessLease:
    """Lease of this process.

    Args:
        store: Where the lease is.
        seconds: Its length, at least 1: how long after the death of a process others take over.
        clock: Returns the seconds by a clock that is never set.
        sleep: Waits for some seconds.

    Attributes:
        id: Id of the current lease; empty while there is none.
        seconds: Its length.
    """

    def __init__(
        self,
        store: LeaseStore,
        seconds: float = 30.0,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        if not seconds >= 1:
            raise InvalidArgumentError(f"lease is {seconds!r}; expected seconds, 1 or more")
        self.id = ""
        self._store = store
        self.seconds = seconds
        self._clock = clock
        self._sleep = sleep
        self._ends = float("-inf")
        self._listeners: list[Callable[[], None]] = []

    @property
    def is_valid(self) -> bool:
        """True while the store certainly knows the lease."""
        return bool(self.id) and self._clock() < self._ends

    @property
    def remaining(self) -> float:
        """Seconds for which the lease is valid without being renewed; 0 or less if it has expired."""
        return self._ends - self._clock()

    def on_loss(self, listener: Callable[[], None]) -> None:
        """Call a function whenever the lease was lost, before there is a new one."""
        self._listeners.append(listener)

    def check(self) -> bool:
        """Return whether the lease is valid; if it has expired, give it up and call the listeners."""
        if self.id and not self.is_valid:
            logger.warning("The lease of this process has expired; other processes may have taken over its chats")
            self.id = ""
            for listener in self._listeners:
                listener()
        return bool(self.id)

    async def acquire(self) -> None:
        """Renew the lease, or take a new one.

        Raises:
            InboxUnavailableError: The store does not answer.
            InboxError: The store cannot be used.
        """
        # Several tasks may do this at once, and the lease may expire, or be replaced, while one waits for the store.
        if self.check():
            held, began = self.id, self._clock()
            if await self._store.renew(held, self.seconds):
                if self.id == held:
                    self._ends = max(self._ends, began + self.seconds)
                    return
                await self._store.end(held)  # given up here while it was renewed: nothing may wait for its end there
            elif self.id == held:
                self._ends = float("-inf")
                self.check()
        if not self.id:
            new, began = secrets.token_hex(8), self._clock()
            await self._store.begin(new, self.seconds)
            if self.id:  # another task was faster
                await self._store.end(new)
                return
            self.id = new
            self._ends = began + self.seconds

    async def keep(self) -> None:
        """Keep the lease until cancelled.

        Raises:
            InboxError: The store cannot be used.
        """
        while True:
            try:
                await self.acquire()
            except InboxUnavailableError as error:
                logger.warning("Could not renew the lease of this process: %s", error)
            await self._sleep(self.seconds / RENEWALS)
            self.check()

    async def release(self) -> None:
        """End the lease, so that other processes take over at once.

        Raises:
            InboxUnavailableError: The store does not answer; the lease expires.
        """
        held, self.id = self.id, ""
        if held:
            await self._store.end(held)
