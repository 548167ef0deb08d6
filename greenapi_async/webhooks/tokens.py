"""The tokens that open the door.

The server sends ``webhookUrlToken`` in ``Authorization``: as it stands in the settings when that begins with ``Basic``
or ``Bearer``, and otherwise with ``Bearer`` in front. A token is kept as a digest under a key of this process only, so
that nothing can print it, and digests are compared, so that neither the time nor the length tells anything.

Manual: 1.3.4, "Авторизация".
"""

import hashlib
import hmac
import secrets
import string
from collections.abc import Iterable, Sequence

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http.token import token_error

__all__ = ["Tokens", "sealed"]

_SCHEMES = ("basic", "bearer")
_MARKS = string.punctuation + " "


class Tokens:
    """Tokens that can be asked for and not read."""

    def __init__(self, key: bytes, digests: Sequence[bytes]) -> None:
        self._key = key
        self._digests = digests

    def __bool__(self) -> bool:
        return bool(self._digests)

    def __repr__(self) -> str:
        return f"<{len(self._digests)} tokens>"

    def accept(self, authorization: Sequence[bytes]) -> bool:
        """Tell whether the values of Authorization are one, and that one of a token."""
        presented = _digest(self._key, authorization[0] if authorization else b"")
        found = False
        for digest in self._digests:
            found |= hmac.compare_digest(digest, presented)
        return found and len(authorization) == 1


def sealed(tokens: Iterable[str]) -> Tokens | InvalidArgumentError:
    """Give tokens as configured, or the error that says what is wrong with them.

    It never raises: the frame that called it still holds the strings, and has to forget them first.
    """
    if isinstance(tokens, str | bytes):
        return InvalidArgumentError(f"tokens is a {type(tokens).__name__}; a list of tokens is needed")
    key = secrets.token_bytes(32)
    digests: list[bytes] = []
    for number, token in enumerate(tokens, start=1):
        scheme, value = _parts(token)
        wrong = token_error(value, f"token {number}", _MARKS)
        if wrong is None and str(value).strip() != value:
            wrong = f"token {number} begins or ends with a space; no header can"
        if wrong is not None:
            return InvalidArgumentError(wrong)
        digests.append(_digest(key, f"{scheme} {value}".encode()))
    return Tokens(key, digests)


def _parts(token: object) -> tuple[str, object]:
    scheme, space, value = token.partition(" ") if isinstance(token, str) else ("", "", token)
    return (scheme, value) if space and scheme.lower() in _SCHEMES else ("Bearer", token)


def _digest(key: bytes, authorization: bytes) -> bytes:
    scheme, space, value = authorization.partition(b" ")
    return hashlib.blake2b(scheme.lower() + space + value, key=key).digest()
