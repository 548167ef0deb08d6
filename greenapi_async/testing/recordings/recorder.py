"""Recording of an instance.

Each notification is received, redacted, synced to disk, and only then deleted on the server. If the process dies in
between, the server delivers the notification again and the file recognises it.
"""
# Client._poller is meant for the whole package.
# pyright: reportPrivateUsage=false

import time
from collections.abc import Callable
from typing import Any, cast

from anyio import to_thread

from greenapi_async.client import Client
from greenapi_async.models.receiving import ReceivedNotification
from greenapi_async.polling.counters import Counters
from greenapi_async.testing.recordings.format import RecordedNotification
from greenapi_async.testing.recordings.writer import RecordingFile

__all__ = ["Recorder"]


class Recorder:
    """Records the notifications of one instance.

    Attributes:
        count: Number of notifications recorded so far.
    """

    def __init__(
        self,
        client: Client,
        file: RecordingFile,
        redact: Callable[[Any], Any],
        *,
        receive_timeout: int = 20,
        on_recorded: Callable[[RecordedNotification], None] = lambda _: None,
    ) -> None:
        """Create a recorder.

        Args:
            client: Client of the instance.
            file: Where notifications are recorded.
            redact: Applied to each body before it is recorded, usually a ``Redactor``.
            receive_timeout: Seconds, 5 to 60, for which one long poll waits on the server.
            on_recorded: Called, in a worker thread, with each notification after it was recorded.
        """
        self._poller = client._poller(receive_timeout, Counters())
        self._file = file
        self._redact = redact
        self._on_recorded = on_recorded
        self.count = 0

    @property
    def stopped(self) -> bool:
        """True after ``stop``."""
        return self._poller.stopped

    def stop(self) -> None:
        """Stop between two notifications. A pending long poll is interrupted."""
        self._poller.stop()

    async def run(self) -> None:
        """Record until ``stop``; temporary errors are retried with backoff.

        Raises:
            RecordingError: The file cannot be written to. The notification stays on the server.
            GreenAPIError: An error that needs intervention, as in ``Client.notifications``.
        """
        while not self._poller.stopped:
            received = await self._poller.receive()
            if received is not None:
                await to_thread.run_sync(self._record, received, time.time())
                await self._poller.settle(self._poller.deletion(received.receipt_id))

    def _record(self, received: ReceivedNotification, at: float) -> None:
        at, receipt = round(at, 3), received.receipt_id
        try:
            recorded = RecordedNotification(at=at, receipt_id=receipt, body=self._redact(received.body))
            is_new = self._file.append(recorded)
        except RecursionError:  # a body can be parsed at a depth at which it cannot be written
            recorded = RecordedNotification(at=at, receipt_id=receipt, body=self._redact(_outermost(received.body)))
            is_new = self._file.append(recorded)
        if is_new:
            self.count += 1
            self._on_recorded(recorded)


def _outermost(body: Any) -> Any:
    """Return the two outermost levels of a body, without arrays."""
    fields = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    return {name: _scalars(value) for name, value in fields.items() if not isinstance(value, list)}


def _scalars(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    fields = cast("dict[str, Any]", value)
    return {name: part for name, part in fields.items() if not isinstance(part, dict | list)}
