"""Reading of recordings, one line at a time."""

import os
import re
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import attrs

from greenapi_async.errors import RecordingError
from greenapi_async.testing.recordings.format import RecordedNotification, RecordingHeader

__all__ = ["Recording", "RecordingSummary", "read_recording"]


@attrs.frozen(kw_only=True)
class RecordingSummary:
    """Summary of a recording.

    Attributes:
        notifications: Number of notifications.
        seconds: Time from the first to the last notification.
        id_instance: First instance named in a notification, or else the instance of the header.
        wid: First account named in a notification.
        type_instance: First messenger named in a notification, for example ``v3``.
        is_truncated: Whether the last line is incomplete, as left by a killed process. It is ignored.
    """

    notifications: int = 0
    seconds: float = 0
    id_instance: int | None = None
    wid: str | None = None
    type_instance: str | None = None
    is_truncated: bool = False


@attrs.frozen
class Recording:
    """A recording on disk. Iteration reads it from the start, with one line in memory at a time.

    Attributes:
        path: The file.
        header: Its first line.

    Raises:
        RecordingError: During iteration: the file cannot be read, or a line is invalid.
    """

    path: Path
    header: RecordingHeader

    def __iter__(self) -> Generator[RecordedNotification]:
        for recorded in self._read():
            if recorded is not None:
                yield recorded

    def summary(self) -> RecordingSummary:
        """Read the whole recording and summarise it.

        Raises:
            RecordingError: The file cannot be read, or a line is invalid.
        """
        count, first, last, is_truncated = 0, 0.0, 0.0, False
        id_instance, wid, type_instance = None, None, None
        for recorded in self._read():
            if recorded is None:
                is_truncated = True
                continue
            count += 1
            first, last = first if count > 1 else recorded.at, recorded.at
            if id_instance is None or wid is None or type_instance is None:
                instance_data = _instance_data(recorded.fields)
                id_instance = id_instance or _parse_id(instance_data.get("idInstance"))
                value = instance_data.get("wid")
                wid = wid or (value if isinstance(value, str) and value else None)
                value = instance_data.get("typeInstance")
                type_instance = type_instance or (value if isinstance(value, str) and value else None)
        return RecordingSummary(
            notifications=count,
            seconds=max(last - first, 0.0),
            id_instance=id_instance or self.header.id_instance,
            wid=wid,
            type_instance=type_instance,
            is_truncated=is_truncated,
        )

    def _read(self) -> Generator[RecordedNotification | None]:
        """Yield each notification, and None for an incomplete last line."""
        number, line = 1, b""
        try:
            with self.path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    if number > 1 and line.strip():
                        yield RecordedNotification.from_line(line, number)
        except ValueError as error:
            if line.endswith(b"\n"):
                raise _invalid_line(self.path, number, error) from None
            yield None
        except OSError as error:
            raise _unreadable(self.path, error) from None


def read_recording(path: str | os.PathLike[str]) -> Recording:
    """Open a recording and read its header.

    Raises:
        RecordingError: The file cannot be read or is not a recording.
    """
    file_path = Path(path)
    if file_path.is_fifo():
        raise RecordingError(f"{file_path} is a pipe; a recording is read more than once and must be a file")
    try:
        with file_path.open("rb") as file:
            header = RecordingHeader.from_line(file.readline(1_000_000))
    except OSError as error:
        raise _unreadable(file_path, error) from None
    except ValueError as error:
        raise _invalid_line(file_path, 1, error) from None
    return Recording(file_path, header)


def _unreadable(path: Path, error: OSError) -> RecordingError:
    return RecordingError(f"cannot read {path}: {error.strerror or error}")


def _invalid_line(path: Path, number: int, error: ValueError) -> RecordingError:
    example = '{"at": 1700000000.5, "receiptId": 7, "body": {"typeWebhook": ...}}'
    hint = "" if number == 1 else f". Example: {example}"
    return RecordingError(f"{path}, line {number}: {error}{hint}")


def _instance_data(fields: dict[str, Any]) -> dict[str, Any]:
    value: Any = fields.get("instanceData")
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _parse_id(value: Any) -> int | None:
    found = None if isinstance(value, bool) else re.fullmatch("[0-9]{1,18}", str(value))
    return int(found[0]) or None if found else None
