"""The token, kept where nothing prints it."""

import logging
from weakref import WeakSet

from greenapi_async.errors import InvalidArgumentError

__all__ = ["IN_HEADERS", "IN_URLS", "MASK", "Secret", "mask_wire_logs", "seal_token", "token_error"]

MASK = "***"
SHORTEST_MASKED = 8
"""Characters; a real token has 50, and blotting out a test's "t" would spoil every word."""
IN_URLS = "-._~"
"""What a token may have beside letters and digits where it stands in a URL."""
IN_HEADERS = "-._~+/="
"""And where it stands in a header (RFC 6750)."""


class Secret:
    """A string whose every printed form is ``***``."""

    __slots__ = ("__weakref__", "_former", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        self._former: list[str] = []
        _KNOWN.add(self)

    def __repr__(self) -> str:
        return MASK

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a token is not pickled; make a new client where it is needed")

    def renew(self, value: str) -> None:
        """Go on with another string, for everything that holds this secret."""
        self._former.append(self._value)
        self._value = value

    def reveal(self) -> str:
        """Give the string itself; never keep it in a variable of a frame that may raise."""
        return self._value

    def mask(self, content: bytes) -> bytes:
        """Blot the string out of bytes that the server sent, for servers echo URLs."""
        for value in (self._value, *self._former):
            if len(value) >= SHORTEST_MASKED:
                content = content.replace(value.encode(), MASK.encode())
        return content


_KNOWN: WeakSet[Secret] = WeakSet()


def seal_token(value: str, name: str, marks: str = IN_URLS) -> Secret | InvalidArgumentError:
    """Give a token as a secret, or the error that says what is wrong with it.

    It never raises: the frame that called it still holds the string, and has to forget it first.
    """
    wrong = token_error(value, name, marks)
    return Secret(value) if wrong is None else InvalidArgumentError(wrong)


def token_error(value: object, name: str, marks: str = IN_URLS) -> str | None:
    """Say what is wrong with a token, without saying it."""
    if not isinstance(value, str):
        return f"{name} is a {type(value).__name__}; the string from your personal area is needed"
    if not value:
        return f"{name} is empty; give the one from your personal area"
    where = next((index for index, letter in enumerate(value, start=1) if not _allowed(letter, marks)), None)
    if where is not None:
        return (
            f"{name} has a character at position {where} of {len(value)} that is not a Latin letter, a digit or one of "
            f"'{marks}'; copy it from your personal area without spaces, quotes or line ends"
        )
    return None


def _allowed(letter: str, marks: str) -> bool:
    return (letter.isascii() and letter.isalnum()) or letter in marks


class _Mask(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        for secret in list(_KNOWN):
            masked = secret.mask(said.encode("utf-8", "replace")).decode()
            if masked != said:
                said = record.msg = masked
                record.args = None
        return True


def mask_wire_logs() -> None:
    """Blot known tokens out of httpcore's DEBUG lines, which print a redirect's Location as the server sent it."""
    for name in ("httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.connection", "httpcore.socks"):
        logger = logging.getLogger(name)
        if not any(isinstance(each, _Mask) for each in logger.filters):
            logger.addFilter(_Mask())
