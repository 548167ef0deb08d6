"""Recognition of phone numbers in text.

An address (``79001234567@c.us``, ``@lid``, the creator of an old group before ``-1506012221@g.us``) always contains a
number. In other text, these are phone numbers: a number known from an address or a phone field, however it is grouped;
digits after ``+`` or ``00``; 10 to 15 consecutive digits; and as many digits in groups, such as ``8 (900) 123-45-67``.
If more groups follow each other, the usual length of the country's numbers decides where a number ends.

These are not phone numbers: dates, timestamps (10 or 13 digits that begin with 1, which no phone number has),
hexadecimal ids, and ids of groups, which belong to no person.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

__all__ = ["MIN_KNOWN", "iter_addressed_numbers", "replace_in_addresses", "replace_numbers", "to_ascii_digits"]

Replace = Callable[[str], str]

MIN_KNOWN: Final = 5
"""Minimum number of digits of a known number."""
MIN_DIGITS, MAX_DIGITS = 10, 15
"""Number of digits of any other number."""
MIN_INTERNATIONAL: Final = 7
"""Minimum number of digits after ``+`` or ``00``."""
MAX_GROUPS: Final = 7

_SPACES = r" \t\u00a0\u00ad\u2000-\u200f\u202a-\u202f\u2060-\u2069"
_BETWEEN = rf"(?:[{_SPACES}().\-\u00b7\u2010-\u2015\u2022\u2212/]|\r?\n[ \t]|%20|%28|%29|%2D){{1,4}}?"
_AT = r"(?:[.:_]\d{1,4}){0,2}(?:@|%40)(?:c\.us|s\.whatsapp\.net|lid|hosted(?:\.lid)?|broadcast|call)"
_YEAR, _MONTH, _DAY = "(?:19|20)[0-9]{2}", "(?:0?[1-9]|1[0-2])", "(?:0?[1-9]|[12][0-9]|3[01])"
_DATE = rf"(?:{_YEAR}(?:-{_MONTH}-|/{_MONTH}/|\.{_MONTH}\.){_DAY}|{_DAY}(?:-{_MONTH}-|/{_MONTH}/|\.{_MONTH}\.){_YEAR})"
_CLOCK = r"(?:(?:, ?|[ T_-]| at )[0-9]{1,2}[:.-][0-9]{2}(?:[:.-][0-9]{2})?)?"
_HEX = "[0-9A-Fa-f]"
_ADDRESS = rf"(?<!\d)(?:(?P<person>\d{{5,20}})(?P<at>{_AT})|(?P<owner>\d{{5,20}})(?P<group>-\d+(?:@|%40)g\.us))"
_ADDRESSES = re.compile(_ADDRESS, re.IGNORECASE)
_UUID = f"{_HEX}{{8}}(?:-{_HEX}{{4}}){{3}}-{_HEX}{{12}}"
_ID = rf"(?<![0-9A-Za-z])(?:{_UUID}|(?=[0-9]*[A-Fa-f]){_HEX}{{16,}})(?![0-9A-Za-z])"
_KEPT = rf"(?P<kept>(?<!\d)\d+(?:@|%40)g\.us|{_ID}|(?<![\d.+-]){_DATE}{_CLOCK}(?![-./]?\d))"
_ANY = rf"\d+(?:{_AT}|(?:-\d+)?(?:@|%40)g\.us)"
_CHAIN = rf"(?P<chain>(?:(?:[+＋]|%2B)[ (]{{0,2}})?\d+(?:{_BETWEEN}(?!{_ANY})\d+)*)"
_PARTS = re.compile(f"{_ADDRESS}|{_KEPT}|{_CHAIN}", re.IGNORECASE)
_URL = re.compile(r"https?://\S+", re.IGNORECASE)
_RUN = re.compile(r"\d+")
_GROUP = re.compile(r"%2[089BD]|(?P<digits>\d+)", re.IGNORECASE)


def to_ascii_digits(text: str) -> str:
    """Return the digits of a text in any script, as ASCII digits."""
    return "".join(str(unicodedata.decimal(character)) for character in text if character.isdecimal())


def iter_addressed_numbers(text: str) -> Iterator[str]:
    """Yield the numbers in the addresses of a text."""
    if "@" in text or "%40" in text:
        for found in _ADDRESSES.finditer(text):
            yield to_ascii_digits(found["person"] or found["owner"])


def replace_in_addresses(text: str, replace: Replace) -> str:
    """Replace only the numbers in addresses.

    Args:
        text: The text.
        replace: Maps a number to its replacement of the same length.
    """

    def replace_address(found: re.Match[str]) -> str:
        return _replace_address(found, replace)

    return _ADDRESSES.sub(replace_address, text) if "@" in text or "%40" in text else text


def replace_numbers(text: str, replace: Replace, known: Collection[str] = (), excluded: Collection[str] = ()) -> str:
    """Replace the phone numbers in a text.

    Args:
        text: The text.
        replace: Maps a number to its replacement of the same length.
        known: Numbers that are replaced in any form.
        excluded: Numbers that are kept although they look like phone numbers.
    """
    links = [range(*found.span()) for found in _URL.finditer(text)] if "://" in text else []

    def replace_match(found: re.Match[str]) -> str:
        if found["kept"]:
            return _RUN.sub(lambda run: replace(run[0]) if to_ascii_digits(run[0]) in known else run[0], found[0])
        if not found["chain"]:
            return _replace_address(found, replace)
        groups = _DigitGroups(found, known, excluded, in_link=any(found.start() in link for link in links))
        return groups.replace_numbers(replace)

    return _PARTS.sub(replace_match, text)


def _replace_address(found: re.Match[str], replace: Replace) -> str:
    return _replace_number(found["person"] or found["owner"], replace) + (found["at"] or found["group"])


def _replace_number(digits: str, replace: Replace) -> str:
    prefix = 2 if to_ascii_digits(digits[:2]) == "00" and len(digits) >= 2 + MIN_INTERNATIONAL else 0
    return digits[:prefix] + replace(digits[prefix:])


class _DigitGroups:
    """Consecutive groups of digits with short separators between them."""

    def __init__(
        self, found: re.Match[str], known: Collection[str], excluded: Collection[str], *, in_link: bool
    ) -> None:
        self._text = found[0]
        self._spans = [group.span("digits") for group in _GROUP.finditer(self._text) if group["digits"]]
        self._groups = [to_ascii_digits(self._text[start:end]) for start, end in self._spans]
        self._known = known
        self._excluded = excluded
        self._has_plus = not self._text[0].isdecimal()
        around = found.string[max(found.start() - 1, 0) : found.start()], found.string[found.end() : found.end() + 1]
        self._after_letter, self._before_letter = (side.isalpha() for side in around)
        self._in_link = in_link

    def replace_numbers(self, replace: Replace) -> str:
        """Return the text with its phone numbers replaced."""
        characters = list(self._text)
        for first, end in self._iter_numbers():
            positions = [position for span in self._spans[first:end] for position in range(*span)]
            replacement = _replace_number("".join(characters[position] for position in positions), replace)
            for position, character in zip(positions, replacement, strict=True):
                characters[position] = character
        return "".join(characters)

    def _iter_numbers(self) -> Iterator[tuple[int, int]]:
        count = len(self._groups)
        known = [self._known_end(first) for first in range(count)] if self._known else [0] * count
        first = 0
        while first < count:
            following = range(first + 1, min(first + MAX_GROUPS, count))
            end = known[first] or self._end(first, next((start for start in following if known[start]), count))
            if end > first:
                yield first, end
            first = max(end, first + 1)

    def _known_end(self, first: int) -> int:
        ends = range(min(len(self._groups), first + MAX_DIGITS), first, -1)
        return next((end for end in ends if "".join(self._groups[first:end]) in self._known), 0)

    def _end(self, first: int, limit: int) -> int:
        """Return the end of the number that begins with this group, or ``first`` if none does."""
        group = self._groups[first]
        has_plus = first == 0 and self._has_plus
        zeros = 2 if group.startswith("00") else 0
        if not has_plus and len(group) >= MIN_DIGITS:
            return first + (
                len(group) <= MAX_DIGITS + zeros and not _is_timestamp(group) and group not in self._excluded
            )
        is_international = has_plus or zeros > 0
        if not is_international and (self._in_link or (first == 0 and self._after_letter)):
            return first
        ends = [end for end in self._possible_ends(first, limit) if is_international or self._ends_at_word(end)]
        sizes = {end: sum(map(len, self._groups[first:end])) - zeros for end in ends}
        minimum = MIN_INTERNATIONAL if is_international else MIN_DIGITS
        fitting = [end for end in ends if minimum <= sizes[end] <= MAX_DIGITS]
        return _most_likely_end("".join(self._groups[first : first + 2])[zeros:], fitting, sizes) or first

    def _possible_ends(self, first: int, limit: int) -> Sequence[int]:
        ends = range(first + 1, min(limit, first + MAX_GROUPS) + 1)
        return [
            end for end in ends if end == first + 1 or all(len(group) < MIN_DIGITS for group in self._groups[first:end])
        ]

    def _ends_at_word(self, end: int) -> bool:
        return not (self._before_letter and end == len(self._groups))


def _most_likely_end(digits: str, ends: Sequence[int], sizes: dict[int, int]) -> int:
    """Choose where a number ends: in some countries all numbers have the same length."""
    if digits[:1] in {"1", "7", "8"}:
        exact = next((end for end in ends if sizes[end] == 11), 0)
        if exact:
            return exact
    return max(ends, default=0)


def _is_timestamp(digits: str) -> bool:
    return digits[0] == "1" and len(digits) in {10, 13}
