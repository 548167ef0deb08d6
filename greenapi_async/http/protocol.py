"""The protocol without I/O: from arguments to a request, from a response to a value or an error.

Every function is pure. URLs and headers hold ``TOKEN_PLACEHOLDER`` where the token belongs; the transport inserts the
token below everything that logs or raises. Source: manual 1.2.3 (requests), 1.3.11 (errors).
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
from greenapi_async.errors.response import Response
from greenapi_async.http.endpoint import Content, Endpoint, ErrorPattern, Host
from greenapi_async.http.messengers import ClientMessenger
from greenapi_async.http.uploads import Payload, as_form
from greenapi_async.http.validation import argument_name
from greenapi_async.serialization.converter import structure

__all__ = [
    "TOKEN_PLACEHOLDER",
    "Address",
    "InstanceAddress",
    "Request",
    "build_request",
    "check_arguments",
    "decode_response",
    "error_items",
    "instance_id",
]

T = TypeVar("T")

TOKEN_PLACEHOLDER = "apiTokenInstance"  # noqa: S105  a placeholder
MAX_JSON_BYTES = 100 * 1024
MIN_UPLOAD_RATE = 64_000
"""Bytes per second; a slower upload times out."""
_MAX_DIGITS = 4000
"""Digits; Python's limit for ``int()`` is 4,300."""
_MEDIA_TYPES = {"application/json", "text/html", "text/plain", "text/xml", "application/xml"}
_WITH_BODY = {"POST", "PUT", "PATCH"}
_JSON = (("content-type", "application/json; charset=utf-8"),)
_CLIENT_CLOSED_REQUEST = 499
_MAX_REASON = 500
"""Characters; the whole body is in ``error.response``."""


class Address(Protocol):
    """Base URL of an API, and the place of its token."""

    @property
    def api_url(self) -> str:
        """URL of the host for most requests."""
        ...

    def url(self, endpoint: Endpoint[Any]) -> str:
        """Return a method's URL without path parameters; the token placeholder is in it if tokens belong in URLs."""
        ...

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return the headers of every request, with the token placeholder if the token is sent in a header."""
        ...


MAX_SHOWN_ID = 24
"""Length from which an id is not quoted: somebody may have exchanged id and token."""


def instance_id(value: int | str) -> int:
    """Return the id of an instance as a number.

    Raises:
        InvalidArgumentError: It does not consist of 1 to 19 digits.
    """
    if not isinstance(value, bool) and re.fullmatch(r"[0-9]{1,19}", str(value)):
        return int(value)
    shown = repr(value) if len(str(value)) <= MAX_SHOWN_ID else "a long text, perhaps the token"
    raise errors.InvalidArgumentError(f"id_instance is {shown}; expected digits, for example 1101000001")


@attrs.frozen
class InstanceAddress:
    """Address of an instance. Source: manual 1.2.3."""

    id_instance: int
    api_url: str
    media_url: str
    messenger: ClientMessenger = attrs.field(
        default=attrs.Factory(lambda self: ClientMessenger(self.id_instance), takes_self=True), repr=False
    )

    def url(self, endpoint: Endpoint[Any]) -> str:
        """Return ``{host}/waInstance{id}/{method}/{token}``, with ``/v3`` in front of ``waInstance`` on MAX."""
        host = self.media_url if endpoint.host is Host.MEDIA else self.api_url
        path = self.messenger.facts.path
        prefix = "" if host.endswith(path) else path
        return f"{host}{prefix}/waInstance{self.id_instance}/{endpoint.name}/{TOKEN_PLACEHOLDER}"

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return no headers."""
        return ()

    def __str__(self) -> str:
        return f"{self.id_instance} at {self.api_url}"


@attrs.frozen
class Request:
    """A request without the token."""

    verb: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes | Payload | None = attrs.field(default=None, repr=False)
    extra_time: float = 0
    """Seconds added to the timeout: the server holds the request, or a file is uploaded."""

    @property
    def origin(self) -> str:
        """Scheme, host and port of the URL."""
        end = self.url.find("/", self.url.find("://") + 3)
        return self.url[:end] if end >= 0 else self.url

    @property
    def printable(self) -> bytes:
        """The body for the log, without file contents."""
        return self.content if isinstance(self.content, bytes) else b"<file>" if self.content else b""


def check_arguments(endpoint: Endpoint[Any], values: Mapping[str, Any]) -> None:
    """Check arguments against the documented limits.

    Args:
        endpoint: The API method.
        values: Its parameters by their names on the wire; None means omitted.

    Raises:
        InvalidArgumentError: A required argument is missing, or a limit is violated.
    """
    for name in endpoint.required:
        if values.get(name) is None:
            raise errors.InvalidArgumentError(f"{argument_name(name)} is missing; it is required", method=endpoint.name)
    if endpoint.requires_any and all(value is None for value in values.values()):
        raise errors.InvalidArgumentError(
            "no argument was given; at least one argument is required", method=endpoint.name
        )
    if endpoint.requires_one_of and all(values.get(name) is None for name in endpoint.requires_one_of):
        names = ", ".join(map(argument_name, endpoint.requires_one_of))
        raise errors.InvalidArgumentError(f"none of {names} was given; at least one is required", method=endpoint.name)
    for name, limit in endpoint.limits.items():
        value = values.get(name)
        complaint = None if value is None else limit(value)
        if complaint:
            raise errors.InvalidArgumentError(f"{argument_name(name)} {complaint}", method=endpoint.name)


