"""Read a recording, a line at a time."""

import os
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import attrs

from greenapi_async.errors import RecordingError
from greenapi_async.recordings.format import Header, Recorded

__all__ = ["Contents", "Recording", "read_recording"]


@attrs.frozen(kw_only=True)
class Contents:
    """What a recording holds, from one pass over all of it."""

    notifications: int = 0
    seconds: float = 0
    """From the first to the last."""
    id_instance: int | None = None
    """The first that a body names, or the header's."""
    wid: str | None = None
    cut_off: bool = False
    """Whether its last line is half a line, as a process leaves it that is killed; it is left out."""


@attrs.frozen
class Recording:
    """A recording on disk. Iterating reads it from its beginning, one line in memory at a time.

    Iterating raises ``RecordingError``, with the number of the line, for one that cannot be read.
    """

    path: Path
    header: Header

    def __iter__(self) -> Generator[Recorded]:
        for recorded in self._read():
            if recorded is not None:
                yield recorded

    def contents(self) -> Contents:
        """Read all of it, and tell what it holds; raises as iterating does."""
        count, first, last, cut_off = 0, 0.0, 0.0, False
        id_instance, wid = None, None
        for recorded in self._read():
            if recorded is None:
                cut_off = True
                continue
            count += 1
            first, last = first if count > 1 else recorded.at, recorded.at
            if id_instance is None or wid is None:
                about = _instance(recorded.fields)
                id_instance = id_instance or _number(about.get("idInstance"))
                given = about.get("wid")
                wid = wid or (given if isinstance(given, str) and given else None)
        return Contents(
            notifications=count,
            seconds=max(last - first, 0.0),
            id_instance=id_instance or self.header.id_instance,
            wid=wid,
            cut_off=cut_off,
        )

    def _read(self) -> Generator[Recorded | None]:
        """Give each notification, and None for a last line that is cut off."""
        number, line = 1, b""
        try:
            with self.path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    if number > 1 and line.strip():
                        yield Recorded.read(line, number)
        except ValueError as error:
            if line.endswith(b"\n"):
                raise _wrong(self.path, number, error) from None
            yield None
        except OSError as error:
            raise _unreadable(self.path, error) from None


def read_recording(path: str | os.PathLike[str]) -> Recording:
    """Open a recording, of which only the first line is read; raises ``RecordingError`` when it is none."""
    place = Path(path)
    if place.is_fifo():
        raise RecordingError(f"{place} is a pipe; a recording is read more than once, and must be a file")
    try:
        with place.open("rb") as file:
            header = Header.read(file.readline(1_000_000))
    except OSError as error:
        raise _unreadable(place, error) from None
    except ValueError as error:
        raise _wrong(place, 1, error) from None
    return Recording(place, header)


def _unreadable(path: Path, error: OSError) -> RecordingError:
    return RecordingError(f"{path} cannot be read: {error.strerror or error}")


def _wrong(path: Path, number: int, error: ValueError) -> RecordingError:
    form = '{"at": 1700000000.5, "body": {"typeWebhook": ...}}'
    allowed = "" if number == 1 else f"; a line is {form}, and may have a receiptId"
    return RecordingError(f"{path}, line {number}: {error}{allowed}")


def _instance(fields: dict[str, Any]) -> dict[str, Any]:
    about: Any = fields.get("instanceData")
    return cast("dict[str, Any]", about) if isinstance(about, dict) else {}


def _number(value: Any) -> int | None:
    found = None if isinstance(value, bool) else re.fullmatch("[0-9]{1,18}", str(value))
    return int(found[0]) or None if found else None
