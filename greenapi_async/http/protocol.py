"""The protocol without the network: a request from values, a value or an error from an answer.

Every function here is pure. Where the token belongs, URLs hold ``TOKEN_PLACE``; the transport writes the token in below
everything that logs or raises. Manual: 1.2.3 for the form of a request, 1.3.11 for the errors.
"""

import enum
import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import quote, urlencode

import attrs

from greenapi_async import errors
from greenapi_async.http.endpoint import Content, Endpoint, Host
from greenapi_async.http.uploads import Payload, as_form
from greenapi_async.serialization.converter import structure

__all__ = [
    "TOKEN_PLACE",
    "Address",
    "InstanceAddress",
    "Request",
    "Response",
    "build_request",
    "check_arguments",
    "decode_response",
    "error_items",
]

T = TypeVar("T")

TOKEN_PLACE = "apiTokenInstance"  # noqa: S105  the word that stands where the token does not
LARGEST_JSON = 100 * 1024
SLOWEST_TRANSFER = 64_000
"""Bytes a second that a file is given time for."""
_LONGEST_NUMBER = 4000
"""Digits; Python reads no longer ones."""
_MEDIA_TYPES = {"application/json", "text/html", "text/plain", "text/xml", "application/xml"}
_JSON = (("content-type", "application/json; charset=utf-8"),)
_CLIENT_CLOSED_REQUEST = 499


class Address(Protocol):
    """Where an API lives, and where its token belongs."""

    @property
    def api_url(self) -> str:
        """The host that most requests go to."""
        ...

    def url(self, endpoint: Endpoint[Any]) -> str:
        """Give the method's URL up to the parameters of its path, with the token's place if it stands in URLs."""
        ...

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Give what every request carries, with the token's place if it stands in a header."""
        ...


@attrs.frozen
class InstanceAddress:
    """An instance; manual: 1.2.3."""

    id_instance: int
    api_url: str
    media_url: str

    def url(self, endpoint: Endpoint[Any]) -> str:
        """Give ``{host}/waInstance{id}/{method}/{token}``."""
        host = self.media_url if endpoint.host is Host.MEDIA else self.api_url
        return f"{host}/waInstance{self.id_instance}/{endpoint.name}/{TOKEN_PLACE}"

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return no headers."""
        return ()

    def __str__(self) -> str:
        return f"{self.id_instance} at {self.api_url}"


@attrs.frozen
class Request:
    """A request with the token's place still empty."""

    verb: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes | Payload | None = attrs.field(default=None, repr=False)
    extra_time: float = 0
    """Seconds it may take beyond an ordinary call: the server holds it, or a file is on its way."""

    @property
    def printable(self) -> bytes:
        """The content as a log may show it: files are not."""
        return self.content if isinstance(self.content, bytes) else b"a file" if self.content else b""


@attrs.frozen
class Response:
    """What came back, whole."""

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    content: bytes = attrs.field(repr=False)


def check_arguments(endpoint: Endpoint[Any], values: Mapping[str, Any]) -> None:
    """Refuse what the manual does not allow, before anything is sent."""
    for name in endpoint.required:
        if values.get(name) is None:
            raise errors.InvalidArgumentError(f"{_argument(name)} is missing; it is required", method=endpoint.name)
    if endpoint.requires_any and all(value is None for value in values.values()):
        raise errors.InvalidArgumentError("nothing was given; at least one argument is needed", method=endpoint.name)
    for name, limit in endpoint.limits.items():
        value = values.get(name)
        complaint = None if value is None else limit(value)
        if complaint:
            raise errors.InvalidArgumentError(f"{_argument(name)} {complaint}", method=endpoint.name)


