"""Text format of Prometheus, for what a bot counts; no library is needed.

Names follow the conventions of Prometheus: base units, counters end in ``_total``. Labels have few values: instances,
API methods, HTTP statuses. No chat, no text and no token is in them.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (version 0.0.4).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import attrs

from greenapi_async.processing.health import MonitoredRun

__all__ = ["CONTENT_TYPE", "Metric", "Sample", "render"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_COUNTERS: Final = {
    "received": "Notifications received, duplicates included",
    "duplicate": "Duplicate notifications dropped",
    "acknowledged": "Notifications that the server was told to delete",
    "yielded": "Notifications passed to handlers, retries included",
    "retried": "Failed handler attempts scheduled for a retry",
    "quarantined": "Notifications quarantined after the last attempt",
}
_GAUGES: Final = {
    "waiting": ("greenapi_notifications_waiting", "Notifications in progress or waiting"),
    "lag": ("greenapi_notifications_lag_seconds", "Waiting time of the oldest notification"),
    "since_contact": ("greenapi_notifications_since_contact_seconds", "Time since the server last answered a poll"),
}


@attrs.frozen
class Sample:
    """One value of a metric.

    Attributes:
        labels: Its labels.
        value: The value.
        suffix: Appended to the metric's name, for example ``_bucket``.
    """

    labels: Mapping[str, str]
    value: float
    suffix: str = ""


@attrs.frozen
class Metric:
    """A metric and its values.

    Attributes:
        name: Its name.
        kind: ``counter``, ``gauge`` or ``histogram``.
        help: What it is.
        samples: Its values.
    """

    name: str
    kind: str
    help: str
    samples: Sequence[Sample]


def render(runs: Iterable[MonitoredRun]) -> str:
    """Return the metrics of some runs in the text format.

    Args:
        runs: The runs.
    """
    return "".join(line for metric in _of_runs(list(runs)) if metric.samples for line in _lines(metric))


def _of_runs(runs: Sequence[MonitoredRun]) -> Iterator[Metric]:
    labels = [{"instances": ",".join(str(client.id_instance) for client in run.clients)} for run in runs]
    for name, description in _COUNTERS.items():
        samples = [Sample(labels[index], getattr(run.counters, name)) for index, run in enumerate(runs)]
        yield Metric(f"greenapi_notifications_{name}_total", "counter", description, samples)
    for name, (metric, description) in _GAUGES.items():
        values = [getattr(run.counters, name) for run in runs]
        samples = [Sample(labels[index], value) for index, value in enumerate(values) if value is not None]
        yield Metric(metric, "gauge", description, samples)


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {_escape(metric.help)}\n"
    yield f"# TYPE {metric.name} {metric.kind}\n"
    for sample in metric.samples:
        labels = ",".join(f'{name}="{_escape_label(value)}"' for name, value in sample.labels.items())
        shown = f"{{{labels}}}" if labels else ""
        yield f"{metric.name}{sample.suffix}{shown} {_number(sample.value)}\n"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _escape_label(text: str) -> str:
    return _escape(text).replace('"', r"\"")
