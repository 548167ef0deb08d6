"""Calling a method: the one place that waits for a turn, sends, reads the answer, and decides what a failure means.

A client, whichever API it is for, is an address, a token and a caller. Nothing else in the package loops, sleeps or
repeats around a request, but for the polling loop, which brings its own decision.
"""

import copy
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

import anyio

from greenapi_async.download import Sink
from greenapi_async.endpoint import Endpoint, Replay
from greenapi_async.errors import (
    DecodeError,
    DeliveryUnknownError,
    GreenAPIError,
    InvalidArgumentError,
    RateLimitedError,
    UnauthorizedError,
)
from greenapi_async.models.access import ApiToken
from greenapi_async.wire.http import Transport, Wire
from greenapi_async.wire.pace import MethodPace, Pace
from greenapi_async.wire.protocol import Address, Request, build, check, decipher
from greenapi_async.wire.retry import Decide, Failure, Retry, unclear
from greenapi_async.wire.secret import Secret, complaint
from greenapi_async.wire.websocket import WebSocket

__all__ = ["UNSET", "Caller", "Unset", "host_url"]

T = TypeVar("T")

logger = logging.getLogger("greenapi_async")

_NO_TURN: Final = nullcontext()


class Unset:
    """Tells "not given" from None, which switches the pace off."""


UNSET: Final = Unset()