def build_request(
    endpoint: Endpoint[Any], values: Mapping[str, Any], address: Address, *, validate: bool = True
) -> Request:
    """Build a request.

    Args:
        endpoint: The API method.
        values: Its parameters by their names on the wire; None is omitted.
        address: Where to send it.
        validate: Whether to check the size of the body.

    Raises:
        InvalidArgumentError: A value cannot be encoded as JSON, or the body is too large.
    """
    url = address.url(endpoint)
    remaining = {name: value for name, value in values.items() if value is not None}
    for name in endpoint.path:
        value = remaining.pop(name)
        url += f"/{value}" if value.__class__ is int else "/" + quote(str(value), safe="")
    query = {name: _format(remaining.pop(name)) for name in endpoint.query if name in remaining}
    if query:
        url += "?" + urlencode(query)
    headers = address.headers()
    if endpoint.headers:
        headers += tuple((name.lower(), remaining.pop(name)) for name in endpoint.headers if name in remaining)
    extra_time = endpoint.extra_time + (float(query.get(endpoint.hold_parameter, 0)) if endpoint.hold_parameter else 0)
    if endpoint.verb not in _WITH_BODY:
        return Request(endpoint.verb, url, headers, extra_time=extra_time)
    if endpoint.content is Content.JSON:
        content: bytes | Payload = _json(endpoint, remaining, validate=validate)
        return Request(endpoint.verb, url, headers + _JSON, content, extra_time)
    payload: Payload = remaining.pop("file")
    if endpoint.content is Content.FORM:
        payload = as_form({name: _format(value) for name, value in remaining.items()}, payload)
        headers += (("content-type", payload.content_type),)
    headers += (("content-length", str(payload.size)),)
    return Request(endpoint.verb, url, headers, payload, extra_time + payload.size / MIN_UPLOAD_RATE)


def decode_response(endpoint: Endpoint[T], response: Response) -> T:
    """Return the result of a response, or raise the error it stands for.

    Args:
        endpoint: The API method.
        response: The response.

    Raises:
        ResponseError: An error status; the subclass depends on status and reason.
        RefusedError: A 200 that the manual lists as an error.
        DecodeError: The body is not JSON, or does not have the documented shape.
    """
    value, outcome = _parse(endpoint, response.content)
    if outcome is _Parsed.TOO_DEEP and endpoint.fallback_parse is not None:
        value, outcome = endpoint.fallback_parse(response.content), _Parsed.YES
    succeeded = HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES
    if not succeeded and not (response.status in endpoint.answer_statuses and _holds_answer(value)):
        own = endpoint.error_from(response.status, value) if endpoint.error_from else None
        raise _with_advice(endpoint, own or _response_error(endpoint, response, value))
    if outcome is _Parsed.NO and endpoint.refusal is not None:
        text = response.content.decode("utf-8", "replace").strip()
        if not text.startswith(("<", "{", "[", '"')):  # some refusals are plain text
            value, outcome = text[:500], _Parsed.YES
    if outcome is not _Parsed.YES:
        kind = response.headers.get("content-type", "").partition(";")[0]
        kind = kind if kind in _MEDIA_TYPES else "unknown content type"
        message = f"the answer is not JSON ({len(response.content):,} bytes, {kind})"
        raise errors.DecodeError(message, method=endpoint.name, status=response.status)
    refusal = endpoint.refusal(value) if endpoint.refusal else None
    if isinstance(refusal, str):
        refusal = errors.RefusedError(refusal)
    if refusal is not None:
        refusal.method, refusal.status = endpoint.name, response.status
        raise _with_advice(endpoint, refusal)
    try:
        return endpoint.decode(value)
    except (ValueError, TypeError, KeyError, OverflowError, OSError) as error:
        message = f"the answer does not have the documented shape: {type(error).__name__}: {error}"
    raise errors.DecodeError(message, method=endpoint.name, status=response.status)


class _Parsed(enum.Enum):
    YES = enum.auto()
    NO = enum.auto()
    """Not JSON, or truncated."""
    TOO_DEEP = enum.auto()
    """Complete, but nested too deeply."""


