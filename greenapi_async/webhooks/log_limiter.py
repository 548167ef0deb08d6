"""Log lines that nobody can fill the disk with: of each reason one a minute, with how many it stands for."""

import logging
from collections.abc import Callable

import anyio
import attrs

__all__ = ["Sparing"]

logger = logging.getLogger("greenapi_async")

EVERY = 60.0
"""Seconds between two lines of one reason."""


@attrs.define
class _Told:
    at: float
    untold: int = 0


class Sparing:
    """Logs at most so often; the reasons must be few, for each is remembered."""

    def __init__(self, clock: Callable[[], float] = anyio.current_time) -> None:
        self._clock = clock
        self._told: dict[str, _Told] = {}

    def warn(self, reason: str, message: str, *args: object, error: BaseException | None = None) -> None:
        """Log a warning, unless one of this reason was logged within a minute; then it is counted."""
        now = self._clock()
        told = self._told.get(reason)
        if told is not None and 0 <= now - told.at < EVERY:
            told.untold += 1
            return
        more = f" ({told.untold} more since the last such line)" if told is not None and told.untold else ""
        self._told[reason] = _Told(now)
        logger.warning(message + more, *args, exc_info=error)  # noqa: G003  a message of ours
