"""The client: its life cycle, the sections put together, and the one loop that sends, waits and repeats."""

import copy
import functools
import logging
import os
import random
import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

import anyio

from greenapi_async.api.account import Account
from greenapi_async.api.queues import Queues
from greenapi_async.api.receiving import DELETE_NOTIFICATION, RECEIVE_NOTIFICATION, Receiving
from greenapi_async.api.sending import Sending
from greenapi_async.endpoint import Endpoint, Replay
from greenapi_async.errors import (
    DeliveryUnknownError,
    GreenAPIError,
    InvalidArgumentError,
    RateLimitedError,
)
from greenapi_async.notifications import Notifications
from greenapi_async.wire.http import Transport, Wire
from greenapi_async.wire.pace import MethodPace, Pace
from greenapi_async.wire.protocol import Address, Request, build, check, decipher
from greenapi_async.wire.retry import Decide, Failure, Retry, unclear
from greenapi_async.wire.secret import Secret, complaint

__all__ = ["Client"]

T = TypeVar("T")

logger = logging.getLogger("greenapi_async")

_API_URL = "https://api.green-api.com"
_MEDIA_URL = "https://media.green-api.com"
_NO_TURN: Final = nullcontext()


class _Unset:
    """Tells "not given" from None, which switches the pace off."""


_UNSET: Final = _Unset()


