"""What the handlers of a bot raise, seen from where spans are made."""

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from greenapi_async.models.notifications import Notification
from greenapi_async.polling.counters import Counters
from greenapi_async.processing.options import Telemetry

__all__ = ["Watch"]


class Watch:
    """Keeps the failures of handlers that no later attempt has made good; tells another telemetry of all, too."""

    def __init__(self, other: Telemetry | None, failures: list[Exception]) -> None:
        self._other = other
        self._failures = failures
        self._failed: list[tuple[Any, Exception]] = []

    def watch(self, counters: Counters, instances: Sequence[int]) -> None:
        """Tell the other."""
        if self._other is not None:
            self._other.watch(counters, instances)

    @contextmanager
    def handling(self, notification: Notification, attempt: int) -> Generator[object]:
        """Note what the handler raises."""
        scope: AbstractContextManager[object] = nullcontext()
        if self._other is not None:
            scope = self._other.handling(notification, attempt)
        with scope as span:
            try:
                yield span
            except Exception as error:
                self._forget(notification)
                error.add_note(f"raised in attempt {attempt} by the bot's handler, for {_told(notification)}")
                self._failed.append((notification.raw, error))
                self._failures.append(error)
                raise
            self._forget(notification)

    def _forget(self, notification: Notification) -> None:
        for known, error in [each for each in self._failed if each[0] == notification.raw]:
            self._failed.remove((known, error))
            self._failures[:] = [each for each in self._failures if each is not error]


def _told(notification: Notification) -> str:
    words = f" {notification.text!r}" if notification.text else ""
    whose = f" in {notification.chat_id}" if notification.chat_id else ""
    return f"{notification.type_webhook}{words}{whose}"
