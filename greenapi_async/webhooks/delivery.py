"""What becomes of a notification that came in: kept in an inbox, or handled at once.

Without an inbox the server's own queue is the only store: it has its notification deleted when the handler is done, and
sends it again when it is not. So what was handled, or is being handled, is remembered for when it comes again; what
comes while the first is still being handled waits for what becomes of that one.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

import anyio
import anyio.lowlevel
import attrs

from greenapi_async.errors import InboxUnavailableError
from greenapi_async.inbox.base import Entry, Inbox
from greenapi_async.models.bound import BoundClient
from greenapi_async.polling.deduplication import HandledDigests
from greenapi_async.polling.parsing import NotificationParser
from greenapi_async.processing.options import Handler
from greenapi_async.webhooks.log_limiter import Sparing

__all__ = ["Handing", "Handling", "Keeping"]

logger = logging.getLogger("greenapi_async")


class Handing(Protocol):
    """Where a notification goes."""

    async def take(self, arrival: Entry) -> bool:
        """Take it; False where the server has to send it again."""
        ...


class Keeping:
    """Into an inbox, where ``process`` finds it."""

    def __init__(self, inbox: Inbox, log: Sparing) -> None:
        self._inbox = inbox
        self._log = log
        self._unavailable = False

    async def take(self, arrival: Entry) -> bool:
        """Store it, or know it."""
        try:
            await self._inbox.put(arrival)
        except InboxUnavailableError as error:
            if not self._unavailable:
                logger.warning("the inbox is not available; the server sends again until it is: %s", error)
            self._unavailable = True
            return False
        except Exception as error:  # noqa: BLE001  whatever a store raises, the server sends again
            self._log.warn("inbox", "the inbox failed; the server sends again", error=error)
            return False
        if self._unavailable:
            logger.info("the inbox is available again")
        self._unavailable = False
        return True


@attrs.define(eq=False)
class _Run:
    """One run of the handler, and what those wait for who brought the same."""

    ended: anyio.Event = attrs.field(factory=anyio.Event)
    done: bool = False


class Handling:
    """To the handler, while the server waits."""

    def __init__(self, handler: Handler, clients: Mapping[int, BoundClient]) -> None:
        self._handler = handler
        self._readers = {number: NotificationParser(client) for number, client in clients.items()}
        self._running: dict[bytes, _Run] = {}
        self._done = HandledDigests()

    async def take(self, arrival: Entry) -> bool:
        """Handle it, or know it."""
        if not arrival.unless:
            return await self._handle(arrival, None, _Run())
        mark = arrival.unless[0]
        if mark in self._done:
            return True
        if mark in self._running:
            first = self._running[mark]
            await first.ended.wait()
            return first.done
        run = self._running[mark] = _Run()
        try:
            return await self._handle(arrival, mark, run)
        finally:
            del self._running[mark]
            run.ended.set()

    async def _handle(self, arrival: Entry, mark: bytes | None, run: _Run) -> bool:
        async def acknowledge() -> None:
            await anyio.lowlevel.checkpoint()
            self._finish(mark, run)

        reader = self._readers[arrival.id_instance]
        try:
            await self._handler(reader.parse_entry(_entry(arrival), acknowledge))
        except Exception as error:  # noqa: BLE001  the handler's, whatever it is
            self._tell(run, error)
        except anyio.get_cancelled_exc_class() as error:
            await anyio.lowlevel.checkpoint_if_cancelled()  # raises when it is we who are cancelled
            self._tell(run, error)
        else:
            self._finish(mark, run)
        return run.done

    def _finish(self, mark: bytes | None, run: _Run) -> None:
        run.done = True
        run.ended.set()
        if mark is not None:
            self._done.add(mark)

    def _tell(self, run: _Run, error: BaseException) -> None:
        if run.done:
            logger.error("the handler failed on a notification that it had acknowledged", exc_info=error)
        else:
            logger.warning("the handler failed; the server sends again in 60 s", exc_info=error)


def _entry(arrival: Entry) -> Entry:
    stored = datetime.now(UTC)
    return Entry(id=0, id_instance=arrival.id_instance, body=arrival.body, error=arrival.error, stored=stored)
