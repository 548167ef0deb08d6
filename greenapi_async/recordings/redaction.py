"""What must never stand in a recording, taken out of a body.

Tokens: the values that are known, in every string and name, also where they are written with ``%``-escapes; any token
in a path of the API; and whatever stands in a field that is named like a secret. Signatures: the query of a link to a
file or a picture, and any query that signs; host, path and so the file's name stay.
"""

import re
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final, cast

from greenapi_async.recordings.json_walk import changed

__all__ = ["MASK", "Cleaning"]

MASK: Final = "***"
DISTINCT: Final = 8
"""Characters; a shorter token is taken out only where it stands alone, or it would spoil words."""

_SECRET = re.compile(r"token|secret|passw|api_?key|authorization|cookie", re.IGNORECASE)
_PATH = re.compile(r"(/waInstance\d+/\w+/)[0-9A-Za-z._~-]{40,}")
_LINK_FIELD = re.compile(r"(?:[a-z]Url|_url|^url[A-Z]\w*)$")
_LINK = re.compile(r"(?P<scheme>https?://)(?P<rest>[^\s\"'<>]+)", re.IGNORECASE)
_QUERY = re.compile(r"[?#]")
_NAMES = re.compile(r"(?:^|[?&;#])([^=&;#]*)=")
_SIGNING = re.compile(
    r"x-(?:amz|goog|oss)-.*|.*(?:signature|token|secret|credential|passw).*|sig|sign|api_?key|se|oh", re.IGNORECASE
)


class Cleaning:
    """Takes tokens and signatures out of bodies, and changes what is left as ``then`` says."""

    def __init__(self, tokens: Collection[str], then: Callable[[Any], Any] | None = None) -> None:
        values = {part for token in tokens for part in (token, token.rpartition(" ")[2]) if part}
        words = "|".join(_escapable(value) for value in sorted(values, key=len, reverse=True))
        self._tokens = re.compile(words) if words else None
        self._then = then

    def __call__(self, body: Any) -> Any:
        """Give a body without them."""
        clean = self._without_secrets(changed(body, self._clean))
        return self._then(clean) if self._then else clean

    def __repr__(self) -> str:
        return "<Cleaning>"

    def _clean(self, name: str | None, value: Any) -> Any:
        if isinstance(value, str):
            text = self._tokens.sub(MASK, value) if self._tokens else value
            return _unsigned(name, _PATH.sub(rf"\g<1>{MASK}", text))
        if self._tokens and type(value) is int and self._tokens.fullmatch(str(value)):
            return 0
        return value

    def _without_secrets(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._without_secrets(item) for item in cast("Iterable[Any]", value)]
        if not isinstance(value, dict):
            return value
        return {
            key: changed(part, _blank) if _SECRET.search(key) else self._without_secrets(part)
            for key, part in cast("dict[str, Any]", value).items()
        }


def _blank(name: str | None, value: Any) -> Any:
    if name is None:
        return value
    if isinstance(value, str):
        return MASK if value else value
    return value if isinstance(value, bool) or value is None else 0


def _unsigned(name: str | None, text: str) -> str:
    def shortened(link: re.Match[str]) -> str:
        place, query = _QUERY.split(link["rest"], 1) if _QUERY.search(link["rest"]) else (link["rest"], "")
        host, slash, path = place.partition("/")
        host = host.rpartition("@")[2]  # a user and a password
        signs = _LINK_FIELD.search(name or "") or any(_SIGNING.fullmatch(part) for part in _NAMES.findall(query))
        mark = link["rest"][len(place) : len(place) + 1]
        return link["scheme"] + host + slash + path + ("" if signs else mark + query)

    return _LINK.sub(shortened, text) if "://" in text else text


def _escapable(token: str) -> str:
    """Give the pattern of a token, each of whose characters may be escaped as in URLs, more than once."""
    pattern = "".join(_either(sign) for sign in token)
    return pattern if len(token) >= DISTINCT else rf"(?<![0-9A-Za-z]){pattern}(?![0-9A-Za-z])"


def _either(sign: str) -> str:
    escaped = "".join(f"%(?:25)*(?i:{byte:02x})" for byte in sign.encode("utf-8", "surrogatepass"))
    plain = "[ +]" if sign == " " else sign if sign.isalnum() else rf"\\?{re.escape(sign)}"
    return rf"(?:{plain}|{escaped})"
