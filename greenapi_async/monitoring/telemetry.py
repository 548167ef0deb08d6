"""OpenTelemetry metrics of the notification counters, and a span around each run of a handler.

Only the OpenTelemetry API is used: without an SDK configured by the application, nothing is recorded. Metrics are
observable, so the counters are read only when metrics are collected. Neither metrics nor spans contain phone numbers,
texts or tokens; a span carries the instance, the notification's type and the message id.

Requires the extra ``otel``.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from greenapi_async import __version__
from greenapi_async.errors import MissingExtraError
from greenapi_async.models.notifications import Notification
from greenapi_async.polling.counters import Counters

try:
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation, get_meter
    from opentelemetry.trace import Span, SpanKind, Status, StatusCode, TracerProvider, get_tracer
except ImportError:
    raise MissingExtraError("otel", "opentelemetry-api") from None

__all__ = ["OpenTelemetry"]

_COUNTERS = {
    "received": "Notifications received from the server",
    "duplicate": "Duplicate notifications dropped",
    "acknowledged": "Notifications deleted on the server",
    "yielded": "Notifications passed to handlers",
    "retried": "Failed handler attempts scheduled for retry",
    "quarantined": "Notifications quarantined after the last attempt",
}
_GAUGES = {
    "waiting": ("{notification}", "Notifications held at the moment"),
    "lag": ("s", "Waiting time of the oldest notification"),
    "since_contact": ("s", "Time since the server last answered a poll"),
}


class OpenTelemetry:
    """Metrics and spans for ``process(..., telemetry=OpenTelemetry())``.

    Counters: ``greenapi.notifications.received``, ``.duplicate``, ``.acknowledged``, ``.yielded``, ``.retried`` and
    ``.quarantined``. Gauges: ``greenapi.notifications.waiting``, and ``.lag`` and ``.since_contact`` in seconds. Each
    has the attribute ``greenapi.instances``. Spans are named ``process <type of the notification>``.

    Example:
        >>> await client.process(handler, inbox=inbox, telemetry=OpenTelemetry())
    """

    def __init__(
        self, *, meter_provider: MeterProvider | None = None, tracer_provider: TracerProvider | None = None
    ) -> None:
        """Create the instruments.

        Args:
            meter_provider: Provider of the metrics; None uses the global one.
            tracer_provider: Provider of the spans; None uses the global one.
        """
        self._watched: WeakKeyDictionary[Counters, str] = WeakKeyDictionary()
        self._tracer = get_tracer("greenapi_async", __version__, tracer_provider)
        meter = get_meter("greenapi_async", __version__, meter_provider)
        for name, description in _COUNTERS.items():
            meter.create_observable_counter(
                f"greenapi.notifications.{name}",
                [self._observer(name)],
                unit="{notification}",
                description=description,
            )
        for name, (unit, description) in _GAUGES.items():
            meter.create_observable_gauge(
                f"greenapi.notifications.{name}", [self._observer(name)], unit=unit, description=description
            )

    def watch(self, counters: Counters, instances: Iterable[int]) -> None:
        """Report counters whenever metrics are collected, for as long as they exist.

        ``process`` calls it. Call it yourself for the counters of ``client.notifications()``.

        Args:
            counters: The counters.
            instances: Ids of their instances, for the attribute ``greenapi.instances``.
        """
        self._watched[counters] = ",".join(map(str, instances))

    def _observer(self, name: str) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observe(_: CallbackOptions) -> Iterator[Observation]:
            for counters, instances in list(self._watched.items()):
                value: float | None = getattr(counters, name)
                if value is not None:
                    yield Observation(value, {"greenapi.instances": instances})

        return observe

    @contextmanager
    def handling(self, notification: Notification, attempt: int) -> Generator[Span]:
        """Return a context manager that records one run of a handler as a span; ``process`` uses it.

        Args:
            notification: The notification that is handled.
            attempt: Number of the attempt, from 1.
        """
        kind = notification.type_webhook or "unknown"
        attributes: dict[str, str | int] = {
            "messaging.system": "greenapi",
            "messaging.operation.type": "process",
            "messaging.operation.name": "process",
            "greenapi.instance": str(notification.id_instance),
            "greenapi.notification.type": kind,
            "greenapi.notification.attempt": attempt,
        }
        if notification.id_message is not None:
            attributes["messaging.message.id"] = notification.id_message
        with self._tracer.start_as_current_span(
            f"process {kind}",
            kind=SpanKind.CONSUMER,
            attributes=attributes,
            record_exception=False,  # the message may quote personal data
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_attribute("error.type", type(error).__qualname__)
                span.set_status(Status(StatusCode.ERROR))
                raise
