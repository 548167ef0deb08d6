"""What a request says before its body, and what is refused for it."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import TypeAlias, cast

import attrs

from greenapi_async.webhooks.allowed_addresses import Address, Networks
from greenapi_async.webhooks.response import Refusal
from greenapi_async.webhooks.tokens import Tokens

__all__ = ["Door", "Head", "Headers", "read_head"]

Headers: TypeAlias = (
    Mapping[str, str] | Mapping[bytes, bytes] | Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]
)

_HEEDED = {"authorization", "content-encoding", "content-length", "content-type", "x-forwarded-for"}
_MOST_DIGITS = 18

ELSEWHERE = Refusal(HTTPStatus.FORBIDDEN, "its address is not in addresses=; is it a proxy for trusted_proxies=?")
OTHER_VERB = Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "it is no POST")
NO_TOKEN = Refusal(HTTPStatus.UNAUTHORIZED, "it has no token")
WRONG_TOKEN = Refusal(HTTPStatus.UNAUTHORIZED, "its token is none of tokens=")
NOT_JSON = Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "its Content-Type is not application/json in UTF-8")
ENCODED = Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "it is compressed")
NO_LENGTH = Refusal(HTTPStatus.BAD_REQUEST, "its Content-Length is no number")
TOO_LARGE = Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "its body is beyond max_bytes=")


@attrs.frozen
class Head:
    """The verb, and of the headers those that are heeded, by their names in small letters."""

    method: str
    headers: Mapping[str, Sequence[bytes]] = attrs.field(repr=False)

    def all(self, name: str) -> Sequence[bytes]:
        """Give the values of a header."""
        return self.headers.get(name, ())


def read_head(method: str, headers: Headers) -> Head:
    """Keep of the headers what is heeded."""
    found: dict[str, list[bytes]] = {}
    pairs = cast("Iterable[tuple[str | bytes, str | bytes]]", _items(headers))
    for name, value in pairs:
        key = (name if isinstance(name, str) else name.decode("latin-1")).lower()
        if key in _HEEDED:
            found.setdefault(key, []).append(_bytes(value))
    return Head(method, found)


@attrs.frozen
class Door:
    """Who may come in, and with what."""

    addresses: Networks | None
    tokens: Tokens
    max_bytes: int

    def refuse(self, head: Head, caller: Address | None) -> Refusal | None:
        """Say why a caller may not come in; None when it may."""
        if self.addresses is not None and caller not in self.addresses:
            return ELSEWHERE
        if head.method != "POST":
            return OTHER_VERB
        authorization = head.all("authorization")
        if self.tokens and not self.tokens.accept(authorization):
            return WRONG_TOKEN if authorization else NO_TOKEN
        return None

    def refuse_body(self, head: Head) -> Refusal | None:
        """Say why the body that is announced is not read; None when it is."""
        types = head.all("content-type")
        if len(types) != 1 or not _is_json(types[0]):
            return NOT_JSON
        if any(encoding.strip().lower() not in {b"", b"identity"} for encoding in head.all("content-encoding")):
            return ENCODED
        for length in head.all("content-length"):
            digits = length.strip()
            if not digits.isdigit():
                return NO_LENGTH
            if len(digits) > _MOST_DIGITS or int(digits) > self.max_bytes:
                return TOO_LARGE
        return None


def _is_json(content_type: bytes) -> bool:
    media, *parameters = content_type.lower().split(b";")
    pairs = [parameter.partition(b"=") for parameter in parameters]
    charsets = [value.strip(b' \t"') for name, _, value in pairs if name.strip() == b"charset"]
    return media.strip() == b"application/json" and set(charsets) <= {b"utf-8", b"utf8"}


def _items(headers: Headers) -> Iterable[object]:
    return cast("Mapping[object, object]", headers).items() if isinstance(headers, Mapping) else headers


def _bytes(value: str | bytes) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
