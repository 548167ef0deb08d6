"""Activity of a client: when the API was last heard of, and how its calls ended.

Every attempt of a call is counted under its outcome: the HTTP status, or the name of the error if there was no
response. Counting costs about a microsecond and needs no configuration; telemetry, if there is one, also gets a context
for each attempt.
"""

from collections import Counter, defaultdict
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

import attrs

from greenapi_async._internal.metrics import Histogram, Metric, Sample

__all__ = ["Activity", "Attempt", "CallSpan", "CallTelemetry"]

MAX_METHODS = 200
"""Methods that are shown by name; ``client.call`` accepts any name."""


@attrs.frozen
class Attempt:
    """One attempt of a call, for telemetry.

    Attributes:
        method: The API method, for example ``sendMessage``.
        verb: The HTTP method.
        url: The URL, with a placeholder instead of the token.
        number: 1 for the first attempt of a call.
        is_poll: Whether the server may hold the request, because it waits for notifications.
    """

    method: str
    verb: str
    url: str
    number: int
    is_poll: bool


class CallSpan(Protocol):
    """Receives how an attempt ended; errors arrive at the context manager."""

    def answered(self, status: int) -> None:
        """Note the response.

        Args:
            status: The HTTP status.
        """
        ...


@runtime_checkable
class CallTelemetry(Protocol):
    """Receives the calls of a client; ``OpenTelemetry`` is an implementation."""

    def calling(self, attempt: Attempt) -> AbstractContextManager[CallSpan | None]:
        """Return a context manager around one attempt.

        Args:
            attempt: The attempt.
        """
        ...


@attrs.define(eq=False)
class Activity:
    """Signs of life from the API to a client and its copies, and the outcomes of their calls.

    Attributes:
        contact: When the API last answered a request, in seconds since the epoch, whatever the answer was.
        webhook: When the API last pushed a notification that was accepted, in seconds since the epoch.
        attempts: Number of attempts by method and outcome.
        durations: Durations of the attempts that were answered, by method.
        retries: Number of repeated attempts by method.
        unknown: Number of ``DeliveryUnknownError`` by method.
        failure: Why an attempt was repeated last; empty if none was.
        telemetry: Also receives the attempts.
    """

    contact: float | None = None
    webhook: float | None = None
    attempts: Counter[tuple[str, int | str]] = attrs.field(factory=Counter[tuple[str, int | str]])
    durations: defaultdict[str, Histogram] = attrs.field(factory=lambda: defaultdict[str, Histogram](Histogram))
    retries: Counter[str] = attrs.field(factory=Counter[str])
    unknown: Counter[str] = attrs.field(factory=Counter[str])
    failure: str = ""
    telemetry: CallTelemetry | None = None

    def metrics(self, id_instance: int) -> list[Metric]:
        """Return what was counted.

        Args:
            id_instance: The instance, an attribute of each value.
        """
        base = {"greenapi.instance": str(id_instance)}
        shown = set(sorted({method for method, _ in self.attempts})[:MAX_METHODS])

        def attributes(method: str) -> dict[str, str]:
            return {**base, "greenapi.method": method}

        outcomes = Counter[tuple[str, str]]()
        for (method, outcome), number in self.attempts.items():
            outcomes[method if method in shown else "other", str(outcome)] += number
        return [
            Metric(
                "greenapi.api.attempts",
                "counter",
                "{attempt}",
                "Attempts of API calls, by HTTP status or error",
                [Sample(n, {**attributes(method), "outcome": outcome}) for (method, outcome), n in outcomes.items()],
            ),
            Metric(
                "greenapi.api.duration",
                "histogram",
                "s",
                "Time until the response to an API call",
                [Sample(value, attributes(method)) for method, value in self.durations.items() if method in shown],
            ),
            Metric(
                "greenapi.api.retries",
                "counter",
                "{attempt}",
                "Repeated attempts of API calls",
                [Sample(n, attributes(method)) for method, n in self.retries.items() if method in shown],
            ),
            Metric(
                "greenapi.api.unknown_deliveries",
                "counter",
                "{call}",
                "Calls that may or may not have taken effect",
                [Sample(n, attributes(method)) for method, n in self.unknown.items() if method in shown],
            ),
        ]
