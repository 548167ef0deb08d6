"""Record of what a bot's handlers raise, taken at the telemetry interface."""

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import anyio

from greenapi_async.models.notifications import Notification
from greenapi_async.outgoing.job_run import JobEvent, JobTelemetry
from greenapi_async.polling.counters import Counters
from greenapi_async.processing.client_protocol import ProcessClient
from greenapi_async.processing.options import ClientTelemetry, Telemetry

__all__ = ["FailureRecorder"]


class FailureRecorder:
    """Telemetry that lists handler errors not followed by a successful attempt, and forwards to another telemetry.

    ``fatal`` is called with an error that is not an ``Exception``, such as that of ``pytest.fail``; it ends the test.
    """

    def __init__(
        self, inner: Telemetry | None, failures: list[Exception], fatal: Callable[[BaseException], None]
    ) -> None:
        self._inner = inner
        self._failures = failures
        self._fatal = fatal
        self._by_job: dict[str, Exception] = {}
        self._by_notification: list[tuple[Any, Exception]] = []

    def watch(self, counters: Counters, instances: Sequence[int]) -> None:
        """Forward the counters.

        Args:
            counters: The counters.
            instances: The instances they count.
        """
        if self._inner is not None:
            self._inner.watch(counters, instances)

    def instrument(self, client: ProcessClient) -> None:
        """Forward a client whose calls are followed.

        Args:
            client: The client.
        """
        if isinstance(self._inner, ClientTelemetry):
            self._inner.instrument(client)

    def job(self, event: JobEvent) -> None:
        """Record what a job raised, and drop the error of its previous attempt.

        Args:
            event: What became of a run of the job.
        """
        if isinstance(self._inner, JobTelemetry):
            self._inner.job(event)
        previous = self._by_job.pop(event.job.id, None)
        self._failures[:] = [each for each in self._failures if each is not previous]
        error = event.error
        if isinstance(error, Exception):
            error.add_note(f"raised by the job {event.job.name!r} (attempt {event.job.attempts})")
            self._by_job[event.job.id] = error
            self._failures.append(error)
        elif error is not None:
            self._fatal(error)

    @contextmanager
    def handling(self, notification: Notification, attempt: int) -> Generator[object]:
        """Record what the handler raises, and drop the error of the previous attempt.

        Args:
            notification: The notification being handled.
            attempt: Number of the attempt, from 1.
        """
        scope: AbstractContextManager[object] = nullcontext()
        if self._inner is not None:
            scope = self._inner.handling(notification, attempt)
        with scope as span:
            try:
                yield span
            except Exception as error:
                self._drop(notification)
                error.add_note(f"raised by the bot's handler (attempt {attempt}) for {_describe(notification)}")
                self._by_notification.append((notification.raw, error))
                self._failures.append(error)
                raise
            except (anyio.get_cancelled_exc_class(), GeneratorExit):
                raise
            except BaseException as error:
                self._fatal(error)
                raise
            self._drop(notification)

    def _drop(self, notification: Notification) -> None:
        for raw, error in [each for each in self._by_notification if each[0] == notification.raw]:
            self._by_notification.remove((raw, error))
            self._failures[:] = [each for each in self._failures if each is not error]


def _describe(notification: Notification) -> str:
    text = f" {notification.text!r}" if notification.text else ""
    chat = f" in {notification.chat_id}" if notification.chat_id else ""
    return f"{notification.type_webhook}{text}{chat}"
