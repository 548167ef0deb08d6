"""Keep what an instance delivers: received, cleaned, on disk, and only then deleted at the server."""

import time
from collections.abc import Callable
from typing import Any, cast

from anyio import to_thread

from greenapi_async.client import Client
from greenapi_async.models.receiving import ReceivedNotification
from greenapi_async.polling.counters import Counters
from greenapi_async.recordings.format import Recorded
from greenapi_async.recordings.writer import RecordingFile

__all__ = ["Recorder"]


class Recorder:
    """Records one instance into a file; ``clean`` is what is done to each body before it is kept.

    ``await recorder.run()`` goes on until ``stop()``, which ends it between two notifications, and through whatever
    passes by itself. It raises ``RecordingError`` where the file cannot be written to, the notification being still at
    the server, and what ``client.notifications()`` raises where a person must act. ``told`` is called with each
    notification that was kept.
    """

    def __init__(
        self,
        client: Client,
        file: RecordingFile,
        clean: Callable[[Any], Any],
        *,
        receive_timeout: int = 20,
        told: Callable[[Recorded], None] = lambda _: None,
    ) -> None:
        self._poll = client._poller(receive_timeout, Counters())
        self._file = file
        self._clean = clean
        self._told = told
        self.kept = 0
        """How many notifications this run has put into the file."""

    @property
    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._poll.stopped

    def stop(self) -> None:
        """Ask for no more; a poll that waits is cut short."""
        self._poll.stop()

    async def run(self) -> None:
        """Record."""
        while not self._poll.stopped:
            received = await self._poll.receive()
            if received is not None:
                await to_thread.run_sync(self._keep, received, time.time())
                await self._poll.settle(self._poll.deletion(received.receipt_id))

    def _keep(self, received: ReceivedNotification, at: float) -> None:
        at, receipt = round(at, 3), received.receipt_id
        try:
            recorded = Recorded(at=at, receipt_id=receipt, body=self._clean(received.body))
            kept = self._file.keep(recorded)
        except RecursionError:  # as deep as can be read is deeper than can be written
            recorded = Recorded(at=at, receipt_id=receipt, body=self._clean(_scalars(received.body)))
            kept = self._file.keep(recorded)
        if kept:
            self.kept += 1
            self._told(recorded)


def _scalars(body: Any) -> Any:
    """Give what stands at the top, and the objects there with what stands at theirs."""
    fields = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    return {name: _flat(value) for name, value in fields.items() if not isinstance(value, list)}


def _flat(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    fields = cast("dict[str, Any]", value)
    return {name: part for name, part in fields.items() if not isinstance(part, dict | list)}
