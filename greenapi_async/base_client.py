"""Base of the clients: address, token, connections, rate limiter and the only retry loop.

A call takes four steps: ``_request`` validates the arguments and builds the request, ``_perform`` acquires a slot of
the rate limiter, ``Transport.send`` sends the request, and the protocol decodes the answer or raises the error it
stands for. If it fails, the retry policy decides: wait with exponential backoff and jitter, or raise. A failure that
leaves open whether a send took effect is raised as ``DeliveryUnknownError``. The polling loop uses the same path with
its own policy.
"""

import copy
import logging
import time
from bisect import bisect_left
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, Final, Literal, ParamSpec, Self, TypedDict, TypeVar
from urllib.parse import urlsplit

from greenapi_async import http, models, serialization
from greenapi_async import inbox as inboxes
from greenapi_async._internal.log_fields import log_fields
from greenapi_async._internal.metrics import SECONDS
from greenapi_async.errors import (
    ConnectionFailedError,
    DecodeError,
    GreenAPIError,
    InvalidArgumentError,
    RateLimitedError,
    UnauthorizedError,
)
from greenapi_async.errors.response import MAX_RESPONSE_BYTES, RawResponse, Response
from greenapi_async.http.endpoint import Endpoint
from greenapi_async.models.messengers import Messenger

if TYPE_CHECKING:
    import anyio

__all__ = ["UNSET", "BaseClient", "ClientOptions", "Unset", "host_url"]

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger("greenapi_async")

_NO_SLOT: Final = nullcontext()
_NO_SPAN: Final = nullcontext()


async def _ignore(_chunk: bytes, _total: int | None) -> None: ...


