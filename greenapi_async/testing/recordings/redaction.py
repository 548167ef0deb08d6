"""Redaction of secrets in notifications.

Tokens: the known values in every string and field name, also if percent-encoded; any token in a path of the API; and
the value of every field that is named like a secret. Signatures: the query of a link to a file or picture, and any
query with a signature parameter. Host and path, and thus the file's name, are kept.
"""

import re
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final, cast

from greenapi_async.testing.recordings.json_walk import map_leaves

__all__ = ["MASK", "Redactor"]

MASK: Final = "***"
MIN_DISTINCT: Final = 8
"""Characters; a shorter token is replaced only as a whole word, because it may be part of ordinary words."""

_SECRET = re.compile(r"token|secret|passw|api_?key|authorization|cookie", re.IGNORECASE)
_PATH = re.compile(r"(/waInstance\d+/\w+/)[0-9A-Za-z._~-]{40,}")
_LINK_FIELD = re.compile(r"(?:[a-z]Url|_url|^url[A-Z]\w*)$")
_LINK = re.compile(r"(?P<scheme>https?://)(?P<rest>[^\s\"'<>]+)", re.IGNORECASE)
_QUERY = re.compile(r"[?#]")
_NAMES = re.compile(r"(?:^|[?&;#])([^=&;#]*)=")
_SIGNATURE_PARAMETER = re.compile(
    r"x-(?:amz|goog|oss)-.*|.*(?:signature|token|secret|credential|passw).*|sig|sign|api_?key|se|oh", re.IGNORECASE
)


class Redactor:
    """Callable that replaces tokens and signatures in a notification by ``***``."""

    def __init__(self, tokens: Collection[str], transform: Callable[[Any], Any] | None = None) -> None:
        """Create a redactor.

        Args:
            tokens: Values to replace wherever they occur.
            transform: Applied to the redacted body, for example to pseudonymise phone numbers.
        """
        values = {part for token in tokens for part in (token, token.rpartition(" ")[2]) if part}
        pattern = "|".join(_token_pattern(value) for value in sorted(values, key=len, reverse=True))
        self._tokens = re.compile(pattern) if pattern else None
        self._transform = transform

    def __call__(self, body: Any) -> Any:
        """Return the redacted body."""
        redacted = self._redact_fields(map_leaves(body, self._redact_leaf))
        return self._transform(redacted) if self._transform else redacted

    def __repr__(self) -> str:
        return "<Redactor>"

    def _redact_leaf(self, name: str | None, value: Any) -> Any:
        if isinstance(value, str):
            text = self._tokens.sub(MASK, value) if self._tokens else value
            return _remove_signatures(name, _PATH.sub(rf"\g<1>{MASK}", text))
        if self._tokens and type(value) is int and self._tokens.fullmatch(str(value)):
            return 0
        return value

    def _redact_fields(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._redact_fields(item) for item in cast("Iterable[Any]", value)]
        if not isinstance(value, dict):
            return value
        return {
            key: map_leaves(part, _blank) if _SECRET.search(key) else self._redact_fields(part)
            for key, part in cast("dict[str, Any]", value).items()
        }


def _blank(name: str | None, value: Any) -> Any:
    if name is None:
        return value
    if isinstance(value, str):
        return MASK if value else value
    return value if isinstance(value, bool) or value is None else 0


def _remove_signatures(name: str | None, text: str) -> str:
    def shorten(link: re.Match[str]) -> str:
        location, query = _QUERY.split(link["rest"], 1) if _QUERY.search(link["rest"]) else (link["rest"], "")
        host, slash, path = location.partition("/")
        host = host.rpartition("@")[2]  # without user and password
        is_signed = _LINK_FIELD.search(name or "") or any(
            _SIGNATURE_PARAMETER.fullmatch(part) for part in _NAMES.findall(query)
        )
        separator = link["rest"][len(location) : len(location) + 1]
        return link["scheme"] + host + slash + path + ("" if is_signed else separator + query)

    return _LINK.sub(shorten, text) if "://" in text else text


def _token_pattern(token: str) -> str:
    """Return a pattern for a token, each of whose characters may be percent-encoded once or repeatedly."""
    pattern = "".join(_character_pattern(character) for character in token)
    return pattern if len(token) >= MIN_DISTINCT else rf"(?<![0-9A-Za-z]){pattern}(?![0-9A-Za-z])"


def _character_pattern(character: str) -> str:
    escaped = "".join(f"%(?:25)*(?i:{byte:02x})" for byte in character.encode("utf-8", "surrogatepass"))
    plain = "[ +]" if character == " " else character if character.isalnum() else rf"\\?{re.escape(character)}"
    return rf"(?:{plain}|{escaped})"
