"""Counters as OpenTelemetry metrics, and a span around each run of a handler. Needs the extra ``otel``.

Only the API of OpenTelemetry is used: without an SDK configured by the application, nothing is measured. Metrics are
read from the counters when they are collected, so they cost nothing between. Neither metrics nor spans hold a phone
number, a text or the token; a span has the instance, the type and the id of the message.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary

from greenapi_async._version import __version__
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.notifications import Notification
from greenapi_async.polling.counters import Counters

try:
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation, get_meter
    from opentelemetry.trace import Span, SpanKind, Status, StatusCode, TracerProvider, get_tracer
except ImportError:
    raise InvalidArgumentError("OpenTelemetry is not installed; run: pip install 'greenapi-async[otel]'") from None

__all__ = ["OpenTelemetry"]

_COUNTED = {
    "received": "Notifications that the server served",
    "duplicate": "Notifications that were known and dropped",
    "acknowledged": "Notifications deleted at the server",
    "yielded": "Notifications handed out",
    "retried": "Failed attempts of the handler that were put off",
    "quarantined": "Notifications put aside after the last attempt",
}
_GAUGES = {
    "waiting": ("{notification}", "Notifications now held"),
    "lag": ("s", "How long the oldest notification has waited"),
    "since_contact": ("s", "How long ago the server answered a poll"),
}


class OpenTelemetry:
    """Metrics and spans, as ``telemetry=`` of ``process``, or by ``watch`` of any loop's counters.

    Counters ``greenapi.notifications.received`` and so on; gauges ``greenapi.notifications.waiting``,
    ``greenapi.notifications.lag`` and ``greenapi.notifications.since_contact``, the latter two in seconds. Spans are
    named ``process`` and the type of the notification. Without a provider, the application's own is taken.
    """

    def __init__(
        self, *, meter_provider: MeterProvider | None = None, tracer_provider: TracerProvider | None = None
    ) -> None:
        self._watched: WeakKeyDictionary[Counters, str] = WeakKeyDictionary()
        self._tracer = get_tracer("greenapi_async", __version__, tracer_provider)
        meter = get_meter("greenapi_async", __version__, meter_provider)
        for name, description in _COUNTED.items():
            meter.create_observable_counter(
                f"greenapi.notifications.{name}",
                [self._observing(name)],
                unit="{notification}",
                description=description,
            )
        for name, (unit, description) in _GAUGES.items():
            meter.create_observable_gauge(
                f"greenapi.notifications.{name}", [self._observing(name)], unit=unit, description=description
            )

    def watch(self, counters: Counters, instances: Iterable[int]) -> None:
        """Report these counters whenever metrics are collected, as those of the instances."""
        self._watched[counters] = ",".join(map(str, instances))

    def _observing(self, name: str) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observe(_: CallbackOptions) -> Iterator[Observation]:
            for counters, instances in list(self._watched.items()):
                value: float | None = getattr(counters, name)
                if value is not None:
                    yield Observation(value, {"greenapi.instances": instances})

        return observe

    @contextmanager
    def handling(self, notification: Notification, attempt: int) -> Generator[Span]:
        """Give the span around one run of a handler."""
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
            record_exception=False,  # its words may be somebody's
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_attribute("error.type", type(error).__qualname__)
                span.set_status(Status(StatusCode.ERROR))
                raise
