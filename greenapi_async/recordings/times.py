"""The times in a body, moved from when it was recorded to when it is replayed."""

import re
from typing import Any, Final

from greenapi_async.recordings.json_walk import changed

__all__ = ["moved"]

TIMES: Final = frozenset({"timestamp", "inviteExpiration"})
"""The fields of a notification that the manual says are times."""
MILLISECONDS: Final = 100_000_000_000
"""A time above this is in milliseconds."""
_WHOLE: Final = re.compile("[0-9]{1,18}")


def moved(body: Any, seconds: float) -> Any:
    """Give a body with its times so much later, in the unit and the form that they have; zero stays zero."""

    def later(name: str | None, value: Any) -> Any:
        if name not in TIMES or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return str(_later(int(value), seconds)) if _WHOLE.fullmatch(value) else value
        if isinstance(value, int):
            return _later(value, seconds)
        return value + seconds if isinstance(value, float) else value

    return changed(body, later)


def _later(value: int, seconds: float) -> int:
    return value + round(seconds * (1000 if value > MILLISECONDS else 1)) if value else value
