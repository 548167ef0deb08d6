"""Checks of a request that precede reading its body."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import TypeAlias, cast

import attrs

from greenapi_async._internal.addresses import Address
from greenapi_async.webhooks.allowed_addresses import NetworkSet
from greenapi_async.webhooks.response import Rejection
from greenapi_async.webhooks.tokens import HashedTokens

__all__ = ["Headers", "RequestChecks", "RequestHead", "read_head"]

Headers: TypeAlias = (
    Mapping[str, str] | Mapping[bytes, bytes] | Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]]
)
_Pairs: TypeAlias = Iterable[tuple[str | bytes, str | bytes]]

_NAMES = ("authorization", "content-encoding", "content-length", "content-type", "x-forwarded-for")
_RELEVANT_HEADERS: Mapping[str | bytes, str] = {
    **{name: name for name in _NAMES},
    **{name.encode(): name for name in _NAMES},
}
_USUAL_TYPES = {b"application/json", b"application/json; charset=utf-8"}
_MAX_DIGITS = 18

ADDRESS_NOT_ALLOWED = Rejection(
    HTTPStatus.FORBIDDEN, "the address is not in addresses=; if it is a proxy, add it to trusted_proxies="
)
NOT_POST = Rejection(HTTPStatus.METHOD_NOT_ALLOWED, "the method is not POST")
NO_TOKEN = Rejection(HTTPStatus.UNAUTHORIZED, "the token is missing")
WRONG_TOKEN = Rejection(HTTPStatus.UNAUTHORIZED, "the token is not one of tokens=")
NOT_JSON = Rejection(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the Content-Type is not application/json in UTF-8")
COMPRESSED = Rejection(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body is compressed")
INVALID_LENGTH = Rejection(HTTPStatus.BAD_REQUEST, "the Content-Length is not a number")
TOO_LARGE = Rejection(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body exceeds max_bytes=")


@attrs.frozen
class RequestHead:
    """Method and relevant headers of a request; names of headers are in lower case."""

    method: str
    headers: Mapping[str, Sequence[bytes]] = attrs.field(repr=False)

    def get_all(self, name: str) -> Sequence[bytes]:
        """Return all values of a header."""
        return self.headers.get(name, ())


def read_head(method: str, headers: Headers) -> RequestHead:
    """Collect the relevant headers.

    Args:
        method: HTTP method.
        headers: Mapping or pairs, as str or bytes.
    """
    found: dict[str, list[bytes]] = {}
    for name, value in cast("_Pairs", headers.items() if isinstance(headers, Mapping) else headers):
        key = _RELEVANT_HEADERS.get(name.lower())
        if key is not None:
            content = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
            found.setdefault(key, []).append(content)
    return RequestHead(method, found)


@attrs.frozen
class RequestChecks:
    """Allowed addresses, accepted tokens and the maximum size of a body."""

    addresses: NetworkSet | None
    tokens: HashedTokens
    max_bytes: int

    def check_client(self, head: RequestHead, address: Address | None) -> Rejection | None:
        """Check address, method and token.

        Args:
            head: Head of the request.
            address: The client's address; None if it is not known.

        Returns:
            The rejection, or None if the client is accepted.
        """
        if self.addresses is not None and address not in self.addresses:
            return ADDRESS_NOT_ALLOWED
        if head.method != "POST":
            return NOT_POST
        authorization = head.get_all("authorization")
        if self.tokens and not self.tokens.accept(authorization):
            return WRONG_TOKEN if authorization else NO_TOKEN
        return None

    def check_body_headers(self, head: RequestHead) -> Rejection | None:
        """Check the headers that describe the body; return None if the body may be read."""
        types = head.get_all("content-type")
        if len(types) != 1 or not _is_json(types[0]):
            return NOT_JSON
        for encoding in head.get_all("content-encoding"):
            if encoding.strip().lower() not in {b"", b"identity"}:
                return COMPRESSED
        for length in head.get_all("content-length"):
            digits = length.strip()
            if not digits.isdigit():
                return INVALID_LENGTH
            if len(digits) > _MAX_DIGITS or int(digits) > self.max_bytes:
                return TOO_LARGE
        return None


def _is_json(content_type: bytes) -> bool:
    if content_type in _USUAL_TYPES:
        return True
    media, *parameters = content_type.lower().split(b";")
    pairs = [parameter.partition(b"=") for parameter in parameters]
    charsets = [value.strip(b' \t"') for name, _, value in pairs if name.strip() == b"charset"]
    return media.strip() == b"application/json" and set(charsets) <= {b"utf-8", b"utf8"}
