"""Digits to other digits under a key: a permutation of the numbers of one length and one country code.

So the same number always becomes the same other one, two never become one, none stays what it is, and without the key
there is no way back. A Feistel network over the decimal digits, as in format-preserving encryption, gives a permutation
p; what is used is p, a step to the next number, and p backwards, which maps no number onto itself. The country code
stays, and ``8 900 ...`` gets the same digits as ``+7 900 ...``, for that is how the same number is written at home.
"""

import hashlib
import re
import unicodedata
from functools import lru_cache
from typing import Final

__all__ = ["Digits"]

ROUNDS: Final = 10
REMEMBERED: Final = 65_536
WHOLE: Final = 7
"""A number with fewer digits than this has no country code."""
_TWO_DIGITS: Final = re.compile("2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")
"""The country codes of two digits; those that begin with 1 and 7 have one, and the rest have three."""


class Digits:
    """Replaces strings of two or more decimal digits, in whichever script they are written."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._replaced = lru_cache(REMEMBERED)(self._replace)

    def __call__(self, digits: str) -> str:
        """Give the digits that stand for these."""
        plain = "".join(str(unicodedata.decimal(digit)) for digit in digits)
        return "".join(
            chr(ord(old) - int(was) + int(new))
            for old, was, new in zip(digits, plain, self._replaced(plain), strict=True)
        )

    def _replace(self, digits: str) -> str:
        kept = _country(digits)
        code, rest = digits[:kept], digits[kept:]
        size = 10 ** len(rest)
        step = 1 + self._mix(0, rest, "") % (size - 1)
        number = (int(self._forth(rest)) + step) % size
        return code + self._back(f"{number:0{len(rest)}}")

    def _forth(self, digits: str) -> str:
        half = len(digits) // 2
        left, right = digits[:half], digits[half:]
        for turn in range(1, ROUNDS + 1):
            mixed = (int(left) + self._mix(turn, digits, right)) % 10 ** len(left)
            left, right = right, f"{mixed:0{len(left)}}"
        return left + right

    def _back(self, digits: str) -> str:
        half = len(digits) // 2  # an even number of turns leaves the halves where they were
        left, right = digits[:half], digits[half:]
        for turn in range(ROUNDS, 0, -1):
            unmixed = (int(right) - self._mix(turn, digits, left)) % 10 ** len(right)
            left, right = f"{unmixed:0{len(right)}}", left
        return left + right

    def _mix(self, turn: int, digits: str, half: str) -> int:
        said = f"{turn} {len(digits)} {half}".encode()
        return int.from_bytes(hashlib.blake2b(said, key=self._key, digest_size=24).digest(), "big")


def _country(digits: str) -> int:
    """Tell how many digits stay; those stay in what comes out, so it is the same there."""
    if len(digits) < WHOLE:
        return int(len(digits) > 2)
    if digits[0] in "017" or (digits[0] == "8" and len(digits) == 11):
        return 1
    return 2 if _TWO_DIGITS.match(digits) else 3
