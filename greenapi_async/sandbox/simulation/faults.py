"""Fault injection: what happens to an API call instead of its normal response."""

import math
import re
from collections.abc import Mapping
from typing import Any

import attrs

__all__ = ["Fault", "FaultPlan"]

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")


def _status(_fault: Any, _field: Any, status: int | None) -> None:
    if status is not None and not 200 <= status <= 599:
        raise ValueError("'status' must be between 200 and 599")


def _delay(_fault: Any, _field: Any, delay: float) -> None:
    if not (math.isfinite(delay) and delay >= 0):
        raise ValueError("'delay' must be a number of seconds, at least 0")


def _headers(_fault: Any, _field: Any, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
            raise ValueError(f"'{name}' is not a valid header")
        if name.lower() in {"content-length", "transfer-encoding", "connection"}:
            raise ValueError(f"'{name}' cannot be replaced: the server sets this header itself")


@attrs.frozen(kw_only=True)
class Fault:
    """A fault of an API call.

    A fault with `status`, `body` or `drop` replaces the response, and the call has no effect unless `after_effect` is
    set. With any other combination the call takes effect and its response is changed.

    Attributes:
        status: The status of the response, 200 to 599; 200 if only `body` is given.
        body: The body of the response; None is the vendor's error body for the status.
        headers: Headers added to the response.
        delay: Seconds by which the response is late.
        drop: Close the connection without a response.
        truncate: Send only the first half of the body, as if it were complete.
        cut: Close the connection in the middle of the body.
        after_effect: Let the call take effect before it fails.
    """

    status: int | None = attrs.field(default=None, validator=_status)
    body: str | None = None
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], validator=_headers)
    delay: float = attrs.field(default=0, validator=_delay)
    drop: bool = False
    truncate: bool = False
    cut: bool = False
    after_effect: bool = False

    @property
    def replaces(self) -> bool:
        """True if the caller receives nothing of the normal response."""
        return self.drop or self.status is not None or self.body is not None


@attrs.define
class _Planned:
    method: str
    fault: Fault
    times: int


@attrs.define
class FaultPlan:
    """The planned faults, in the order in which they were planned."""

    _planned: list[_Planned] = attrs.field(factory=list[_Planned], init=False)

    def add(self, method: str, fault: Fault, times: int) -> None:
        """Plan a fault for the next calls of a method.

        Args:
            method: The method, or `*` for any.
            fault: What happens to the calls.
            times: How many calls it happens to.
        """
        if times < 1:
            raise ValueError("'times' must be at least 1")
        self._planned.append(_Planned(method, fault, times))

    def as_rows(self) -> list[dict[str, Any]]:
        """Return the rows of the control API."""
        return [
            {
                "method": planned.method,
                "times": planned.times,
                "status": planned.fault.status,
                "body": planned.fault.body,
                "delay": planned.fault.delay,
                "drop": planned.fault.drop,
                "truncate": planned.fault.truncate,
                "cut": planned.fault.cut,
                "afterEffect": planned.fault.after_effect,
            }
            for planned in self._planned
        ]

    def take(self, method: str) -> Fault | None:
        """Return the next planned fault of a method and count it as used, or None if there is none."""
        for planned in self._planned:
            if planned.method in {method, "*"}:
                planned.times -= 1
                if planned.times == 0:
                    self._planned.remove(planned)
                return planned.fault
        return None

    def clear(self) -> None:
        """Remove every planned fault."""
        self._planned.clear()
