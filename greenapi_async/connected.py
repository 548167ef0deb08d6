"""What the clients of separate APIs have in common: the life of their connections."""

import copy
from types import TracebackType
from typing import Any, Self, TypeVar

from greenapi_async.caller import Caller
from greenapi_async.endpoint import Endpoint
from greenapi_async.wire.retry import Retry

__all__ = ["Connected"]

T = TypeVar("T")


class Connected:
    """A caller, and an end to its connections: ``async with``, or ``aclose()``."""

    _caller: Caller
    _owner = True
    """Whether the connections end with this object."""

    def with_options(
        self, *, timeout: float | None = None, retry: Retry | None = None, validate: bool | None = None
    ) -> Self:
        """Give a client that differs in these options and shares connections, token and pace with this one."""
        other = copy.copy(self)
        other._owner = False
        other._caller = self._caller.with_options(timeout=timeout, retry=retry, validate=validate)
        return other

    async def aclose(self) -> None:
        """Close the connections; what ``with_options`` gave leaves that to the client it came from."""
        if self._owner:
            await self._caller.wire.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        caller: Caller | None = getattr(self, "_caller", None)  # None while __init__ refuses an argument
        return f"<{type(self).__name__} {f'at {caller.address.api_url}' if caller else 'not made'}>"

    async def _call(self, endpoint: Endpoint[T], /, **values: Any) -> T:
        return await self._caller.call(endpoint, values)
