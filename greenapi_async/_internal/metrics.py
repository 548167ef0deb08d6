"""Metrics as values: what a part of the package has counted, for every way of showing it.

Names, units and attributes are those of OpenTelemetry; Prometheus gets them converted. Attributes have few values, and
none is a chat, a text or a token.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import attrs

__all__ = ["SECONDS", "Histogram", "Metric", "Sample"]

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the buckets of a duration."""


@attrs.define(eq=False)
class Histogram:
    """Distribution of durations.

    Attributes:
        counts: Number of durations in each bucket of ``SECONDS``, and above the last one.
        total: Their sum in seconds.
    """

    counts: list[int] = attrs.field(factory=lambda: [0] * (len(SECONDS) + 1))
    total: float = 0.0

    def record(self, seconds: float) -> None:
        """Count a duration."""
        self.counts[bisect_left(SECONDS, seconds)] += 1
        self.total += seconds

    @property
    def count(self) -> int:
        """Number of durations."""
        return sum(self.counts)


@attrs.frozen
class Sample:
    """One value of a metric.

    Attributes:
        value: The value.
        attributes: What it belongs to.
    """

    value: float | Histogram
    attributes: Mapping[str, str] = attrs.field(factory=dict[str, str])


@attrs.frozen
class Metric:
    """A metric and its values.

    Attributes:
        name: Name as in OpenTelemetry, for example ``greenapi.notifications.received``.
        kind: Whether it only grows (``counter``), goes up and down (``gauge``), or is a distribution (``histogram``).
        unit: Unit as in OpenTelemetry, for example ``s`` or ``{notification}``.
        description: What it is.
        samples: Its values.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    unit: str
    description: str
    samples: Sequence[Sample]
