"""OpenTelemetry metrics and spans of a bot.

Spans: ``process <type of the notification>`` around each run of a handler, and one around each attempt of an API call,
which is a child of it if the handler makes the call. So one trace leads from a notification to what was sent. Polls and
deletions have no spans. Attributes follow the semantic conventions for messaging and HTTP clients.

Metrics: counters and gauges are observable, so they are read only when metrics are collected; durations are recorded
as they end. Neither metrics nor spans contain phone numbers, texts or tokens: the URL is a template.

Only the OpenTelemetry API is used: without an SDK configured by the application, nothing is recorded.
Requires the extra ``otel``.

Source: https://opentelemetry.io/docs/specs/semconv/messaging/, https://opentelemetry.io/docs/specs/semconv/http/.
"""

# ProcessClient's private members are for this package.
# pyright: reportPrivateUsage=false

import re
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from greenapi_async import __version__
from greenapi_async._internal.metrics import Histogram, Metric
from greenapi_async.errors import MissingExtraError
from greenapi_async.http.activity import Activity, Attempt
from greenapi_async.http.protocol import TOKEN_PLACEHOLDER
from greenapi_async.models.notifications import Notification
from greenapi_async.outgoing.job_run import JobEvent
from greenapi_async.polling.counters import Counters
from greenapi_async.processing.client_protocol import ProcessClient

try:
    from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation, get_meter
    from opentelemetry.trace import NonRecordingSpan, Span, SpanKind, Status, StatusCode, TracerProvider, get_tracer
    from opentelemetry.trace.span import INVALID_SPAN_CONTEXT
except ImportError:
    raise MissingExtraError("otel", "opentelemetry-api") from None

__all__ = ["OpenTelemetry"]

