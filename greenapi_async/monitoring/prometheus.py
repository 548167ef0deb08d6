"""Text format of Prometheus, for the metrics of a bot; no library is needed.

Names and labels are converted as OpenTelemetry specifies it: dots become underscores, units and ``_total`` are
appended. So ``greenapi.notifications.lag`` in seconds becomes ``greenapi_notifications_lag_seconds``.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (version 0.0.4),
https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Final

from greenapi_async._internal.metrics import SECONDS, Histogram, Metric

__all__ = ["CONTENT_TYPE", "render"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_UNITS: Final = {"s": "_seconds"}


def render(metrics: Iterable[Metric]) -> str:
    """Return metrics in the text format; those of one name are shown together.

    Args:
        metrics: The metrics.
    """
    by_name: dict[str, list[Metric]] = {}
    for metric in metrics:
        by_name.setdefault(metric.name, []).append(metric)
    return "".join(line for same in by_name.values() for line in _lines(same))


def _lines(metrics: list[Metric]) -> Iterator[str]:
    first = metrics[0]
    samples = [sample for metric in metrics for sample in metric.samples]
    if not samples:
        return
    suffix = _UNITS.get(first.unit, "") + ("_total" if first.kind == "counter" else "")
    name = first.name.replace(".", "_") + suffix
    yield f"# HELP {name} {_escape(first.description)}\n"
    yield f"# TYPE {name} {first.kind}\n"
    for sample in samples:
        labels = {key.replace(".", "_"): value for key, value in sample.attributes.items()}
        if isinstance(sample.value, Histogram):
            yield from _histogram(name, labels, sample.value)
        else:
            yield _line(name, labels, sample.value)


def _histogram(name: str, labels: Mapping[str, str], histogram: Histogram) -> Iterator[str]:
    bounds = [*map(str, SECONDS), "+Inf"]
    for bound, number in zip(bounds, accumulate(histogram.counts), strict=True):
        yield _line(f"{name}_bucket", {**labels, "le": bound}, number)
    yield _line(f"{name}_sum", labels, histogram.total)
    yield _line(f"{name}_count", labels, histogram.count)


def _line(name: str, labels: Mapping[str, str], value: float) -> str:
    shown = ",".join(f'{key}="{_escape_label(text)}"' for key, text in labels.items())
    number = str(int(value)) if value == int(value) else repr(float(value))
    return f"{name}{{{shown}}} {number}\n" if shown else f"{name} {number}\n"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _escape_label(text: str) -> str:
    return _escape(text).replace('"', r"\"")
