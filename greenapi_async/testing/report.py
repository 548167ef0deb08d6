"""Why something that a test waited for did not happen."""

from typing import Literal, NoReturn

__all__ = ["Explanation"]

SHOWN = 230
"""Characters that pytest shows of a value."""


class Explanation:
    """A false value that says what was not heard, or was; ``assert await anna.hears("hello")`` shows it.

    Whoever takes it for a message gets an ``AssertionError``, and a test that never looks at it fails.
    """

    def __init__(self, words: str) -> None:
        self.words = words
        self.looked_at = False

    def __bool__(self) -> Literal[False]:
        self.looked_at = True
        return False

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        self.looked_at = True
        raise AssertionError(self.words)

    def __repr__(self) -> str:
        self.looked_at = True
        words = self.words if len(self.words) <= SHOWN else f"{self.words[: SHOWN - 3]}..."
        return f"<{words}>"