def build_request(
    endpoint: Endpoint[Any], values: Mapping[str, Any], address: Address, *, validate: bool = True
) -> Request:
    """Turn an endpoint and its values into a request; a value of None is left out."""
    url = address.url(endpoint)
    given = {name: value for name, value in values.items() if value is not None}
    for name in endpoint.path:
        url += "/" + quote(str(given.pop(name)), safe="")
    query = {name: _word(given.pop(name)) for name in endpoint.query if name in given}
    if query:
        url += "?" + urlencode(query)
    headers = address.headers() + tuple((name.lower(), given.pop(name)) for name in endpoint.headers if name in given)
    extra_time = endpoint.extra_time + (float(query.get(endpoint.hold_parameter, 0)) if endpoint.hold_parameter else 0)
    if endpoint.verb != "POST":
        return Request(endpoint.verb, url, headers, extra_time=extra_time)
    if endpoint.content is Content.JSON:
        content: bytes | Payload = _json(endpoint, given, validate=validate)
        return Request(endpoint.verb, url, headers + _JSON, content, extra_time)
    payload: Payload = given.pop("file")
    if endpoint.content is Content.FORM:
        payload = as_form({name: _word(value) for name, value in given.items()}, payload)
        headers += (("content-type", payload.content_type),)
    headers += (("content-length", str(payload.size)),)
    return Request(endpoint.verb, url, headers, payload, extra_time + payload.size / SLOWEST_TRANSFER)


def decode_response(endpoint: Endpoint[T], answer: Response) -> T:
    """Read an answer; raises what it means when it is not the one that was asked for."""
    value, readable = _parse(answer.content)
    if readable is _Readable.NOT_SO_DEEP and endpoint.fallback_parse is not None:
        value, readable = endpoint.fallback_parse(answer.content), _Readable.YES
    succeeded = HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES
    if not succeeded and not (answer.status in endpoint.answer_statuses and _holds_answer(value)):
        own = endpoint.error_from(answer.status, value) if endpoint.error_from else None
        raise own or _failure(endpoint, answer, value)
    if readable is _Readable.BROKEN and endpoint.refusal is not None:
        words = answer.content.decode("utf-8", "replace").strip()
        if not words.startswith(("<", "{", "[", '"')):  # some refusals are told in bare words
            value, readable = words[:500], _Readable.YES
    if readable is not _Readable.YES:
        kind = answer.headers.get("content-type", "").partition(";")[0]
        told = kind if kind in _MEDIA_TYPES else "no known content type"
        words = f"the answer is not JSON ({len(answer.content):,} bytes, {told})"
        raise errors.DecodeError(words, method=endpoint.name, status=answer.status)
    refusal = endpoint.refusal(value) if endpoint.refusal else None
    if refusal is not None:
        raise errors.RefusedError(refusal, method=endpoint.name, status=answer.status)
    try:
        return endpoint.decode(value)
    except (ValueError, TypeError, KeyError, OverflowError, OSError) as error:
        words = f"the answer has another shape than the manual's: {type(error).__name__}: {error}"
    raise errors.DecodeError(words, method=endpoint.name, status=answer.status)


class _Readable(enum.Enum):
    YES = enum.auto()
    BROKEN = enum.auto()
    """Cut off on the way, perhaps, and whole the next time."""
    NOT_SO_DEEP = enum.auto()
    """Whole, and nested deeper than can be read."""


def _parse(content: bytes) -> tuple[Any, _Readable]:
    """Read JSON; a wrong byte or a number of thousands of digits is no reason to lose what stands around it."""
    if not content:
        return None, _Readable.YES
    try:
        return json.loads(content), _Readable.YES
    except RecursionError:
        return None, _Readable.NOT_SO_DEEP
    except ValueError:
        pass
    try:
        return json.loads(content.decode("utf-8", "replace"), parse_int=_number), _Readable.YES
    except RecursionError:
        return None, _Readable.NOT_SO_DEEP
    except ValueError:
        return None, _Readable.BROKEN


def _number(digits: str) -> int | str:
    return int(digits) if len(digits) < _LONGEST_NUMBER else digits


def _json(endpoint: Endpoint[Any], values: Mapping[str, Any], *, validate: bool) -> bytes:
    try:
        text = json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (ValueError, TypeError) as error:
        words = f"the arguments cannot be written as JSON: {error}; give text, finite numbers and bools"
        raise errors.InvalidArgumentError(words, method=endpoint.name) from None
    try:
        content = text.encode()
    except UnicodeEncodeError:  # half an emoji, as phones send them: JSON can say that, UTF-8 cannot
        content = json.dumps(values, separators=(",", ":")).encode()
    if validate and len(content) > LARGEST_JSON:
        words = f"the request has {len(content):,} bytes of JSON; {LARGEST_JSON:,} are allowed"
        raise errors.InvalidArgumentError(words, method=endpoint.name)
    return content


