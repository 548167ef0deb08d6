"""Rate limit for log records, so that unwanted requests cannot fill the disk.

At most one record per reason and minute is written. The next record says how many were suppressed.
"""

import logging
from collections.abc import Callable

import anyio
import attrs

__all__ = ["LogLimiter"]

logger = logging.getLogger("greenapi_async")

INTERVAL = 60.0
"""Seconds between two records of one reason."""


@attrs.define
class _LastRecord:
    time: float
    suppressed: int = 0


class LogLimiter:
    """Logs at most one record per reason and interval. The set of reasons must be small: each is kept in memory."""

    def __init__(self, clock: Callable[[], float] = anyio.current_time) -> None:
        self._clock = clock
        self._last: dict[str, _LastRecord] = {}

    def warning(self, reason: str, message: str, *args: object, error: BaseException | None = None) -> None:
        """Log a warning, or count it if one of the same reason was logged within the interval.

        Args:
            reason: Key of the rate limit.
            message: Format string.
            args: Arguments of the format string.
            error: Exception whose traceback is logged.
        """
        now = self._clock()
        last = self._last.get(reason)
        if last is not None and 0 <= now - last.time < INTERVAL:
            last.suppressed += 1
            return
        suffix = f" ({last.suppressed} similar records suppressed)" if last is not None and last.suppressed else ""
        self._last[reason] = _LastRecord(now)
        logger.warning(message + suffix, *args, exc_info=error)  # noqa: G003  the format string is a constant
