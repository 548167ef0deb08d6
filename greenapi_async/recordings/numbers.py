"""Where phone numbers stand in a text.

An address (``79001234567@c.us``, ``@lid``, the maker of an old group before ``-1506012221@g.us``) is always one. In
other text these are: a number that is known from such an address or from a field for phones, however it is grouped;
digits after ``+`` or ``00``; 10 to 15 digits in a row; and as many in groups, such as ``8 (900) 123-45-67``. Where more
groups stand in a row, as many are taken as the country's numbers have.

These are none: dates, the times of computers (10 or 13 digits that begin with 1, which no number has), ids in
hexadecimal, and the ids of groups, which belong to nobody.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

__all__ = ["addressed", "digits_of", "replace_addresses", "replace_numbers"]

Change = Callable[[str], str]

SHORTEST: Final = 5
"""Digits of a number that is known."""
LEAST, MOST = 10, 15
"""Digits of one that is not."""
LEAST_ABROAD: Final = 7
"""Digits of one that is written with its country code."""
MOST_GROUPS: Final = 7

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


def digits_of(text: str) -> str:
    """Give the digits of a text, as 0 to 9."""
    return "".join(str(unicodedata.decimal(sign)) for sign in text if sign.isdecimal())


def addressed(text: str) -> Iterator[str]:
    """Give the numbers in the addresses of a text."""
    if "@" in text or "%40" in text:
        for found in _ADDRESSES.finditer(text):
            yield digits_of(found["person"] or found["owner"])


def replace_addresses(text: str, change: Change) -> str:
    """Replace numbers in addresses, and no others."""

    def replaced(found: re.Match[str]) -> str:
        return _in_address(found, change)

    return _ADDRESSES.sub(replaced, text) if "@" in text or "%40" in text else text


def replace_numbers(text: str, change: Change, known: Collection[str] = (), spared: Collection[str] = ()) -> str:
    """Replace the numbers in a text: those that are ``known``, and those that look like one but are not ``spared``."""
    links = [range(*found.span()) for found in _URL.finditer(text)] if "://" in text else []

    def replaced(found: re.Match[str]) -> str:
        if found["kept"]:
            return _RUN.sub(lambda run: change(run[0]) if digits_of(run[0]) in known else run[0], found[0])
        if not found["chain"]:
            return _in_address(found, change)
        chain = _Chain(found, known, spared, in_link=any(found.start() in link for link in links))
        return chain.replaced(change)

    return _PARTS.sub(replaced, text)


def _in_address(found: re.Match[str], change: Change) -> str:
    return _changed(found["person"] or found["owner"], change) + (found["at"] or found["group"])


def _changed(digits: str, change: Change) -> str:
    abroad = 2 if digits_of(digits[:2]) == "00" and len(digits) >= 2 + LEAST_ABROAD else 0
    return digits[:abroad] + change(digits[abroad:])


class _Chain:
    """Groups of digits in a row, with little between them."""

    def __init__(self, found: re.Match[str], known: Collection[str], spared: Collection[str], *, in_link: bool) -> None:
        self._text = found[0]
        self._spans = [group.span("digits") for group in _GROUP.finditer(self._text) if group["digits"]]
        self._groups = [digits_of(self._text[start:end]) for start, end in self._spans]
        self._known = known
        self._spared = spared
        self._plus = not self._text[0].isdecimal()
        around = found.string[max(found.start() - 1, 0) : found.start()], found.string[found.end() : found.end() + 1]
        self._after_letter, self._before_letter = (side.isalpha() for side in around)
        self._in_link = in_link

    def replaced(self, change: Change) -> str:
        """Give the text with its numbers replaced."""
        signs = list(self._text)
        for first, last in self._numbers():
            places = [place for start, end in self._spans[first:last] for place in range(start, end)]
            fresh = _changed("".join(signs[place] for place in places), change)
            for place, sign in zip(places, fresh, strict=True):
                signs[place] = sign
        return "".join(signs)

    def _numbers(self) -> Iterator[tuple[int, int]]:
        count = len(self._groups)
        known = [self._known_end(first) for first in range(count)] if self._known else [0] * count
        first = 0
        while first < count:
            near = range(first + 1, min(first + MOST_GROUPS, count))
            last = known[first] or self._end(first, next((start for start in near if known[start]), count))
            if last > first:
                yield first, last
            first = max(last, first + 1)

    def _known_end(self, first: int) -> int:
        ends = range(min(len(self._groups), first + MOST), first, -1)
        return next((end for end in ends if "".join(self._groups[first:end]) in self._known), 0)

    def _end(self, first: int, until: int) -> int:
        """Give the end of the number that begins with this group, or its beginning where none does."""
        group = self._groups[first]
        plus = first == 0 and self._plus
        zeros = 2 if group.startswith("00") else 0
        if not plus and len(group) >= LEAST:
            return first + (len(group) <= MOST + zeros and not _is_time(group) and group not in self._spared)
        abroad = plus or zeros > 0
        if not abroad and (self._in_link or (first == 0 and self._after_letter)):
            return first
        ends = [end for end in self._windows(first, until) if abroad or self._stands_alone(end)]
        sizes = {end: sum(map(len, self._groups[first:end])) - zeros for end in ends}
        fitting = [end for end in ends if (LEAST_ABROAD if abroad else LEAST) <= sizes[end] <= MOST]
        return _likeliest("".join(self._groups[first : first + 2])[zeros:], fitting, sizes) or first

    def _windows(self, first: int, until: int) -> Sequence[int]:
        ends = range(first + 1, min(until, first + MOST_GROUPS) + 1)
        return [end for end in ends if end == first + 1 or all(len(g) < LEAST for g in self._groups[first:end])]

    def _stands_alone(self, end: int) -> bool:
        return not (self._before_letter and end == len(self._groups))


def _likeliest(digits: str, ends: Sequence[int], sizes: dict[int, int]) -> int:
    """Choose where a number ends: in some countries all are of one length."""
    if digits[:1] in {"1", "7", "8"}:
        exact = next((end for end in ends if sizes[end] == 11), 0)
        if exact:
            return exact
    return max(ends, default=0)


def _is_time(digits: str) -> bool:
    return digits[0] == "1" and len(digits) in {10, 13}
