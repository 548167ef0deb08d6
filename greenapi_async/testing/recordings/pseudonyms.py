"""Pseudonymisation of all phone numbers in a notification.

Every string, integer and field name is searched, documented or not. A number that occurs in a chat id, in a field named
like a phone, or in the ``TEL`` line of a contact card is known and replaced in the whole body. Other text is judged by
its form; see ``numbers``. A pseudonym depends only on the number and the key.

Ids of messages and groups, times, ``idInstance`` and thumbnails are kept. Names, texts and locations are kept except
for phone numbers in them: people become harder to call, not harder to recognise.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from greenapi_async.testing.recordings.json_walk import iter_leaves, map_leaves
from greenapi_async.testing.recordings.numbers import (
    MIN_KNOWN,
    iter_addressed_numbers,
    replace_in_addresses,
    replace_numbers,
    to_ascii_digits,
)
from greenapi_async.testing.recordings.permutation import DigitPermutation

__all__ = ["hide_phones"]

ID_FIELDS: Final = frozenset({"idmessage", "stanzaid", "idinstance", "receiptid", "invitecode", "jpegthumbnail"})
TIME_SUFFIXES: Final = ("timestamp", "expiration")
MAX_DIGITS: Final = 15

_TEL = re.compile(r"^(?:[\w-]+\.)?TEL\b[^:\r\n]*:(.*)$", re.IGNORECASE | re.MULTILINE)


def hide_phones(body: Any, key: bytes | Callable[[str], str]) -> Any:
    """Replace every phone number in a JSON value by another one of the same length and country.

    Args:
        body: The JSON value.
        key: Secret of up to 64 bytes, or a ``DigitPermutation`` created from it, to use it for many bodies.

    Returns:
        A new JSON value of the same shape.
    """
    replace = DigitPermutation(key) if isinstance(key, bytes) else key
    known = frozenset(_iter_known_numbers(body))
    excluded = frozenset(str(value) for name, value in iter_leaves(body) if (name or "").lower() == "idinstance")

    def replace_leaf(name: str | None, value: Any) -> Any:
        if isinstance(value, str):
            if _is_kept(name):
                return replace_in_addresses(value, replace)
            return replace_numbers(value, replace, known, excluded)
        if isinstance(value, bool) or _is_kept(name):
            return value
        if isinstance(value, int) and len(str(value)) <= MAX_DIGITS + 1:
            return int(replace_numbers(str(value), replace, known, excluded))
        if isinstance(value, float) and value.is_integer() and abs(value) < 10**MAX_DIGITS:
            return float(replace_numbers(str(int(value)), replace, known, excluded))
        return value

    return map_leaves(body, replace_leaf)


def _is_kept(name: str | None) -> bool:
    lower = (name or "").lower()
    return lower in ID_FIELDS or lower.endswith(TIME_SUFFIXES)


def _iter_known_numbers(body: Any) -> Iterator[str]:
    for name, value in iter_leaves(body):
        if isinstance(value, str):
            yield from map(_without_prefix, iter_addressed_numbers(value))
            for line in _TEL.finditer(value) if "TEL" in value.upper() else ():
                yield from _spellings(line[1])
        lower = (name or "").lower()
        if ("phone" in lower or lower in {"wid", "waid"}) and isinstance(value, str | int | float):
            yield from _spellings(str(int(value)) if isinstance(value, float) and value.is_integer() else str(value))


def _spellings(text: str) -> Iterator[str]:
    digits = _without_prefix(to_ascii_digits(text))
    if MIN_KNOWN <= len(digits) <= MAX_DIGITS:
        yield digits
        if len(digits) == 11 and digits[0] in "78":
            yield ("8" if digits[0] == "7" else "7") + digits[1:]


def _without_prefix(digits: str) -> str:
    return digits.removeprefix("00")
