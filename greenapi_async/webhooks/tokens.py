"""Verification of webhook tokens.

The server sends ``webhookUrlToken`` in the ``Authorization`` header: unchanged if it begins with ``Basic`` or
``Bearer``, otherwise with ``Bearer`` in front. Only digests of the tokens are kept, keyed with a random key of this
process, so no repr, traceback or memory dump of the receiver shows a token. Digests are compared in constant time, so
the response time reveals neither the contents nor the length of a token.

Source: manual 1.3.4, "Авторизация".
"""

import hashlib
import hmac
import secrets
import string
from collections.abc import Iterable, Sequence

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http.token import token_error

__all__ = ["HashedTokens", "hash_tokens"]

_SCHEMES = ("basic", "bearer")
_PUNCTUATION = string.punctuation + " "


class HashedTokens:
    """Keyed digests of the accepted tokens."""

    def __init__(self, key: bytes, digests: Sequence[bytes]) -> None:
        self._key = key
        self._digests = digests

    def __bool__(self) -> bool:
        return bool(self._digests)

    def __repr__(self) -> str:
        return f"<{len(self._digests)} tokens>"

    def accept(self, authorization: Sequence[bytes]) -> bool:
        """Check the values of the ``Authorization`` headers: exactly one, and it carries one of the tokens."""
        presented = _digest(self._key, authorization[0] if authorization else b"")
        found = False
        for digest in self._digests:
            found |= hmac.compare_digest(digest, presented)
        return found and len(authorization) == 1


def hash_tokens(tokens: Iterable[str]) -> HashedTokens | InvalidArgumentError:
    """Hash the configured tokens.

    An error is returned instead of raised, so that the caller can drop its reference to the tokens before a traceback
    captures its frame.

    Returns:
        The digests, or the error if a token is invalid.
    """
    if isinstance(tokens, str | bytes):
        return InvalidArgumentError(f"tokens must be a list of tokens, got {type(tokens).__name__}")
    key = secrets.token_bytes(32)
    digests: list[bytes] = []
    for number, token in enumerate(tokens, start=1):
        scheme, value = _split_scheme(token)
        problem = token_error(value, f"token {number}", _PUNCTUATION)
        if problem is None and str(value).strip() != value:
            problem = f"token {number} begins or ends with a space, which an HTTP header cannot carry"
        if problem is not None:
            return InvalidArgumentError(problem)
        digests.append(_digest(key, f"{scheme} {value}".encode()))
    return HashedTokens(key, digests)


def _split_scheme(token: object) -> tuple[str, object]:
    scheme, space, value = token.partition(" ") if isinstance(token, str) else ("", "", token)
    return (scheme, value) if space and scheme.lower() in _SCHEMES else ("Bearer", token)


def _digest(key: bytes, authorization: bytes) -> bytes:
    scheme, space, value = authorization.partition(b" ")
    return hashlib.blake2b(scheme.lower() + space + value, key=key).digest()