class Unset:
    """Type of ``UNSET``: distinguishes an omitted argument from None."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset()


class ClientOptions(TypedDict, total=False):
    """Keyword options of ``Client``, which documents them."""

    transport: "http.wire.TransportOption"
    timeout: float
    retry: "http.retry.Retry | None"
    rate_limiter: "http.rate_limiter.RateLimiter | Unset | None"
    validate: bool
    messenger: Messenger | Literal["whatsapp", "max", "telegram"] | None
    outbox: "inboxes.outbox.Outbox | None"
    proxy: str | None
    max_response_bytes: int


class BaseClient:
    """Base class of the clients; close a client with ``async with`` or ``aclose()``."""

    _owns_transport = True
    _received: list[Response] | None = None
    """Collects the responses of one call; see ``with_raw_response``."""

    def __init__(
        self,
        address: "http.protocol.Address",
        token: "http.token.Secret",
        *,
        transport: "http.wire.TransportOption",
        timeout: float,
        retry: "http.retry.Retry | None",
        rate_limiter: "http.rate_limiter.RateLimiter | Unset | None",
        validate: bool,
        proxy: str | None = None,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
    ) -> None:
        from greenapi_async._internal.concurrency import current_time  # noqa: PLC0415  keeps the import of the client cheap

        self._api = address
        self._token = token
        self._retry = retry or http.retry.Retry()
        self._timeout = _checked_timeout(timeout)
        self._rate_limiter = http.rate_limiter.MethodRateLimiter() if isinstance(rate_limiter, Unset) else rate_limiter
        self._validate = validate
        self._transport = http.transport.Transport(token, transport, proxy=proxy, max_response_bytes=max_response_bytes)
        self._renewal = _TokenRenewal()
        self._server_clock = http.server_clock.ServerClock()
        self._activity = http.activity.Activity()
        self._compared_rates: set[str] = set()
        self._current_time = current_time

    def with_options(
        self, *, timeout: float | None = None, retry: "http.retry.Retry | None" = None, validate: bool | None = None
    ) -> Self:
        """Return a client with other options that shares connections, token and rate limiter with this one.

        Args:
            timeout: Seconds one attempt may take; None keeps the current value.
            retry: How failures are retried; None keeps the current value.
            validate: Whether documented limits are checked before sending; None keeps the current value.

        Raises:
            InvalidArgumentError: ``timeout`` is not a positive number.
        """
        other = copy.copy(self)
        other._owns_transport = False
        other._retry = retry or self._retry
        if timeout is not None:
            other._timeout = _checked_timeout(timeout)
        if validate is not None:
            other._validate = validate
        return other

    async def aclose(self) -> None:
        """Close the connections; on a client from ``with_options`` this does nothing."""
        if self._owns_transport:
            await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        address: http.protocol.Address | None = getattr(self, "_api", None)  # None if __init__ raised
        return f"<{type(self).__name__} {address or '(not initialised)'}>"

    async def _request(self, endpoint: Endpoint[T], values: Mapping[str, Any]) -> T:
        """Call a method of the API."""
        return await self._perform(endpoint, self._prepare(endpoint, values))

    async def _call_raw(
        self, method: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> RawResponse[T]:
        """Call a method on a copy of the client that collects its responses; return the last one and the result."""
        if kwargs.get("once") is not None:
            raise InvalidArgumentError("once= is used with with_raw_response, but there may be no response; omit once=")
        client = copy.copy(self)
        client._owns_transport = False
        client._received = received = list[Response]()
        try:
            own: Callable[P, Coroutine[Any, Any, T]] = getattr(client, method.__name__)  # a subclass may override it
            parsed = await own(*args, **kwargs)
        finally:
            client._received = None  # the result may be bound to the copy, which collects nothing more
        last = received[-1]
        return RawResponse(status=last.status, headers=last.headers, content=last.content, parsed=parsed)

    def _prepare(self, endpoint: Endpoint[Any], values: Mapping[str, Any]) -> "http.protocol.Request":
        """Validate the arguments and build the request."""
        if self._validate:
            http.protocol.check_arguments(endpoint, values)
        return http.protocol.build_request(endpoint, values, self._api, validate=self._validate)

    async def _perform(
        self,
        endpoint: Endpoint[T],
        request: "http.protocol.Request",
        policy: "http.retry.RetryPolicy | None" = None,
        exchange: Callable[[], Awaitable[T]] | None = None,
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> T:
        """Send a request until it is answered or the retry policy gives up.

        Args:
            endpoint: The API method.
            request: Its request.
            policy: Decides about retries; None uses ``self._retry``.
            exchange: One attempt, if it is anything other than sending the request and decoding the answer.
            before: Called before each attempt, when nothing is left to wait for; prevents it by raising.
        """
        decide = policy or self._retry.decide
        limiter = self._rate_limiter if endpoint.per_second is not None else None
        activity = self._activity
        failures = ambiguous = generation = 0
        first_failure = 0.0
        while True:
            response: Response | None = None
            try:
                async with limiter.slot(endpoint.name, endpoint.per_second or 0) if limiter else _NO_SLOT:
                    if self._renewal.done is not None and not endpoint.renews_token:
                        await self._renewal.done.wait()
                    generation = self._renewal.count
                    if before is not None:
                        await before()
                    if exchange is not None:
                        return await exchange()
                    timeout = self._timeout + request.extra_time
                    sent = self._current_time()
                    with (
                        activity.telemetry.calling(
                            http.activity.Attempt(
                                endpoint.name, request.verb, request.url, failures + 1, endpoint.is_poll
                            )
                        )
                        if activity.telemetry is not None
                        else _NO_SPAN as span
                    ):
                        response = await self._transport.send(request, timeout=timeout, poll=endpoint.is_poll)
                        if span is not None:
                            span.answered(response.status)
                received, activity.contact = self._current_time(), time.time()
                activity.attempts[endpoint.name, response.status] += 1  # no function of ours: this is the hot path
                duration = activity.durations[endpoint.name]
                duration.counts[bisect_left(SECONDS, received - sent)] += 1
                duration.total += received - sent
                self._server_clock.observe(response.headers.get("date"), sent=sent, received=received)
                self._observe(endpoint, request, response)
                return http.protocol.decode_response(endpoint, response)
            except GreenAPIError as error:
                outdated_token = generation != self._renewal.count and not endpoint.renews_token
                if isinstance(error, UnauthorizedError) and outdated_token:
                    continue  # the request was sent with the old token and was not executed
                if response is None:
                    activity.attempts[endpoint.name, type(error).__name__] += 1
                error.method = error.method or endpoint.name
                error.response = error.response or response
                now = self._current_time()
                first_failure = first_failure if failures else now
                failures += 1
                ambiguous += http.retry.is_ambiguous(error)
                failure = http.retry.Failure(
                    endpoint=endpoint,
                    error=error,
                    number=failures,
                    ambiguous=ambiguous,
                    since_first=now - first_failure,
                )
                if http.retry.is_already_done(failure):
                    return endpoint.decode(endpoint.already_done_answer)
                delay = self._delay(failure, decide)
            import anyio  # noqa: PLC0415  keeps the import of the client cheap

            await anyio.sleep(delay)

    def _delay(self, failure: "http.retry.Failure", decide: "http.retry.RetryPolicy") -> float:
        """Return the seconds before the next attempt, or raise the error."""
        endpoint, error = failure.endpoint, failure.error
        if endpoint.idempotent and isinstance(error, ConnectionFailedError):
            error.advice = error.advice.removeprefix("Nothing was sent. ")  # only of interest for a send
        if isinstance(error, RateLimitedError) and self._rate_limiter is not None:
            self._rate_limiter.pause(endpoint.name, self._retry.delay(error, failure.number, failure.jitter))
        delay = decide(failure)
        if delay is not None:
            self._activity.retries[endpoint.name] += 1
            self._activity.failure = str(error)
            attempt = endpoint.name, failure.number, delay, error
            logger.debug("%s: attempt %d failed, retrying in %.2f s: %s", *attempt, extra=self._fields(endpoint))
            return delay
        unknown = http.retry.unknown_outcome(failure)
        if unknown is None:
            raise error
        unknown.response = error.response
        self._activity.unknown[endpoint.name] += 1
        raise unknown from error

    async def _download(self, endpoint: Endpoint[None], url: str, sink: "http.sink.Sink") -> None:
        """Download a URL into a sink; each attempt starts from the beginning."""

        async def exchange() -> None:
            async with sink:
                try:
                    response = await self._transport.fetch(
                        url, sink.write, timeout=self._timeout, headers=self._api.headers()
                    )
                except GreenAPIError as error:
                    raise sink.own_error() or error from None
            sink.content_type = response.headers.get("content-type", "")
            http.protocol.decode_response(endpoint, response)

        await self._perform(endpoint, http.protocol.Request("GET", url), exchange=exchange)

    async def _expiry(self, url: str) -> datetime | None:
        """Return until when the server's storage keeps a file; None, with a warning, if it cannot be found out."""
        try:
            response = await self._transport.fetch(url, _ignore, timeout=min(self._timeout, 10), verb="HEAD")
        except GreenAPIError as error:
            logger.warning("The expiry of an uploaded file is unknown: %s", error)
            return None
        expires_at = (
            serialization.storage.storage_expiration(response.headers.get("x-amz-expiration"))
            if response.status < 300
            else None
        )
        if expires_at is None:
            logger.warning("The expiry of an uploaded file is unknown: HTTP %d without a date", response.status)
        return expires_at

    async def _open_websocket(
        self, endpoint: Endpoint[Any], owner: object = None, policy: "http.retry.RetryPolicy | None" = None
    ) -> "http.websocket.WebSocket":
        """Open a websocket; an owner has one at a time, by default all uses of an endpoint together."""
        request = http.protocol.build_request(endpoint, {}, self._api)

        async def exchange() -> "http.websocket.WebSocket":
            answer = await self._transport.upgrade(request, timeout=self._timeout, owner=owner or endpoint)
            if isinstance(answer, Response):
                http.protocol.decode_response(endpoint, answer)
                raise DecodeError("the server did not open a websocket", status=answer.status)
            return answer

        return await self._perform(endpoint, request, policy, exchange=exchange)

    async def _renew_token(self, endpoint: "Endpoint[models.account.ApiToken]") -> "models.account.ApiToken":
        """Replace the token; other requests wait meanwhile, because the old token may already be invalid."""
        async with self._renewal.running():
            renewed = await self._request(endpoint, {})
            problem = http.token.token_error(renewed.api_token_instance, "the new token")
            if problem is not None:
                raise DecodeError(problem, method=endpoint.name)
            self._token.renew(renewed.api_token_instance)
            return renewed

    def _fields(self, endpoint: Endpoint[Any]) -> dict[str, object]:
        """Return the fields of log records about a method."""
        return log_fields(instance=getattr(self._api, "id_instance", None), method=endpoint.name)

    def _compare_rate(self, endpoint: Endpoint[Any], response: Response) -> None:
        """Log once per method if the server allows another rate than the documented one, which the limiter keeps."""
        allowed = response.rate_limit
        if allowed is None:
            return
        self._compared_rates.add(endpoint.name)
        if allowed.differs_from(endpoint.per_second):
            documented = "has no rate" if endpoint.per_second is None else f"has {endpoint.per_second:g} per second"
            logger.warning(
                "%s: the server allows %s (X-RateLimit-Limit), but the client's table %s. If requests are answered "
                "with 429, pass your own rate_limiter=; please report the difference.",
                endpoint.name,
                allowed,
                documented,
                extra=self._fields(endpoint),
            )

    def _observe(self, endpoint: Endpoint[Any], request: "http.protocol.Request", response: Response) -> None:
        """Pass a response to its observers besides the decoder."""
        if self._received is not None:
            self._received.append(response)
        if "x-ratelimit-limit" in response.headers and endpoint.name not in self._compared_rates:
            self._compare_rate(endpoint, response)
        if not logger.isEnabledFor(logging.DEBUG):
            return
        logger.debug(
            "%s: %d (bodies are private and logged at DEBUG only) sent %s, received %s",
            endpoint.name,
            response.status,
            "<secret>" if endpoint.secret else self._token.mask(request.printable).decode("utf-8", "replace"),
            "<secret>" if endpoint.secret else self._token.mask(response.content).decode("utf-8", "replace"),
            extra=self._fields(endpoint),
        )


