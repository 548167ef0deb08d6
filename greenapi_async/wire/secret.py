"""The token, kept where nothing prints it."""

import logging
import re
from weakref import WeakSet

__all__ = ["MASK", "Secret", "complaint", "mask_wire_logs"]

MASK = "***"
_ALLOWED = re.compile(r"[A-Za-z0-9._~-]+")


class Secret:
    """A string whose every printed form is ``***``."""

    __slots__ = ("__weakref__", "_value")

    def __init__(self, value: str) -> None:
        self._value = value
        _KNOWN.add(self)

    def __repr__(self) -> str:
        return MASK

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a token is not pickled; make a new client where it is needed")

    def reveal(self) -> str:
        """Give the string itself; never keep it in a variable of a frame that may raise."""
        return self._value

    def mask(self, content: bytes) -> bytes:
        """Blot the string out of bytes that the server sent, for servers echo URLs."""
        return content.replace(self._value.encode(), MASK.encode())


_KNOWN: WeakSet[Secret] = WeakSet()


def complaint(value: object, name: str) -> str | None:
    """Say what is wrong with a token, without saying it."""
    if not isinstance(value, str):
        return f"{name} is a {type(value).__name__}; the string from your personal area is needed"
    if not value:
        return f"{name} is empty; give the one from your personal area"
    if _ALLOWED.fullmatch(value) is None:
        where = next(index for index, letter in enumerate(value, start=1) if not _ALLOWED.fullmatch(letter))
        return (
            f"{name} has a character at position {where} of {len(value)} that is not a Latin letter, a digit or one of "
            "'-._~'; copy it from your personal area without spaces, quotes or line ends"
        )
    return None


class _Mask(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        for secret in list(_KNOWN):
            if secret.reveal() in said:
                said = said.replace(secret.reveal(), MASK)
                record.msg, record.args = said, None
        return True


def mask_wire_logs() -> None:
    """Blot known tokens out of httpcore's DEBUG lines, which print a redirect's Location as the server sent it."""
    for name in ("httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.connection", "httpcore.socks"):
        logger = logging.getLogger(name)
        if not any(isinstance(each, _Mask) for each in logger.filters):
            logger.addFilter(_Mask())
