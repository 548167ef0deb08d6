"""Counters as metrics and spans around handlers, with the OpenTelemetry SDK."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, NumberDataPoint
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, get_current_span

from greenapi_async import Client, MemoryInbox, Notification, Processing
from greenapi_async.monitoring import OpenTelemetry
from greenapi_async.sandbox import Fault, Instance

ANNA = "79001234567@c.us"


class InMemorySDK:
    """OpenTelemetry SDK that exports to memory."""

    def __init__(self) -> None:
        self.reader = InMemoryMetricReader()
        self.exporter = InMemorySpanExporter()
        self.meters = MeterProvider([self.reader])
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))

    def telemetry(self) -> OpenTelemetry:
        return OpenTelemetry(meter_provider=self.meters, tracer_provider=self.tracers)

    def metrics(self) -> dict[str, dict[Any, int | float]]:
        data = self.reader.get_metrics_data()
        assert data is not None
        found: dict[str, dict[Any, int | float]] = {}
        for metric in data.resource_metrics[0].scope_metrics[0].metrics:
            if not metric.name.startswith("greenapi.notifications."):
                continue
            points = [point for point in metric.data.data_points if isinstance(point, NumberDataPoint)]
            found[metric.name.removeprefix("greenapi.notifications.")] = {
                (point.attributes or {})["greenapi.instances"]: point.value for point in points
            }
        return found

    def points(self, name: str) -> list[NumberDataPoint | HistogramDataPoint]:
        data = self.reader.get_metrics_data()
        assert data is not None
        for metric in data.resource_metrics[0].scope_metrics[0].metrics:
            if metric.name == name:
                return [
                    point
                    for point in metric.data.data_points
                    if isinstance(point, NumberDataPoint | HistogramDataPoint)
                ]
        return []

    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())


@pytest.fixture
def sdk() -> Iterator[InMemorySDK]:
    sdk = InMemorySDK()
    yield sdk
    sdk.meters.shutdown()
    sdk.tracers.shutdown()


@pytest.mark.anyio
async def test_handler_runs_are_spans_and_counters_are_metrics(
    client: Client, instance: Instance, sdk: InMemorySDK
) -> None:
    instance.contact_writes(ANNA, "a secret text")
    runs = 0
    processing: Processing | None = None

    async def handler(_: Notification) -> None:
        nonlocal runs
        runs += 1
        assert get_current_span().is_recording()
        if runs == 1:
            raise LookupError("a secret text")
        assert processing is not None
        processing.stop()

    processing = client.process(handler, inbox=MemoryInbox(), telemetry=sdk.telemetry())
    await processing

    failed, done = sdk.spans()
    assert failed.name == done.name == "process incomingMessageReceived"
    assert failed.status.status_code is StatusCode.ERROR
    assert (failed.attributes or {})["error.type"] == "LookupError"
    assert done.status.status_code is StatusCode.UNSET
    assert (done.attributes or {})["greenapi.notification.attempt"] == 2
    assert (done.attributes or {})["greenapi.instance"] == str(instance.id_instance)
    exported = "".join(span.to_json() for span in (failed, done))
    assert ANNA[:11] not in exported
    assert "secret" not in exported
    assert instance.token not in exported

    values = {name: points[str(instance.id_instance)] for name, points in sdk.metrics().items()}
    assert values.pop("since_contact") >= 0
    assert values == {
        "received": 1,
        "duplicate": 0,
        "acknowledged": 1,
        "yielded": 2,
        "retried": 1,
        "quarantined": 0,
        "waiting": 0,
        "lag": 0,
    }


@pytest.mark.anyio
async def test_one_trace_leads_from_a_notification_to_what_was_sent(
    client: Client, instance: Instance, sdk: InMemorySDK
) -> None:
    instance.contact_writes(ANNA, "a secret text")
    instance.fail("sendMessage", Fault(status=429), times=1)
    processing: Processing | None = None

    async def handler(notification: Notification) -> None:
        await notification.reply("a secret answer")
        assert processing is not None
        processing.stop()

    processing = client.process(handler, inbox=MemoryInbox(), telemetry=sdk.telemetry())
    await processing

    refused, sent, handled = sdk.spans()
    assert len({span.context.trace_id for span in sdk.spans() if span.context}) == 1
    assert sent.parent == refused.parent == handled.context
    assert sent.kind is SpanKind.CLIENT
    assert sent.name == "POST /waInstance{idInstance}/sendMessage/{apiTokenInstance}"
    attributes = dict(sent.attributes or {})
    assert attributes == {
        "http.request.method": "POST",
        "url.template": "/waInstance{idInstance}/sendMessage/{apiTokenInstance}",
        "server.address": "sandbox",
        "server.port": 80,
        "greenapi.method": "sendMessage",
        "http.request.resend_count": 1,
        "messaging.system": "greenapi",
        "messaging.operation.type": "send",
        "messaging.operation.name": "sendMessage",
        "http.response.status_code": 200,
    }
    assert (refused.attributes or {})["error.type"] == "429"
    assert refused.status.status_code is StatusCode.ERROR
    exported = "".join(span.to_json() for span in sdk.spans())
    for private in (instance.token, "secret", ANNA[:11]):
        assert private not in exported

    attempts = {
        (str((point.attributes or {})["greenapi.method"]), str((point.attributes or {})["outcome"])): point.value
        for point in sdk.points("greenapi.api.attempts")
        if isinstance(point, NumberDataPoint)
    }
    assert attempts["sendMessage", "429"] == attempts["sendMessage", "200"] == 1
    assert attempts["deleteNotification", "200"] == 1
    [duration] = sdk.points("messaging.process.duration")
    assert isinstance(duration, HistogramDataPoint)
    assert duration.count == 1
    assert len(sdk.points("http.client.request.duration")) >= 3


@pytest.mark.anyio
async def test_calls_of_a_client_without_a_run_can_be_followed(
    client: Client, instance: Instance, sdk: InMemorySDK
) -> None:
    sdk.telemetry().instrument(client)
    instance.fail("getSettings", Fault(drop=True), times=1)
    await client.get_settings()
    dropped, answered = sdk.spans()
    assert (dropped.attributes or {})["error.type"] == "TransportError"
    assert answered.name == "GET /waInstance{idInstance}/getSettings/{apiTokenInstance}"


@pytest.mark.anyio
async def test_several_loops_can_be_watched(client: Client, instance: Instance, sdk: InMemorySDK) -> None:
    telemetry = sdk.telemetry()
    first, second = client.notifications(), client.notifications()
    telemetry.watch(first.counters, [1])
    telemetry.watch(second.counters, [2, 3])
    instance.contact_writes(ANNA, "one")
    async for _ in first:
        await anyio.lowlevel.checkpoint()
        first.stop()
    assert sdk.metrics()["received"] == {"1": 1, "2,3": 0}
    del second
    assert "2,3" not in sdk.metrics()["received"]


def test_without_the_extra_the_error_names_it() -> None:
    code = (
        "import sys; sys.modules['opentelemetry.metrics'] = None\n"
        "import greenapi_async\n"
        "try:\n import greenapi_async.monitoring.telemetry\n"
        "except greenapi_async.MissingExtraError as error:\n print(error)"
    )
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert "greenapi-async[otel]" in output


@pytest.mark.anyio
async def test_runs_of_jobs_are_counted_by_outcome(client: Client, sdk: InMemorySDK) -> None:
    async def ignore(_: Notification) -> None:
        await anyio.lowlevel.checkpoint()

    processing = client.process(ignore, inbox=MemoryInbox(), telemetry=sdk.telemetry(), polling=False)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        await anyio.sleep(1)
        await client.send_later(ANNA, "now", delay=0)
        await anyio.sleep(10)
        processing.stop()
    [point] = sdk.points("greenapi.jobs")
    assert isinstance(point, NumberDataPoint)
    assert point.value == 1
    assert point.attributes == {"greenapi.job.name": "send_later", "greenapi.job.outcome": "done"}
