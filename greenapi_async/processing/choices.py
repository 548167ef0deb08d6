"""Choices: numbered options in a text, of which a person names one by its number or its text."""

import re
from collections.abc import Sequence
from typing import Final, cast

from greenapi_async.errors import InvalidArgumentError

__all__ = ["Choices"]

MAX_DIGITS: Final = 10


class Choices:
    """Options of a question.

    Args:
        options: Two or more different, non-empty texts.

    Raises:
        InvalidArgumentError: They are fewer than two, empty or not distinct.

    Attributes:
        options: The texts.
    """

    def __init__(self, options: Sequence[str]) -> None:
        self.options = list(options)
        texts = [option.strip().casefold() for option in self.options if isinstance(cast("object", option), str)]
        self._indexes = {text: index for index, text in enumerate(texts)}
        is_valid = not isinstance(options, str) and len(self._indexes) == len(self.options) > 1 and all(texts)
        if not is_valid:
            raise InvalidArgumentError(f"options is {self.options!r}; expected two or more distinct, non-empty texts")
        for index in range(len(self.options)):
            self._indexes.setdefault(str(index + 1), index)

    def __str__(self) -> str:
        return "\n".join(f"{number}. {option}" for number, option in enumerate(self.options, start=1))

    def find(self, answer: str) -> int | None:
        """Return the index of the option that an answer names, by a number in any digits; None if it names none."""
        text = answer.strip().casefold()
        short = text.rstrip(".")
        number = str(int(short)) if short.isdecimal() and len(short) < MAX_DIGITS else short
        return next((self._indexes[each] for each in (text, short, number) if each in self._indexes), None)

    def find_several(self, answer: str) -> list[int] | None:
        """Return the indexes of the options that an answer names, each once; None if a part of it names none."""
        whole = self.find(answer)
        if whole is not None:
            return [whole]
        found: list[int] = []
        for part in filter(str.strip, re.split(r"[,;،、\n]", answer)):
            index = self.find(part)
            parts = [index] if index is not None else [self.find(each) for each in part.split()]
            if None in parts:
                return None
            found += [each for each in parts if each is not None]
        return list(dict.fromkeys(found)) or None