class Caller:
    """Calls the methods of one address with one token."""

    def __init__(
        self,
        address: Address,
        token: Secret,
        *,
        transport: Transport | None,
        timeout: float,
        retry: Retry | None,
        pace: Pace | Unset | None,
        validate: bool,
    ) -> None:
        self.address = address
        self.token = token
        self.retry = retry or Retry()
        self._timeout = _positive(timeout)
        self._pace = MethodPace() if isinstance(pace, Unset) else pace
        self._validate = validate
        self.wire = Wire(address.api_url, token, transport)
        self._renewal = _Renewal()

    def with_options(self, *, timeout: float | None, retry: Retry | None, validate: bool | None) -> Self:
        """Give a caller that differs in these options and shares the rest."""
        other = copy.copy(self)
        other.retry = retry or self.retry
        if timeout is not None:
            other._timeout = _positive(timeout)
        if validate is not None:
            other._validate = validate
        return other

    def check(self, endpoint: Endpoint[Any], values: Mapping[str, Any]) -> None:
        """Refuse what the manual does not allow, unless that is switched off."""
        if self._validate:
            check(endpoint, values)

    async def call(self, endpoint: Endpoint[T], values: Mapping[str, Any], decide: Decide | None = None) -> T:
        """Send until there is an answer, or ``decide`` says that it is over."""
        self.check(endpoint, values)
        request = build(endpoint, values, self.address, validate=self._validate)
        return await self.persist(endpoint, lambda: self._attempt(endpoint, request), decide)

    async def persist(
        self, endpoint: Endpoint[Any], attempt: Callable[[], Awaitable[T]], decide: Decide | None = None
    ) -> T:
        """Attempt until it succeeds, or ``decide`` says that it is over."""
        decide = decide or self.retry.decide
        failures = unclear_ones = 0
        first = 0.0
        while True:
            try:
                async with self._turn(endpoint):
                    return await attempt()
            except GreenAPIError as error:
                error.method = error.method or endpoint.name
                now = anyio.current_time()
                first = first if failures else now
                failures += 1
                unclear_ones += unclear(error)
                jitter = random.random()  # noqa: S311  not for secrets
                failure = Failure(endpoint, error, failures, unclear_ones, now - first, jitter)
                if isinstance(error, RateLimitedError) and self._pace is not None:
                    self._pace.pause(endpoint.name, self.retry.delay(failure))
                delay = decide(failure)
                if delay is None:
                    if endpoint.replay is Replay.UNSENT and unclear(error):
                        words = f"no clear answer ({type(error).__name__}: {error.reason})"
                        raise DeliveryUnknownError(words, method=endpoint.name, status=error.status) from error
                    raise
                logger.debug("%s: attempt %d failed, again in %.2f s: %s", endpoint.name, failures, delay, error)
            await anyio.sleep(delay)

    async def fetch(self, endpoint: Endpoint[None], url: str, sink: Sink) -> None:
        """Read a file from any URL into a sink, from its beginning at each attempt."""

        async def attempt() -> None:
            async with sink:
                headers = self.address.headers()
                answer = await self.wire.fetch(url, sink.write, seconds=self._timeout, headers=headers)
            decipher(endpoint, answer)

        await self.persist(endpoint, attempt)

    async def connect(self, endpoint: Endpoint[Any]) -> WebSocket:
        """Open a websocket."""
        request = build(endpoint, {}, self.address)

        async def attempt() -> WebSocket:
            answer = await self.wire.upgrade(request, seconds=self._timeout)
            if isinstance(answer, WebSocket):
                return answer
            decipher(endpoint, answer)
            raise DecodeError("the server did not open a websocket", status=answer.status)

        return await self.persist(endpoint, attempt)

    async def renew(self, endpoint: Endpoint[ApiToken]) -> ApiToken:
        """Get a new token and go on with it; meanwhile no other request leaves, for the old one may be dead already."""
        async with self._renewal.under_way():
            renewed = await self.call(endpoint, {})
            wrong = complaint(renewed.api_token_instance, "the new token")
            if wrong is not None:
                raise DecodeError(wrong, method=endpoint.name)
            self.token.renew(renewed.api_token_instance)
            return renewed

    async def _attempt(self, endpoint: Endpoint[T], request: Request) -> T:
        if not endpoint.renews:
            await self._renewal.over()
        renewals = self._renewal.count
        try:
            return await self._once(endpoint, request)
        except UnauthorizedError:
            if endpoint.renews or renewals == self._renewal.count:
                raise
        await self._renewal.over()  # it left with the old token, and was not carried out
        return await self._once(endpoint, request)

    async def _once(self, endpoint: Endpoint[T], request: Request) -> T:
        answer = await self.wire.send(request, seconds=self._timeout + request.waits, poll=endpoint.loop)
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug(
                "%s: %d (bodies are people's letters, shown at DEBUG only) sent %s, got %s",
                endpoint.name,
                answer.status,
                "a secret" if endpoint.secret else self.token.mask(request.shown).decode("utf-8", "replace"),
                "a secret" if endpoint.secret else self.token.mask(answer.content).decode("utf-8", "replace"),
            )
        return decipher(endpoint, answer)

    def _turn(self, endpoint: Endpoint[Any]) -> AbstractAsyncContextManager[None]:
        if self._pace is None or endpoint.per_second is None:
            return _NO_TURN
        return self._pace.turn(endpoint.name, endpoint.per_second)


class _Renewal:
    """The changes of a token: how many began, and a gate that is shut during one."""

    def __init__(self) -> None:
        self.count = 0
        self._done: anyio.Event | None = None

    @asynccontextmanager
    async def under_way(self) -> AsyncGenerator[None]:
        self.count += 1
        self._done = done = anyio.Event()
        try:
            yield
        finally:
            self._done = None
            done.set()

    async def over(self) -> None:
        if self._done is not None:
            await self._done.wait()


def host_url(name: str, value: str) -> str:
    """Give the URL of a host without its last slash; raises ``InvalidArgumentError`` for what is not one."""
    with suppress(ValueError, AttributeError):  # brackets that do not close, a port that is no number, no string
        parts = urlsplit(value)
        plain = value.isascii() and value.isprintable() and not set(value) & set(" ?#@\\")
        if plain and parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return value.rstrip("/")
    shown = "a URL with a user or a password in it" if "@" in str(value) else repr(value)
    raise InvalidArgumentError(
        f"{name} is {shown}; http:// or https://, a host and, if need be, a port and a path are needed, "
        "as in https://api.green-api.com"
    )


def _positive(timeout: float) -> float:
    if timeout > 0:
        return timeout
    raise InvalidArgumentError(f"timeout is {timeout!r}; more than 0 seconds are needed")
