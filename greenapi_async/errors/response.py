"""The response to a request as it arrived, with the token masked, and what its body says about a failure."""

import re
from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar, overload

import attrs

__all__ = [
    "MAX_RESPONSE_BYTES",
    "BusinessErrorItem",
    "Headers",
    "QuotaStatus",
    "RateLimitHeaders",
    "RawResponse",
    "Response",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

MAX_RESPONSE_BYTES = 16 * 1024 * 1024
"""Default limit of a response's content, after decompression."""

_LIMIT = re.compile(r"\s*(\d{1,9})(?:.*?;\s*w=(\d{1,9}))?", re.DOTALL)


@attrs.frozen(eq=False)
class Headers(Mapping[str, str]):
    """Headers of a response; case does not matter in their names. Values of a repeated header are joined by commas."""

    _values: dict[str, str]
    """Values by names in lower case."""

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    @overload
    def get(self, name: str, default: None = None, /) -> str | None: ...
    @overload
    def get(self, name: str, default: str | T, /) -> str | T: ...
    def get(self, name: str, default: object = None, /) -> object:
        """Return a value, or ``default``; faster than the inherited method, which raises and catches an error."""
        return self._values.get(name.lower(), default)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@attrs.frozen(kw_only=True)
class RateLimitHeaders:
    """The ``X-RateLimit-*`` headers of a response, which no document describes.

    Attributes:
        limit: Requests the server allows in one window.
        window: Length of the window in seconds; None if the server does not state it.
        remaining: Requests left in the current window; None if the server does not state it.
        reset: ``X-RateLimit-Reset`` as it arrived; None if it is missing.
    """

    limit: int
    window: int | None = None
    remaining: int | None = None
    reset: str | None = None

    def differs_from(self, per_second: float | None) -> bool:
        """Return whether the server allows another rate than the documented one.

        Args:
            per_second: The documented rate; None if no document has one.
        """
        if per_second is None:
            return True
        if self.window is None:  # one request in ten seconds has the limit 1, as one in a second has
            return self.limit != max(1, int(per_second))
        return abs(self.limit / self.window - per_second) > 1e-6

    def __str__(self) -> str:
        return f"{self.limit:,} per window" if self.window is None else f"{self.limit:,} per {self.window:,} s"


@attrs.frozen
class Response:
    """A complete response, with the token masked.

    Attributes:
        status: HTTP status.
        headers: All headers.
        content: The body, decompressed.
    """

    status: int
    headers: Headers = attrs.field(repr=False)
    content: bytes = attrs.field(repr=False)

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.content.decode("utf-8", "replace")

    @property
    def rate_limit(self) -> RateLimitHeaders | None:
        """The ``X-RateLimit-*`` headers; None if the server did not send them, or not as numbers."""
        found = _LIMIT.match(self.headers.get("x-ratelimit-limit", ""))
        if found is None:
            return None
        remaining = self.headers.get("x-ratelimit-remaining", "").strip()
        return RateLimitHeaders(
            limit=int(found[1]),
            window=int(found[2]) or None if found[2] else None,
            remaining=int(remaining) if re.fullmatch(r"[0-9]{1,9}", remaining) else None,
            reset=self.headers.get("x-ratelimit-reset"),
        )


@attrs.frozen(kw_only=True)
class RawResponse(Response, Generic[T_co]):
    """The response to a call made through ``with_raw_response``, and the call's result.

    Attributes:
        parsed: What the method itself returns.
    """

    parsed: T_co = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class QuotaStatus:
    """State of one monthly quota, as reported with status 466.

    Attributes:
        method: API method the quota applies to.
        used: Calls or chats used this month.
        total: Calls or chats included per month.
        status: The server's code, for example ``QUOTE_EXCEEDED``.
        description: The server's explanation.

    Source: manual 1.3.11, "Формат ошибки 466".
    """

    method: str | None = None
    used: int | None = None
    total: int | None = None
    status: str | None = None
    description: str | None = None


@attrs.frozen(kw_only=True)
class BusinessErrorItem:
    """One entry of ``errors`` in a response of ``/v1/messages`` or ``/v1/media``.

    Attributes:
        code: Code from the WhatsApp Business API's list of errors.
    """

    code: int | None = None
    title: str | None = None
    details: str | None = None

    def __str__(self) -> str:
        text = ": ".join(part.strip().rstrip(".") for part in (self.title, self.details) if part)
        return text + f" (code {self.code})" if self.code is not None else text