def _word(value: Any) -> str:
    """Write a value into a query or a form."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _argument(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _holds_answer(value: Any) -> bool:
    return isinstance(value, dict) and "receiptId" in value


_BAD_REQUESTS = (
    ("validation failed", errors.ValidationFailedError),
    ("instance in starting process", errors.InstanceStartingError),
    ("starting or not authorized", errors.NotAuthorizedError),
    ("account is expired", errors.InstanceExpiredError),
    ("instance is deleted", errors.InstanceDeletedError),
    ("custom webhook url is set", errors.WebhookUrlSetError),
)
_TOO_LARGE = ("request entity too large", "exceeded max upload size")
_BY_STATUS: dict[int, type[errors.ResponseError]] = {
    401: errors.UnauthorizedError,
    403: errors.ForbiddenError,
    404: errors.NotFoundError,
    408: errors.ServerError,
    413: errors.PayloadTooLargeError,
    429: errors.RateLimitedError,
    _CLIENT_CLOSED_REQUEST: errors.ServerError,
}


def _failure(endpoint: Endpoint[Any], answer: Response, value: Any) -> errors.ResponseError:
    status, reason = answer.status, _reason(answer, value)
    if status == 466:
        return _quota(reason, endpoint.name, value)
    kind = _kind(status, reason.lower())
    return kind(reason, method=endpoint.name, status=status, retry_after=_retry_after(answer.headers))


def _kind(status: int, reason: str) -> type[errors.ResponseError]:
    if status == 400:
        return next((kind for words, kind in _BAD_REQUESTS if words in reason), errors.BadRequestError)
    if status == 500 and any(words in reason for words in _TOO_LARGE):
        return errors.PayloadTooLargeError
    return _BY_STATUS.get(status, errors.ServerError if status >= 500 else errors.ResponseError)


def _reason(answer: Response, value: Any) -> str:
    """Find the server's own words, whatever it wrapped them in."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        for name in ("message", "reason", "error", "description"):
            if isinstance(fields.get(name), str) and fields[name]:
                return str(fields[name])
        if items := error_items(value):
            return "; ".join(map(str, items))
    if isinstance(value, str) and value:
        return value
    plain = answer.content.decode("utf-8", "replace").strip()
    if value is None and plain and not plain.startswith("<"):
        return plain[:500]
    try:
        return HTTPStatus(answer.status).phrase
    except ValueError:
        return {466: "Quota exceeded", _CLIENT_CLOSED_REQUEST: "Client closed request"}.get(answer.status, "")


def error_items(value: Any) -> tuple[errors.BusinessErrorItem, ...]:
    """Read the ``errors`` of the WhatsApp Business API, as far as they can be read."""
    given: object = cast("dict[str, Any]", value).get("errors") if isinstance(value, dict) else None
    items: list[errors.BusinessErrorItem] = []
    for item in cast("list[object]", given) if isinstance(given, list) else []:
        with suppress(ValueError, TypeError, AttributeError):
            items.append(structure(errors.BusinessErrorItem, item))
    return tuple(item for item in items if str(item))


def _quota(reason: str, method: str, value: Any) -> errors.QuotaExceededError:
    parts: dict[str, errors.QuotaStatus | None] = {"invokeStatus": None, "correspondentsStatus": None}
    for name in parts:
        part = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
        if isinstance(part, dict):
            with suppress(ValueError, TypeError):
                parts[name] = structure(errors.QuotaStatus, part)
    told = next((part.description for part in parts.values() if part and part.description), None)
    return errors.QuotaExceededError(
        told or reason, method=method, invoke=parts["invokeStatus"], correspondents=parts["correspondentsStatus"]
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    given = headers.get("retry-after")
    if given is None:
        return None
    with suppress(ValueError):
        seconds = float(given)
        return max(0.0, seconds) if math.isfinite(seconds) else None
    try:
        then = parsedate_to_datetime(given)
        now = parsedate_to_datetime(headers["date"])
    except (ValueError, TypeError, KeyError):
        return None
    return max(0.0, (then - now).total_seconds())