class Client(Account, Sending, Receiving, Queues):
    """One GREEN-API instance, as its methods in snake_case and the loop over its notifications.

    Use it as ``async with Client(...) as client``, or call ``aclose()``. It keeps its own connections and its own pace;
    asyncio and trio both work. ``timeout`` is the seconds one attempt may take (a poll adds its waiting time),
    ``retry`` how failures are met, ``pace=None`` lets requests leave unpaced, ``validate=False`` leaves the documented
    limits to the server. Arguments that cannot be right raise ``InvalidArgumentError``.

    Manual: 1.2.1 for where the id, the token and the two URLs are found.
    """

    def __init__(
        self,
        id_instance: int | str,
        api_token_instance: str,
        api_url: str = _API_URL,
        media_url: str = _MEDIA_URL,
        *,
        transport: Transport | None = None,
        timeout: float = 30.0,
        retry: Retry | None = None,
        pace: Pace | _Unset | None = _UNSET,
        validate: bool = True,
    ) -> None:
        wrong = complaint(api_token_instance, "api_token_instance")
        token = Secret(api_token_instance) if wrong is None else None
        del api_token_instance  # from here on no frame holds the token as a string
        if token is None:
            raise InvalidArgumentError(wrong or "")
        self._token = token
        self._address = Address(_instance(id_instance), _url("api_url", api_url), _url("media_url", media_url))
        self._timeout = _positive("timeout", timeout)
        self._retry = retry or Retry()
        self._pace = MethodPace() if isinstance(pace, _Unset) else pace
        self._validate = validate
        self._wire = Wire(self._address.api_url, token, transport)

    @classmethod
    def from_env(
        cls,
        *,
        transport: Transport | None = None,
        timeout: float = 30.0,
        retry: Retry | None = None,
        pace: Pace | _Unset | None = _UNSET,
        validate: bool = True,
    ) -> Self:
        """Make a client from ``GREENAPI_ID_INSTANCE``, ``GREENAPI_API_TOKEN_INSTANCE`` and, if set, the two URLs.

        The URLs are ``GREENAPI_API_URL`` and ``GREENAPI_MEDIA_URL``; without the latter, uploads go where the former
        points. Raises ``InvalidArgumentError`` with the name of a variable that is missing.
        """
        for name in ("GREENAPI_ID_INSTANCE", "GREENAPI_API_TOKEN_INSTANCE"):
            if not os.environ.get(name):
                raise InvalidArgumentError(f"the environment variable {name} is not set; export it, or use Client(...)")
        api_url = os.environ.get("GREENAPI_API_URL") or _API_URL
        media_url = os.environ.get("GREENAPI_MEDIA_URL") or (_MEDIA_URL if api_url == _API_URL else api_url)
        return cls(
            os.environ["GREENAPI_ID_INSTANCE"],
            os.environ["GREENAPI_API_TOKEN_INSTANCE"],
            api_url,
            media_url,
            transport=transport,
            timeout=timeout,
            retry=retry,
            pace=pace,
            validate=validate,
        )

    @property
    def id_instance(self) -> int:
        """The instance's number."""
        return self._address.id_instance

    def with_options(
        self, *, timeout: float | None = None, retry: Retry | None = None, validate: bool | None = None
    ) -> Self:
        """Give a client that differs in these options and shares connections, token and pace with this one."""
        other = copy.copy(self)
        if timeout is not None:
            other._timeout = _positive("timeout", timeout)
        if retry is not None:
            other._retry = retry
        if validate is not None:
            other._validate = validate
        return other

    def notifications(self, *, receive_timeout: int = 20) -> Notifications:
        """Iterate over the instance's notifications, acknowledging each when the next is asked for.

        ``receive_timeout`` is the seconds one poll waits at the server, 5 to 60; ``Notifications`` tells the rest.

        Manual: 1.3.4, "HTTP API".
        """
        check(RECEIVE_NOTIFICATION, {"receiveTimeout": receive_timeout})
        return Notifications(
            functools.partial(self._perform, RECEIVE_NOTIFICATION, {"receiveTimeout": receive_timeout}),
            lambda receipt_id: self._perform(DELETE_NOTIFICATION, {"receiptId": receipt_id}, self._retry.decide),
            retry=self._retry,
            client=self,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        address: Address | None = getattr(self, "_address", None)  # None while __init__ refuses an argument
        where = f"{address.id_instance} at {address.api_url}" if address else "not made"
        return f"<{type(self).__name__} {where}>"

    async def _call(self, endpoint: Endpoint[T], /, **values: Any) -> T:
        return await self._perform(endpoint, values, self._retry.decide)

    async def _perform(self, endpoint: Endpoint[T], values: Mapping[str, Any], decide: Decide) -> T:
        """Send until there is an answer, or ``decide`` says that it is over."""
        if self._validate:
            check(endpoint, values)
        request = build(endpoint, values, self._address, validate=self._validate)
        failures = 0
        first = 0.0
        while True:
            try:
                return await self._attempt(endpoint, request)
            except GreenAPIError as error:
                error.method = error.method or endpoint.name
                now = anyio.current_time()
                first = first if failures else now
                failures += 1
                failure = Failure(endpoint, error, failures, now - first, random.random())  # noqa: S311  jitter
                delay = decide(failure)
                if delay is None:
                    if endpoint.replay is Replay.UNSENT and unclear(error):
                        raise DeliveryUnknownError(
                            _plainly(error), method=endpoint.name, status=error.status
                        ) from error
                    raise
                if isinstance(error, RateLimitedError) and self._pace is not None:
                    self._pace.pause(endpoint.name, delay)
                logger.debug("%s: attempt %d failed, again in %.2f s: %s", endpoint.name, failures, delay, error)
            await anyio.sleep(delay)

    async def _attempt(self, endpoint: Endpoint[T], request: Request) -> T:
        async with self._turn(endpoint):
            answer = await self._wire.send(request, seconds=self._timeout + request.waits, poll=endpoint.loop)
        if logger.isEnabledFor(logging.DEBUG):
            logger.debug(
                "%s: %d (bodies are people's letters, shown at DEBUG only) sent %s, got %s",
                endpoint.name,
                answer.status,
                self._token.mask(request.content or b"").decode(),
                answer.content.decode("utf-8", "replace"),
            )
        return decipher(endpoint, answer)

    def _turn(self, endpoint: Endpoint[Any]) -> AbstractAsyncContextManager[None]:
        if self._pace is None or endpoint.per_second is None:
            return _NO_TURN
        return self._pace.turn(endpoint.name, endpoint.per_second)


def _instance(value: int | str) -> int:
    if not isinstance(value, bool) and re.fullmatch(r"[0-9]{1,19}", str(value)):
        return int(value)
    raise InvalidArgumentError(f"id_instance is {value!r}; digits are needed, as in 1101000001")


def _url(name: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme in {"http", "https"} and parts.hostname and not parts.query and not parts.fragment:
        return value.rstrip("/")
    raise InvalidArgumentError(f"{name} is {value!r}; http:// or https:// and a host are needed, as in {_API_URL}")


def _positive(name: str, value: float) -> float:
    if value > 0:
        return value
    raise InvalidArgumentError(f"{name} is {value!r}; more than 0 seconds are needed")


def _plainly(error: GreenAPIError) -> str:
    return f"no clear answer ({type(error).__name__}: {error.reason})"
