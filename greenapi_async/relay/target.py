"""Target: publishes notifications and returns when the broker has confirmed them.

A target is a ``Destination``, as an inbox is: polling and webhook receivers put notifications into it, and the server's
copy is deleted after ``put`` has returned. A broker that does not answer in time, refuses the message or has no place
for it (no stream, no queue) makes ``put`` raise ``BrokerUnavailableError``; the notification stays on the server and is
put again. What the broker has stored although its confirmation was lost is then published twice, with the same id.

The last 10,000 notifications are remembered by their digests, so that repeats of the server are not published at all.
"""

import asyncio
from abc import ABC, abstractmethod

import anyio
import anyio.lowlevel

from greenapi_async._internal.checks import is_positive
from greenapi_async.errors import BrokerUnavailableError, InboxError, InvalidArgumentError
from greenapi_async.inbox.base import Destination, Entry
from greenapi_async.polling.deduplication import HandledDigests
from greenapi_async.relay.events import OutgoingEvent, encode_event

__all__ = ["CONFIRM_TIMEOUT", "BrokerTarget"]

CONFIRM_TIMEOUT = 15.0
"""Seconds in which a broker must confirm."""


class BrokerTarget(Destination, ABC):
    """Base class of the targets: encoding, deduplication, time limit and errors."""

    def __init__(self, name: str, timeout: float) -> None:
        """Create a target.

        Args:
            name: The broker's name, for log records.
            timeout: Seconds in which the broker must confirm.

        Raises:
            InvalidArgumentError: ``timeout`` is not positive.
        """
        if not is_positive(timeout):
            raise InvalidArgumentError(f"timeout is {timeout!r}; expected a positive number of seconds")
        self.name = name
        self._timeout = timeout
        self._published = HandledDigests()

    @abstractmethod
    async def _publish(self, event: OutgoingEvent) -> None:
        """Publish an event and wait for the broker's confirmation; raise whatever prevents it."""

    async def put(self, entry: Entry) -> bool:
        """Publish a notification.

        Args:
            entry: The notification as received.

        Returns:
            False if it is a duplicate of one that was published before.

        Raises:
            BrokerUnavailableError: The broker did not confirm it.
            InboxError: The connection was given up.
            InvalidArgumentError: The event loop is not asyncio's, or the broker does not confirm at all.
        """
        require_asyncio()
        if any(key in self._published for key in entry.unless):
            return False
        event = encode_event(entry)
        task = asyncio.current_task()
        cancelling = task.cancelling() if task is not None else 0
        try:
            with anyio.fail_after(self._timeout):
                await self._publish(event)
        except (InboxError, InvalidArgumentError):  # retrying cannot help
            raise
        except Exception as error:
            about = f"notification of instance {event.id_instance}, {len(event.content)} bytes"
            raise BrokerUnavailableError(f"{self.name}: {self._reason(error)} ({about})") from error
        except asyncio.CancelledError as error:
            await anyio.lowlevel.checkpoint_if_cancelled()  # raises if this task itself was cancelled
            if task is not None and task.cancelling() > cancelling:  # by asyncio itself
                raise
            raise BrokerUnavailableError(f"{self.name}: the connection was lost") from error
        for key in entry.keys:
            self._published.add(key)
        return True

    def _reason(self, error: Exception) -> str:
        from faststream.exceptions import IncorrectState  # noqa: PLC0415  an optional dependency

        if isinstance(error, IncorrectState):
            return "the broker is not connected; expected await broker.start() before"
        if isinstance(error, TimeoutError):
            return f"no confirmation within {self._timeout:g} s"
        return str(error) or type(error).__name__


def require_asyncio() -> None:
    """Check that the event loop is asyncio's.

    Raises:
        InvalidArgumentError: It is not.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise InvalidArgumentError(
            "greenapi_async.relay needs asyncio, because FastStream does; trio is not supported"
        ) from None
