"""The lines of a recording; the package's docstring tells their form."""

import json
import math
from typing import Any, Final, cast

import attrs

__all__ = ["MARK", "Header", "Recorded"]

MARK: Final = "greenapi_recording"
VERSION: Final = 1
LATEST: Final = 1e12


@attrs.frozen(kw_only=True)
class Header:
    """The first line."""

    id_instance: int | None = None
    began: float | None = None
    phones: str = "kept"
    """``kept`` or ``replaced``."""
    salt: str | None = None
    check: str | None = None
    """With which it is known that a key is the one that began the file."""

    def line(self) -> bytes:
        """Write it."""
        known = {"idInstance": self.id_instance, "began": self.began, "phones": self.phones}
        more = {"salt": self.salt, "check": self.check}
        given = {name: value for name, value in {**known, **more}.items() if value is not None}
        return _line({MARK: VERSION, **given})

    @classmethod
    def read(cls, line: bytes) -> "Header":
        """Read it; raises ValueError with what is wrong."""
        fields = _object(line)
        if MARK not in fields:
            raise ValueError(f'a recording begins with a line such as {{"{MARK}": {VERSION}}}')
        if fields[MARK] != VERSION:
            raise ValueError(f"the recording has the form {fields[MARK]!r}; this package reads {VERSION}")
        given, phones = fields.get("idInstance"), fields.get("phones", "kept")
        if phones not in ("kept", "replaced"):
            raise ValueError("'phones' must be kept or replaced")
        text = {name: fields[name] for name in ("salt", "check") if isinstance(fields.get(name), str)}
        number = given if type(given) is int else None
        return cls(id_instance=number, began=_time(fields.get("began")), phones=phones, **text)


@attrs.frozen(kw_only=True)
class Recorded:
    """One notification."""

    at: float
    """When it was received, in seconds since 1970."""
    body: Any = attrs.field(repr=False)
    """A JSON object, unless the server sent something else."""
    receipt_id: int | None = None
    line: int = 0
    """Where it stands in the file; the first is 1."""

    @property
    def fields(self) -> dict[str, Any]:
        """The body's fields; none where it is no object."""
        body: Any = self.body
        return cast("dict[str, Any]", body) if isinstance(body, dict) else {}

    def written(self) -> bytes:
        """Write it as a line."""
        receipt = {} if self.receipt_id is None else {"receiptId": self.receipt_id}
        return _line({"at": self.at, **receipt, "body": self.body})

    @classmethod
    def read(cls, line: bytes, number: int = 0) -> "Recorded":
        """Read it from a line; raises ValueError with what is wrong."""
        fields = _object(line)
        at = _time(fields.get("at"))
        if at is None:
            raise ValueError("'at' must be the seconds since 1970 as a number")
        if "body" not in fields:
            raise ValueError("'body' is missing; it is the body of a notification")
        receipt = fields.get("receiptId")
        if receipt is not None and type(receipt) is not int:
            raise ValueError("'receiptId' must be a whole number")
        return cls(at=at, body=fields["body"], receipt_id=receipt, line=number)


def _time(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) and 0 <= value < LATEST else None


def _line(fields: dict[str, Any]) -> bytes:
    # Half an emoji, as phones send them, is no UTF-8: it stays the escape that it came as.
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    except ValueError as error:
        raise ValueError(f"it is not JSON ({getattr(error, 'msg', 'wrong bytes')})") from None
    if not isinstance(value, dict):
        raise ValueError(f"it is a JSON {type(value).__name__}; an object is needed")  # noqa: TRY004  a wrong line
    return cast("dict[str, Any]", value)
