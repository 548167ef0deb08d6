"""What can be made to go wrong with a call, and for which calls."""

import math
import re
from collections.abc import Mapping
from typing import Any

import attrs

_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")


def _status(_fault: Any, _field: Any, status: int | None) -> None:
    if status is not None and not 200 <= status <= 599:
        raise ValueError("'status' must be between 200 and 599")


def _delay(_fault: Any, _field: Any, delay: float) -> None:
    if not (math.isfinite(delay) and delay >= 0):
        raise ValueError("'delay' must be a number of seconds, zero or more")


def _headers(_fault: Any, _field: Any, headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value)):
            raise ValueError(f"'{name}' is not a header that can be sent")
        if name.lower() in {"content-length", "transfer-encoding", "connection"}:
            raise ValueError(f"the header '{name}' is the server's own")


@attrs.frozen(kw_only=True)
class Fault:
    """What happens to a call instead of, or on top of, its true answer.

    `status`, `body` and `headers` replace the answer, `drop` closes the connection without one: before the call had its
    effect, or after it with `after_effect`. `truncate` answers with the first half of the true body as if it were
    whole; `cut` closes the connection in the middle of the true body. With `delay` alone the answer is true, but late.
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
        """Whether the caller gets nothing of the true answer."""
        return self.drop or self.status is not None or self.body is not None


@attrs.define
class _Planned:
    method: str
    fault: Fault
    times: int


@attrs.define
class FaultPlan:
    """The faults waiting for their calls, in the order they were planned."""

    _planned: list[_Planned] = attrs.field(factory=list[_Planned], init=False)

    def add(self, method: str, fault: Fault, times: int) -> None:
        """Plan a fault for the next calls of a method; `*` is any method."""
        if times < 1:
            raise ValueError("'times' must be at least 1")
        self._planned.append(_Planned(method, fault, times))

    def as_rows(self) -> list[dict[str, Any]]:
        """Give the rows of the control API."""
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
        """Use up one planned fault of this method, if there is one."""
        for planned in self._planned:
            if planned.method in {method, "*"}:
                planned.times -= 1
                if planned.times == 0:
                    self._planned.remove(planned)
                return planned.fault
        return None

    def clear(self) -> None:
        """Forget all that was planned."""
        self._planned.clear()