_UNTRACED: Final = frozenset({"receiveNotification", "deleteNotification"})
_NO_SPAN: Final = NonRecordingSpan(INVALID_SPAN_CONTEXT)
_ERROR: Final = 400
"""HTTP status from which a response is an error."""
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Those of the semantic conventions."""


class OpenTelemetry:
    """Metrics and spans for ``process(..., telemetry=OpenTelemetry())``.

    Counters: ``greenapi.notifications.received``, ``.duplicate``, ``.acknowledged``, ``.yielded``, ``.retried`` and
    ``.quarantined``; ``greenapi.api.attempts``, ``.retries`` and ``.unknown_deliveries``;
    ``greenapi.jobs``, by the outcome done, retrying, failed or missed. Gauges:
    ``greenapi.notifications.waiting``, and ``.lag``, ``.since_contact`` and ``.since_webhook`` in seconds;
    ``greenapi.handlers.running`` and ``greenapi.lanes.ready``. Histograms: ``messaging.process.duration`` and
    ``http.client.request.duration``.

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
        self._watched: WeakKeyDictionary[Counters, list[int]] = WeakKeyDictionary()
        self._activities: WeakKeyDictionary[Activity, int] = WeakKeyDictionary()
        self._tracer = get_tracer("greenapi_async", __version__, tracer_provider)
        meter = get_meter("greenapi_async", __version__, meter_provider)
        for metric in [*Counters(contact=0.0, webhook=0.0).metrics([]), *Activity().metrics(0)]:
            if metric.kind == "histogram":
                continue
            create = meter.create_observable_counter if metric.kind == "counter" else meter.create_observable_gauge
            create(metric.name, [_Observer(self, metric.name)], unit=metric.unit, description=metric.description)
        self._handler_durations = meter.create_histogram(
            "messaging.process.duration",
            unit="s",
            description="Duration of processing operation",
            explicit_bucket_boundaries_advisory=_BUCKETS,
        )
        self._jobs = meter.create_counter("greenapi.jobs", unit="{run}", description="Runs of jobs by outcome")
        self._call_durations = meter.create_histogram(
            "http.client.request.duration",
            unit="s",
            description="Duration of HTTP client requests",
            explicit_bucket_boundaries_advisory=_BUCKETS,
        )

    def watch(self, counters: Counters, instances: Iterable[int]) -> None:
        """Report counters whenever metrics are collected, for as long as they exist.

        ``process`` calls it. Call it yourself for the counters of ``client.notifications()``.

        Args:
            counters: The counters.
            instances: Ids of their instances, for the attribute ``greenapi.instances``.
        """
        self._watched[counters] = list(instances)

    def instrument(self, client: ProcessClient) -> None:
        """Follow the API calls of a client with spans and metrics.

        ``process`` calls it for its clients. Call it yourself for a client that is used without.

        Args:
            client: The client; copies of it (``with_options``) are followed, too.
        """
        self._activities[client._activity] = client.id_instance
        client._activity.telemetry = self

    def _metrics(self) -> Iterator[Metric]:
        for counters, instances in list(self._watched.items()):
            yield from counters.metrics(instances)
        for activity, id_instance in list(self._activities.items()):
            yield from activity.metrics(id_instance)

    def job(self, event: JobEvent) -> None:
        """Count what became of a run of a job; ``process`` uses it.

        Args:
            event: What happened.
        """
        self._jobs.add(event.dates, {"greenapi.job.name": event.job.name, "greenapi.job.outcome": event.outcome})

    @contextmanager
    def handling(self, notification: Notification, attempt: int) -> Generator[Span]:
        """Return a context manager that records one run of a handler as a span; ``process`` uses it.

        Args:
            notification: The notification that is handled.
            attempt: Number of the attempt, from 1.
        """
        kind = notification.type_webhook or "unknown"
        common: dict[str, str | int] = {
            "messaging.system": "greenapi",
            "messaging.operation.type": "process",
            "messaging.operation.name": "process",
            "greenapi.instance": str(notification.id_instance),
            "greenapi.notification.type": kind,
        }
        attributes = common | {"greenapi.notification.attempt": attempt}
        if notification.id_message is not None:
            attributes["messaging.message.id"] = notification.id_message
        start = time.perf_counter()
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
                common["error.type"] = type(error).__qualname__
                span.set_attribute("error.type", type(error).__qualname__)
                span.set_status(Status(StatusCode.ERROR))
                raise
            finally:
                self._handler_durations.record(time.perf_counter() - start, common)

    @contextmanager
    def calling(self, attempt: Attempt) -> "Generator[_CallSpan]":
        """Return a context manager that records one attempt of an API call; clients use it.

        Args:
            attempt: The attempt.
        """
        host = urlsplit(attempt.url)
        common: dict[str, str | int] = {
            "http.request.method": attempt.verb,
            "url.template": _template(host.path, attempt.method),
            "server.address": host.hostname or "",
            "server.port": host.port or (443 if host.scheme == "https" else 80),
            "greenapi.method": attempt.method,
        }
        attributes = dict(common)
        if attempt.number > 1:
            attributes["http.request.resend_count"] = attempt.number - 1
        if attempt.method.startswith("send") and attempt.method != "sendTyping":
            attributes |= {
                "messaging.system": "greenapi",
                "messaging.operation.type": "send",
                "messaging.operation.name": attempt.method,
            }
        span = (
            _NO_SPAN
            if attempt.is_poll or attempt.method in _UNTRACED
            else self._tracer.start_span(
                f"{attempt.verb} {common['url.template']}", kind=SpanKind.CLIENT, attributes=attributes
            )
        )
        start = time.perf_counter()
        try:
            yield _CallSpan(span, common)
        except BaseException as error:
            common["error.type"] = type(error).__qualname__
            span.set_attribute("error.type", type(error).__qualname__)
            span.set_status(Status(StatusCode.ERROR))
            raise
        finally:
            span.end()
            self._call_durations.record(time.perf_counter() - start, common)


class _CallSpan:
    """Span of one attempt, and the attributes of its duration."""

    def __init__(self, span: Span, attributes: dict[str, str | int]) -> None:
        self._span = span
        self._attributes = attributes

    def answered(self, status: int) -> None:
        """Note the response."""
        self._attributes["http.response.status_code"] = status
        self._span.set_attribute("http.response.status_code", status)
        if status >= _ERROR:
            self._attributes["error.type"] = str(status)
            self._span.set_attribute("error.type", str(status))
            self._span.set_status(Status(StatusCode.ERROR))


class _Observer:
    """Callback of one observable instrument."""

    def __init__(self, telemetry: OpenTelemetry, name: str) -> None:
        self._telemetry = telemetry
        self._name = name

    def __call__(self, _: CallbackOptions) -> Iterator[Observation]:
        """Return the current values."""
        for metric in self._telemetry._metrics():
            if metric.name != self._name:
                continue
            for sample in metric.samples:
                if not isinstance(sample.value, Histogram):
                    yield Observation(sample.value, dict(sample.attributes))


def _template(path: str, method: str) -> str:
    """Return a path without the id of the instance, the token and what follows it."""
    before, token, _ = path.partition(TOKEN_PLACEHOLDER)
    if not token:
        return f"/{method}"
    return re.sub(r"/waInstance\d+/", "/waInstance{idInstance}/", before) + "{apiTokenInstance}"
