"""Rate limiter of one instance in several processes: the part that is the same for every store."""

import asyncio
import os
from types import TracebackType
from typing import Self

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http.protocol import instance_id
from greenapi_async.http.shared_slots import Rate, SharedSlots
from greenapi_async.http.slot_store import SlotStore

__all__ = ["SharedRateLimiter"]


class SharedRateLimiter:
    """Rate limiter over a store of slots, for asyncio only.

    Args:
        store: The slots of the instance.
        id_instance: The instance's id.
        processes: Greatest number of processes that use the instance, 1 or more.
        request_timeout: The longest ``timeout`` of the clients, in seconds.

    Attributes:
        id_instance: The instance's id; a ``Client`` of another instance rejects the limiter.

    Raises:
        InvalidArgumentError: An argument is not valid.
    """

    def __init__(
        self, store: SlotStore, *, id_instance: int | str, processes: int = 4, request_timeout: float = 30.0
    ) -> None:
        if processes < 1:
            raise InvalidArgumentError(f"processes is {processes}; expected 1 or more")
        if not 0 < request_timeout <= 3600:
            raise InvalidArgumentError(f"request_timeout is {request_timeout}; expected seconds, at most 3600")
        self.id_instance = instance_id(id_instance)
        self._store = store
        self._processes = processes
        self._request_timeout = request_timeout
        self._methods: dict[str, SharedSlots] = {}
        self._owner: tuple[int, asyncio.AbstractEventLoop] | None = None

    def slot(self, method: str, per_second: float) -> "SharedSlots":
        """Return a context manager that holds one slot; see ``RateLimiter.slot``.

        Raises:
            InvalidArgumentError: The event loop is not asyncio's.
        """
        try:
            owner = os.getpid(), asyncio.get_running_loop()
        except RuntimeError:
            raise InvalidArgumentError(f"{type(self).__name__} needs asyncio, and the event loop is trio's") from None
        if owner != self._owner:  # slots that were taken before os.fork(), or in another event loop, are others'
            self._methods, self._owner = {}, owner
        slots = self._methods.get(method)
        if slots is None:
            rate = Rate.of(per_second)
            slots = SharedSlots(self._store, method, rate, self._processes, self._request_timeout)
            self._methods[method] = slots
        return slots

    def pause(self, method: str, seconds: float) -> None:
        """Pause a method in all processes, or extend its pause; see ``RateLimiter.pause``."""
        slots = self._methods.get(method)
        if slots is not None:
            slots.pause(seconds)

    async def aclose(self) -> None:
        """Return the slots that are not in use. The limiter can be used again."""
        if self._owner == (os.getpid(), asyncio.get_running_loop()):
            await asyncio.gather(*(slots.flush() for slots in self._methods.values()))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()