class _TokenRenewal:
    """Count of the replacements of the token, and what to wait for while it is being replaced."""

    def __init__(self) -> None:
        self.count = 0
        self.done: anyio.Event | None = None

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        import anyio  # noqa: PLC0415  as above

        self.count += 1
        self.done = done = anyio.Event()
        try:
            yield
        finally:
            self.done = None
            done.set()


def host_url(name: str, value: str) -> str:
    """Return the URL of a host without its trailing slash.

    Args:
        name: Name of the argument, for the error message.
        value: The URL: http or https, a host, optionally a port and a path.

    Raises:
        InvalidArgumentError: It is not such a URL.
    """
    with suppress(ValueError, AttributeError):  # unbalanced brackets, invalid port, not a string
        parts = urlsplit(value)
        plain = value.isascii() and value.isprintable() and not set(value) & set(" ?#@\\")
        if plain and parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return value.rstrip("/")
    shown = "a URL with credentials" if "@" in str(value) else repr(value)
    raise InvalidArgumentError(
        f"{name} is {shown}; expected http:// or https:// with a host and an optional port and path, "
        "for example https://api.green-api.com"
    )


def _checked_timeout(timeout: float) -> float:
    if timeout > 0:
        return timeout
    raise InvalidArgumentError(f"timeout is {timeout!r}; expected a positive number of seconds")
