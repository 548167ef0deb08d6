"""Format-preserving permutation of phone numbers under a secret key.

Numbers of one length and one country code are permuted among themselves: the same number always gets the same
pseudonym, two numbers never share one, no number keeps its digits, and without the key the mapping cannot be inverted.
A Feistel network over the decimal digits, as in format-preserving encryption, gives a permutation p. The mapping is p,
then a step to the next number, then the inverse of p; conjugating the step in this way leaves no fixed points.

The country code is kept. ``8 900 ...`` gets the same digits as ``+7 900 ...``, because both write the same number.
"""

import hashlib
import re
import unicodedata
from functools import lru_cache
from typing import Final

__all__ = ["DigitPermutation"]

ROUNDS: Final = 10
CACHE_SIZE: Final = 65_536
MIN_WITH_COUNTRY: Final = 7
"""Digits; a shorter number has no country code."""
_TWO_DIGIT_CODES: Final = re.compile("2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]")
"""Country codes with two digits; codes that begin with 1 or 7 have one digit, all others three."""


class DigitPermutation:
    """Maps strings of two or more decimal digits, in any script."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._permute_cached = lru_cache(CACHE_SIZE)(self._permute)

    def __call__(self, digits: str) -> str:
        """Return the digits that replace these, in the same script."""
        plain = "".join(str(unicodedata.decimal(digit)) for digit in digits)
        return "".join(
            chr(ord(character) - int(old) + int(new))
            for character, old, new in zip(digits, plain, self._permute_cached(plain), strict=True)
        )

    def _permute(self, digits: str) -> str:
        kept = _country_code_length(digits)
        code, rest = digits[:kept], digits[kept:]
        size = 10 ** len(rest)
        step = 1 + self._round_value(0, rest, "") % (size - 1)
        number = (int(self._encrypt(rest)) + step) % size
        return code + self._decrypt(f"{number:0{len(rest)}}")

    def _encrypt(self, digits: str) -> str:
        half = len(digits) // 2
        left, right = digits[:half], digits[half:]
        for number in range(1, ROUNDS + 1):
            mixed = (int(left) + self._round_value(number, digits, right)) % 10 ** len(left)
            left, right = right, f"{mixed:0{len(left)}}"
        return left + right

    def _decrypt(self, digits: str) -> str:
        half = len(digits) // 2  # after an even number of rounds the halves are in their original places
        left, right = digits[:half], digits[half:]
        for number in range(ROUNDS, 0, -1):
            unmixed = (int(right) - self._round_value(number, digits, left)) % 10 ** len(right)
            left, right = f"{unmixed:0{len(right)}}", left
        return left + right

    def _round_value(self, number: int, digits: str, half: str) -> int:
        message = f"{number} {len(digits)} {half}".encode()
        return int.from_bytes(hashlib.blake2b(message, key=self._key, digest_size=24).digest(), "big")


def _country_code_length(digits: str) -> int:
    """Return how many leading digits to keep. The result is the same for the pseudonym."""
    if len(digits) < MIN_WITH_COUNTRY:
        return int(len(digits) > 2)
    if digits[0] in "017" or (digits[0] == "8" and len(digits) == 11):
        return 1
    return 2 if _TWO_DIGIT_CODES.match(digits) else 3
