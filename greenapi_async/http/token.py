"""The API token, in a form that nothing prints."""

import logging
from typing import TypeVar
from weakref import WeakSet

from greenapi_async.errors import InvalidArgumentError

__all__ = ["IN_HEADERS", "IN_URLS", "MASK", "Secret", "mask_wire_logs", "seal_token", "strip_traceback", "token_error"]

E = TypeVar("E", bound=BaseException)

MASK = "***"
_MASK_BYTES = MASK.encode()
MIN_MASKED_LENGTH = 8
"""Characters; a real token has 50. Masking a test's token ``t`` would garble every text."""
IN_URLS = "-._~"
"""Characters besides letters and digits that a token in a URL may contain."""
IN_HEADERS = "-._~+/="
"""The same for a token in a header (RFC 6750)."""

_WIRE_LOGGERS = tuple(
    f"{library}.{part}"
    for library in ("httpcore", "httpcore2")
    for part in ("connection", "http11", "http2", "proxy", "socks")
)


class Secret:
    """A string that prints as ``***``."""

    __slots__ = ("__weakref__", "_masked", "_value")

    def __init__(self, value: str) -> None:
        self._masked: tuple[bytes, ...] = ()
        """The string and its former values, the newest first; short ones are not masked."""
        self.renew(value)
        _KNOWN.add(self)

    def __repr__(self) -> str:
        return MASK

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("tokens cannot be pickled; create a new client in the other process")

    def renew(self, value: str) -> None:
        """Replace the string for everything that holds this secret."""
        self._value = value
        if len(value) >= MIN_MASKED_LENGTH:
            self._masked = (value.encode(), *self._masked)

    def reveal(self) -> str:
        """Return the string; never keep it in a variable of a frame that may raise."""
        return self._value

    def mask(self, content: bytes) -> bytes:
        """Mask the string, and its former values, in bytes from the server; servers echo URLs."""
        for value in self._masked:
            content = content.replace(value, _MASK_BYTES)
        return content


_KNOWN: WeakSet[Secret] = WeakSet()


def seal_token(value: str, name: str, marks: str = IN_URLS) -> Secret | InvalidArgumentError:
    """Wrap a token in a secret.

    It returns errors instead of raising them: the caller's frame still holds the string and must delete it first.

    Args:
        value: The token.
        name: Name of the argument, for the error message.
        marks: Characters besides letters and digits that it may contain.

    Returns:
        The secret, or the error to raise.
    """
    wrong = token_error(value, name, marks)
    return Secret(value) if wrong is None else InvalidArgumentError(wrong)


def token_error(value: object, name: str, marks: str = IN_URLS) -> str | None:
    """Return what is wrong with a token, without quoting it; None if it is valid."""
    if not isinstance(value, str):
        return f"{name} is a {type(value).__name__}; expected the string from your personal area"
    if not value:
        return f"{name} is empty; copy it from your personal area"
    where = next((index for index, letter in enumerate(value, start=1) if not _allowed(letter, marks)), None)
    if where is not None:
        return (
            f"{name} has a character at position {where} of {len(value)} that is not a Latin letter, a digit or one of "
            f"'{marks}'; copy it from your personal area without spaces, quotes or line ends"
        )
    return None


def _allowed(letter: str, marks: str) -> bool:
    return (letter.isascii() and letter.isalnum()) or letter in marks


class _MaskFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        for secret in list(_KNOWN):
            masked = secret.mask(text.encode("utf-8", "replace")).decode()
            if masked != text:
                text = record.msg = masked
                record.args = None
        return True


def mask_wire_logs() -> None:
    """Mask known tokens in httpcore's DEBUG records, which contain a redirect's Location as the server sent it."""
    for name in _WIRE_LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(each, _MaskFilter) for each in logger.filters):
            logger.addFilter(_MaskFilter())


def strip_traceback(error: E) -> E:
    """Remove cause, context and traceback, also from the exceptions in a group."""
    error.__cause__ = error.__context__ = error.__traceback__ = None
    members: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    for member in members:
        strip_traceback(member)
    return error
