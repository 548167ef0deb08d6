"""Phone numbers of a body, replaced wherever they stand.

Every string, whole number and name of a field is looked at, whether the manual knows the field or not. A number that
stands in an address, in a field named like a phone or in a contact card's ``TEL`` is known, and replaced in all of the
body; other text is judged by its looks (``numbers``). So a replacement depends on the number and the key alone.

Ids of messages, times, ``idInstance``, ids of groups and thumbnails stay. Names, texts and places stay too, but for the
numbers in them: this makes people harder to call, not hard to recognise.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from greenapi_async.recordings.json_walk import changed, leaves
from greenapi_async.recordings.numbers import SHORTEST, addressed, digits_of, replace_addresses, replace_numbers
from greenapi_async.recordings.permutation import Digits

__all__ = ["hide_phones"]

IDS: Final = frozenset({"idmessage", "stanzaid", "idinstance", "receiptid", "invitecode", "jpegthumbnail"})
TIMES: Final = ("timestamp", "expiration")
"""How the names of fields end, in small letters."""
LONGEST: Final = 15

_TEL = re.compile(r"^(?:[\w-]+\.)?TEL\b[^:\r\n]*:(.*)$", re.IGNORECASE | re.MULTILINE)


def hide_phones(body: Any, key: bytes | Callable[[str], str]) -> Any:
    """Give a JSON value with every phone number replaced by another of the same length and country.

    ``key`` is up to 64 bytes, or a ``Digits`` made of them once for many bodies.
    """
    change = Digits(key) if isinstance(key, bytes) else key
    known = frozenset(_known(body))
    spared = frozenset(str(value) for name, value in leaves(body) if (name or "").lower() == "idinstance")

    def hidden(name: str | None, value: Any) -> Any:
        if isinstance(value, str):
            if _stays(name):
                return replace_addresses(value, change)
            return replace_numbers(value, change, known, spared)
        if isinstance(value, bool) or _stays(name):
            return value
        if isinstance(value, int) and len(str(value)) <= LONGEST + 1:
            return int(replace_numbers(str(value), change, known, spared))
        if isinstance(value, float) and value.is_integer() and abs(value) < 10**LONGEST:
            return float(replace_numbers(str(int(value)), change, known, spared))
        return value

    return changed(body, hidden)


def _stays(name: str | None) -> bool:
    lower = (name or "").lower()
    return lower in IDS or lower.endswith(TIMES)


def _known(body: Any) -> Iterator[str]:
    for name, value in leaves(body):
        if isinstance(value, str):
            yield from map(_abroad, addressed(value))
            for line in _TEL.finditer(value) if "TEL" in value.upper() else ():
                yield from _whole(line[1])
        lower = (name or "").lower()
        if ("phone" in lower or lower in {"wid", "waid"}) and isinstance(value, str | int | float):
            yield from _whole(str(int(value)) if isinstance(value, float) and value.is_integer() else str(value))


def _whole(text: str) -> Iterator[str]:
    digits = _abroad(digits_of(text))
    if SHORTEST <= len(digits) <= LONGEST:
        yield digits
        if len(digits) == 11 and digits[0] in "78":
            yield ("8" if digits[0] == "7" else "7") + digits[1:]


def _abroad(digits: str) -> str:
    return digits.removeprefix("00")
