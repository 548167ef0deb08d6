"""Idempotency keys in an SQLite file that several commands use at the same time.

An ``SQLiteInbox`` belongs to the process that has opened it. A command keeps nothing but keys in it, and may run for
hours, as ``greenapi mcp`` does. So it opens the file for the moment of each operation, and waits for its turn. The
operations of one command queue in the order of their calls, and only the first one tries to open the file.
"""

import math
import os
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, TypeVar

import anyio
import anyio.lowlevel

from greenapi_async.errors import InboxLockedError
from greenapi_async.inbox.outbox import Outbox, OutboxRecord
from greenapi_async.inbox.sqlite import SQLiteInbox

__all__ = ["OutboxFile"]

T = TypeVar("T")

TURN_TIMEOUT: Final = 10.0
"""Seconds without a turn until a file is given up that is in use all the time: a running bot has it as its inbox."""
INTERVAL: Final = 0.03


class OutboxFile(Outbox):
    """Outbox in a file that is open only while it is used.

    Args:
        path: The file; created if it does not exist.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path
        self._queue = anyio.Lock()
        self._latest_turn = -math.inf

    async def check(self) -> None:
        """Open and close the file, so that a wrong one is reported at once.

        Raises:
            InboxLockedError: Another process uses it all the time.
            InboxError: It cannot be used.
        """
        await self._use(lambda _: anyio.lowlevel.checkpoint())

    async def begin(
        self,
        id_instance: int,
        key: str,
        chat_id: str,
        digest: bytes,
        *,
        attempt: str = "",
        replaces: str | None = None,
        server_time: datetime | None = None,
    ) -> OutboxRecord:
        """Record an attempt to send, see ``Outbox.begin``."""
        return await self._use(
            lambda outbox: outbox.begin(
                id_instance, key, chat_id, digest, attempt=attempt, replaces=replaces, server_time=server_time
            )
        )

    async def sent(self, id_instance: int, key: str, id_message: str) -> None:
        """Record the id of the sent message, see ``Outbox.sent``."""
        await self._use(lambda outbox: outbox.sent(id_instance, key, id_message))

    async def claim(self, id_instance: int, key: str, id_message: str) -> bool:
        """Record the id of a message that was found, see ``Outbox.claim``."""
        return await self._use(lambda outbox: outbox.claim(id_instance, key, id_message))

    async def is_claimed(self, id_instance: int, id_message: str) -> bool:
        """Return whether a key has this message, see ``Outbox.is_claimed``."""
        return await self._use(lambda outbox: outbox.is_claimed(id_instance, id_message))

    async def forget(self, id_instance: int, key: str, attempt: str = "") -> None:
        """Delete the record of a message that was not sent, see ``Outbox.forget``."""
        await self._use(lambda outbox: outbox.forget(id_instance, key, attempt))

    async def _use(self, work: Callable[[Outbox], Awaitable[T]]) -> T:
        called = anyio.current_time()
        async with self._queue:
            while True:
                try:
                    async with SQLiteInbox(self._path) as inbox:
                        self._latest_turn = anyio.current_time()
                        return await work(inbox.outbox)
                except InboxLockedError:
                    if anyio.current_time() > max(called, self._latest_turn) + TURN_TIMEOUT:
                        raise
                await anyio.sleep(INTERVAL)
