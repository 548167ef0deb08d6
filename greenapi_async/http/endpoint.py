"""Endpoint: one API method as data.

The clients, the rate limiter and the tests read these constants; nothing else in the package knows a method by name.
Source: manual 1.2.3 (form of a request), 1.3.12 (rates), 1.2.2 (quotas).
"""

import enum
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, TypeVar

import attrs

from greenapi_async.errors import GreenAPIError
from greenapi_async.http.validation import Validator

__all__ = ["Content", "Endpoint", "ErrorPattern", "Host"]

T_co = TypeVar("T_co", covariant=True)


class Host(enum.Enum):
    """Host of an instance that serves a method."""

    API = "api"
    MEDIA = "media"


class Content(enum.Enum):
    """Encoding of a POST body."""

    JSON = "json"
    FORM = "form"
    """multipart/form-data; the value ``file`` is a file."""
    FILE = "file"
    """The value ``file`` is the whole body."""


@attrs.frozen
class ErrorPattern:
    """Documented error of a method, recognised by its HTTP status and the server's words."""

    status: int
    words: str = ""
    """Part of the reason, in lower case; empty matches any reason."""

    def matches(self, error: GreenAPIError) -> bool:
        """Return whether an error is the documented one."""
        return error.status == self.status and self.words in error.reason.lower()


@attrs.frozen(eq=False)
class Endpoint(Generic[T_co]):
    """One API method: its request, rate limit, retry behaviour and answer."""

    verb: str
    name: str
    """Name as spelled in the table of 1.3.12."""
    decode: Callable[[Any], T_co]
    """Creates the result from the parsed JSON."""
    idempotent: bool = attrs.field(kw_only=True)
    """Whether repeating the request is harmless: reads, deletions by id, setting a value. Never derived from the
    verb."""
    already_done: tuple[ErrorPattern, ...] = attrs.field(default=(), kw_only=True)
    """Errors of a repeated request whose earlier attempt took effect: "not found" after a deletion. The call then
    succeeds."""
    already_done_answer: Any = attrs.field(default=None, kw_only=True)
    """JSON to decode as the result of such a call."""
    already_done_at_first: bool = attrs.field(default=False, kw_only=True)
    """Whether the first attempt succeeds with such an error, too."""
    without_effect: tuple[ErrorPattern, ...] = attrs.field(default=(), kw_only=True)
    """Errors that mean that the request was not executed, although their status leaves it open."""
    advice: Mapping[ErrorPattern, str] = attrs.field(factory=dict[ErrorPattern, str], kw_only=True)
    """Advice for the method's own errors, where the advice of the error class does not fit; the first match counts."""
    outcome_check: str = attrs.field(default="", kw_only=True)
    """How to find out whether a request took effect, for ``DeliveryUnknownError``; empty for messages, which are in the
    outgoing queue or in the journal."""
    per_second: float | None = attrs.field(default=None, kw_only=True)
    """Requests per second and instance (1.3.12); None if the manual sets no limit."""
    developer_quota: int | None = attrs.field(default=None, kw_only=True)
    """Requests per month on the Developer tariff (1.2.2); None is unlimited."""
    business_quota: int | None = attrs.field(default=None, kw_only=True)
    """Requests per month on the Business tariff (1.2.2); None is unlimited."""
    host: Host = attrs.field(default=Host.API, kw_only=True)
    path: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    """Parameters at the end of the URL's path, in order."""
    query: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    """Parameters in the URL's query."""
    headers: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    """Parameters sent as headers; all remaining parameters form the body."""
    content: Content = attrs.field(default=Content.JSON, kw_only=True)
    hold_parameter: str | None = attrs.field(default=None, kw_only=True)
    """Parameter with the seconds for which the server may hold the request (long poll)."""
    extra_time: float = attrs.field(default=0, kw_only=True)
    """Seconds added to the timeout if the server is slow by design."""
    required: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    limits: Mapping[str, Validator] = attrs.field(factory=dict[str, Validator], kw_only=True)
    """Checks before sending, by parameter."""
    requires_any: bool = attrs.field(default=False, kw_only=True)
    """Whether a request without any parameter is an error."""
    requires_one_of: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    """Parameters of which at least one must be given; empty if there is no such rule."""
    answer_statuses: frozenset[int] = attrs.field(default=frozenset(), kw_only=True)
    """Error statuses whose body may still hold an answer (quirk 17)."""
    parse: Callable[[str], Any] = attrs.field(default=json.loads, kw_only=True)
    """Parses the text of an answer."""
    fallback_parse: Callable[[bytes], Any] | None = attrs.field(default=None, kw_only=True)
    """Parses an answer that is too deeply nested for ``json``."""
    is_poll: bool = attrs.field(default=False, kw_only=True)
    """Whether it belongs to the polling loop, which has its own connections."""
    any_messenger: bool = attrs.field(default=False, kw_only=True)
    """Whether it is sent whatever the messenger; otherwise the table in ``http/messengers.py`` decides."""
    secret: bool = attrs.field(default=False, kw_only=True)
    """Whether request or answer contain a token or a code, which must never be logged."""
    renews_token: bool = attrs.field(default=False, kw_only=True)
    error_from: Callable[[int, Any], GreenAPIError | None] | None = attrs.field(default=None, kw_only=True)
    """Creates the error from status and JSON if the API has its own error format; None uses the common format."""
    refusal: Callable[[Any], str | GreenAPIError | None] | None = attrs.field(default=None, kw_only=True)
    """Returns the reason, or the error itself, if the manual lists this 200 answer as an error (quirk 15)."""
    reported_ids: Callable[[Mapping[str, Any], Any], Iterable[tuple[str, ...]]] | None = attrs.field(
        default=None, kw_only=True
    )
    """Yields the ids that belong to one person according to the answer; None if it reports none."""
