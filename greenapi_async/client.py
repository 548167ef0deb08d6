"""The client: its life cycle, and the sections put together."""

import copy
import functools
import os
import re
from types import TracebackType
from typing import Any, Self, TypeVar

from greenapi_async.api.account import Account
from greenapi_async.api.queues import Queues
from greenapi_async.api.receiving import RECEIVE_NOTIFICATION, Receiving
from greenapi_async.api.sending import Sending
from greenapi_async.caller import UNSET, Caller, Unset, host_url
from greenapi_async.endpoint import Endpoint
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.notifications import Notifications
from greenapi_async.wire.http import Transport
from greenapi_async.wire.pace import Pace
from greenapi_async.wire.protocol import InstanceAddress
from greenapi_async.wire.retry import Retry
from greenapi_async.wire.secret import Secret, complaint

__all__ = ["Client"]

T = TypeVar("T")

_API_URL = "https://api.green-api.com"
_MEDIA_URL = "https://media.green-api.com"


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
        pace: Pace | Unset | None = UNSET,
        validate: bool = True,
    ) -> None:
        wrong = complaint(api_token_instance, "api_token_instance")
        token = Secret(api_token_instance) if wrong is None else None
        del api_token_instance  # from here on no frame holds the token as a string
        if token is None:
            raise InvalidArgumentError(wrong or "")
        address = InstanceAddress(
            _instance(id_instance), host_url("api_url", api_url), host_url("media_url", media_url)
        )
        self._address = address
        self._caller = Caller(
            address, token, transport=transport, timeout=timeout, retry=retry, pace=pace, validate=validate
        )

    @classmethod
    def from_env(
        cls,
        *,
        transport: Transport | None = None,
        timeout: float = 30.0,
        retry: Retry | None = None,
        pace: Pace | Unset | None = UNSET,
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
        other._caller = self._caller.with_options(timeout=timeout, retry=retry, validate=validate)
        return other

    def notifications(self, *, receive_timeout: int = 20) -> Notifications:
        """Iterate over the instance's notifications, acknowledging each when the next is asked for.

        ``receive_timeout`` is the seconds one poll waits at the server, 5 to 60; ``Notifications`` tells the rest.

        Manual: 1.3.4, "HTTP API".
        """
        poll = {"receiveTimeout": receive_timeout}
        self._caller.check(RECEIVE_NOTIFICATION, poll)
        return Notifications(
            functools.partial(self._caller.call, RECEIVE_NOTIFICATION, poll),
            self.delete_notification,
            retry=self._caller.retry,
            client=self,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._caller.wire.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        address: InstanceAddress | None = getattr(self, "_address", None)  # None while __init__ refuses an argument
        where = f"{address.id_instance} at {address.api_url}" if address else "not made"
        return f"<{type(self).__name__} {where}>"

    async def _call(self, endpoint: Endpoint[T], /, **values: Any) -> T:
        return await self._caller.call(endpoint, values)


def _instance(value: int | str) -> int:
    if not isinstance(value, bool) and re.fullmatch(r"[0-9]{1,19}", str(value)):
        return int(value)
    raise InvalidArgumentError(f"id_instance is {value!r}; digits are needed, as in 1101000001")
