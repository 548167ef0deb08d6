"""Explanation of a failed expectation, as pytest shows it."""

from typing import Literal, NoReturn

__all__ = ["Explanation"]

_MAX_LENGTH = 230
"""Characters of a value that pytest shows without truncation."""


class Explanation:
    """Falsy result of ``hears`` and ``hears_nothing`` that explains the failure.

    ``assert await anna.hears("hello")`` shows it. Using it like a message raises ``AssertionError``, and a test that
    never checks it fails.

    Attributes:
        reason: The explanation.
        checked: Whether the test has looked at it.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.checked = False

    def __bool__(self) -> Literal[False]:
        self.checked = True
        return False

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        self.checked = True
        raise AssertionError(self.reason)

    def __repr__(self) -> str:
        self.checked = True
        reason = self.reason if len(self.reason) <= _MAX_LENGTH else f"{self.reason[: _MAX_LENGTH - 3]}..."
        return f"<{reason}>"
