"""Lines of a recording; the docstring of ``greenapi_async.testing.recordings`` describes the format."""

import json
import math
from typing import Any, Final, cast

import attrs

__all__ = ["SIGNATURE", "RecordedNotification", "RecordingHeader"]

SIGNATURE: Final = "greenapi_recording"
VERSION: Final = 1
MAX_TIME: Final = 1e12


@attrs.frozen(kw_only=True)
class RecordingHeader:
    """First line of a recording.

    Attributes:
        id_instance: The recorded instance.
        began: When the recording began, in seconds since 1970.
        phones: ``kept`` or ``replaced``.
        salt: Salt of the key that pseudonymises phone numbers; None if the key is random or there is none.
        check: Digest of that key, to recognise it.
    """

    id_instance: int | None = None
    began: float | None = None
    phones: str = "kept"
    salt: str | None = None
    check: str | None = None

    def to_line(self) -> bytes:
        """Return the line, with its line feed."""
        fields = {
            "idInstance": self.id_instance,
            "began": self.began,
            "phones": self.phones,
            "salt": self.salt,
            "check": self.check,
        }
        return _to_line({SIGNATURE: VERSION, **{name: value for name, value in fields.items() if value is not None}})

    @classmethod
    def from_line(cls, line: bytes) -> "RecordingHeader":
        """Parse the line.

        Raises:
            ValueError: The line is not a header of a supported version.
        """
        fields = _parse_object(line)
        if SIGNATURE not in fields:
            raise ValueError(f'a recording begins with a line such as {{"{SIGNATURE}": {VERSION}}}')
        if fields[SIGNATURE] != VERSION:
            raise ValueError(f"the format version is {fields[SIGNATURE]!r}; this package supports {VERSION}")
        id_instance, phones = fields.get("idInstance"), fields.get("phones", "kept")
        if phones not in ("kept", "replaced"):
            raise ValueError("'phones' must be 'kept' or 'replaced'")
        text = {name: fields[name] for name in ("salt", "check") if isinstance(fields.get(name), str)}
        return cls(
            id_instance=id_instance if type(id_instance) is int else None,
            began=_time(fields.get("began")),
            phones=phones,
            **text,
        )


@attrs.frozen(kw_only=True)
class RecordedNotification:
    """A notification in a recording.

    Attributes:
        at: When it was received, in seconds since 1970.
        body: A JSON object, unless the server sent something else.
        receipt_id: Its receipt id; None if it is not known.
        line: Number of its line in the file; the first is 1.
    """

    at: float
    body: Any = attrs.field(repr=False)
    receipt_id: int | None = None
    line: int = 0

    @property
    def fields(self) -> dict[str, Any]:
        """Fields of the body; empty if it is not an object."""
        body: Any = self.body
        return cast("dict[str, Any]", body) if isinstance(body, dict) else {}

    def to_line(self) -> bytes:
        """Return the line, with its line feed."""
        receipt = {} if self.receipt_id is None else {"receiptId": self.receipt_id}
        return _to_line({"at": self.at, **receipt, "body": self.body})

    @classmethod
    def from_line(cls, line: bytes, number: int = 0) -> "RecordedNotification":
        """Parse a line.

        Args:
            line: The line.
            number: Its number in the file.

        Raises:
            ValueError: The line is not a notification.
        """
        fields = _parse_object(line)
        at = _time(fields.get("at"))
        if at is None:
            raise ValueError("'at' must be a number, the seconds since 1970")
        if "body" not in fields:
            raise ValueError("'body', the notification, is missing")
        receipt = fields.get("receiptId")
        if receipt is not None and type(receipt) is not int:
            raise ValueError("'receiptId' must be an integer")
        return cls(at=at, body=fields["body"], receipt_id=receipt, line=number)


def _time(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) and 0 <= value < MAX_TIME else None


def _to_line(fields: dict[str, Any]) -> bytes:
    # Phones send lone surrogates, which UTF-8 cannot encode: they are written as the escapes that they arrived as.
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _parse_object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except RecursionError:
        raise ValueError("the line is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"the line is not JSON ({getattr(error, 'msg', 'not UTF-8')})") from None
    if not isinstance(value, dict):
        raise ValueError(f"the line must be a JSON object, got {type(value).__name__}")  # noqa: TRY004  an invalid line
    return cast("dict[str, Any]", value)