def _parse(endpoint: Endpoint[Any], content: bytes) -> tuple[Any, _Parsed]:
    """Parse JSON; tolerates invalid UTF-8 and numbers with thousands of digits."""
    if not content:
        return None, _Parsed.YES
    try:
        encoding = "utf-8" if content.startswith(b'{"') else json.detect_encoding(content)
        text = content.decode(encoding, "surrogatepass")
        return endpoint.parse(text), _Parsed.YES
    except RecursionError:
        return None, _Parsed.TOO_DEEP
    except ValueError:
        pass
    try:
        return json.loads(content.decode("utf-8", "replace"), parse_int=_number), _Parsed.YES
    except RecursionError:
        return None, _Parsed.TOO_DEEP
    except ValueError:
        return None, _Parsed.NO


def _number(digits: str) -> int | str:
    return int(digits) if len(digits) < _MAX_DIGITS else digits


def _json(endpoint: Endpoint[Any], values: Mapping[str, Any], *, validate: bool) -> bytes:
    try:
        text = json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (ValueError, TypeError) as error:
        message = f"the arguments cannot be encoded as JSON: {error}; use text, finite numbers and bools"
        raise errors.InvalidArgumentError(message, method=endpoint.name) from None
    try:
        content = text.encode()
    except UnicodeEncodeError:  # a lone surrogate: JSON can escape it, UTF-8 cannot encode it
        content = json.dumps(values, separators=(",", ":")).encode()
    if validate and len(content) > MAX_JSON_BYTES:
        message = f"the request has {len(content):,} bytes of JSON; {MAX_JSON_BYTES:,} are allowed"
        raise errors.InvalidArgumentError(message, method=endpoint.name)
    return content


def _format(value: Any) -> str:
    """Format a value for a query or a form."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


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
    469: errors.MessengerLimitError,
    _CLIENT_CLOSED_REQUEST: errors.ServerError,
}


_ADVICE = {
    ErrorPattern(
        _CLIENT_CLOSED_REQUEST
    ): "The request took too long. Allow more time with timeout=, and try again later.",
    ErrorPattern(403, "account is suspended"): (
        "The messenger limits what this account may send, until suspended_until of get_account_settings(): wait, or "
        "write to saved contacts only."
    ),
    ErrorPattern(423): (
        "WhatsApp seems to have restricted the account for such requests: wait before trying again, and see "
        "get_wa_settings() and get_state_instance()."
    ),
    ErrorPattern(500, "interface conversion"): "A parameter has the wrong type or format: check chat_id first.",
}
"""Advice for errors of all methods, where the advice of the error class does not fit."""


def _with_advice(endpoint: Endpoint[Any], error: errors.GreenAPIError) -> errors.GreenAPIError:
    """Set the advice that fits the method and the server's words."""
    rules = (*endpoint.advice.items(), *_ADVICE.items())
    error.advice = next((advice for pattern, advice in rules if pattern.matches(error)), error.advice)
    return error


def _response_error(endpoint: Endpoint[Any], response: Response, value: Any) -> errors.ResponseError:
    status, reason = response.status, _reason(response, value)
    if status == 466:
        return _quota(reason, endpoint.name, value)
    kind = _kind(status, reason.lower())
    return kind(reason, method=endpoint.name, status=status, retry_after=_retry_after(response.headers))


def _kind(status: int, reason: str) -> type[errors.ResponseError]:
    if status == 400:
        return next((kind for words, kind in _BAD_REQUESTS if words in reason), errors.BadRequestError)
    if status == 500 and any(words in reason for words in _TOO_LARGE):
        return errors.PayloadTooLargeError
    return _BY_STATUS.get(status, errors.ServerError if status >= 500 else errors.ResponseError)


def _reason(response: Response, value: Any) -> str:
    """Extract the server's own words."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        for name in ("message", "reason", "error", "description"):
            words: object = fields.get(name)
            if isinstance(words, list):
                words = "; ".join(map(str, cast("list[object]", words)))
            if isinstance(words, str) and words:
                return words
        if items := error_items(value):
            return "; ".join(map(str, items))
    if isinstance(value, str) and value:
        return value[:_MAX_REASON]
    plain = " ".join(response.text.lstrip("\ufeff").split())
    if value is None and plain and not plain.startswith("<"):
        return plain[:_MAX_REASON]
    return _phrase(response.status)


def _phrase(status: int) -> str:
    """Return words for a status whose body has none: it is empty, or a page in HTML."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        own = {
            466: "Quota exceeded",
            469: "Messenger's limit reached",
            _CLIENT_CLOSED_REQUEST: "Client closed request",
        }
        return own.get(status, "The server gave no reason")


def error_items(value: Any) -> tuple[errors.BusinessErrorItem, ...]:
    """Parse the ``errors`` of the WhatsApp Business API; unreadable items are skipped."""
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
    data = cast("dict[str, Any]", value).get("quotaData") if isinstance(value, dict) else None
    if isinstance(data, dict):  # the notification about it
        with suppress(ValueError, TypeError):
            quota = structure(errors.QuotaStatus, data)
            about_chats = (quota.status or "").upper().startswith("CORRESPONDENTS")
            parts["correspondentsStatus" if about_chats else "invokeStatus"] = quota
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
