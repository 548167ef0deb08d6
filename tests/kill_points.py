"""A process that kills itself before or after a given operation; imported by the workers of tests."""

import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import httpx


class Killer:
    """Kills the process at an operation, counted from 1."""

    def __init__(self, at: int) -> None:
        self._left = at

    def count(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: object, *names: str) -> None:
        """Count before and after each call of a method."""
        for name in names:
            setattr(owner, name, self._counted(getattr(owner, name)))

    def _counted(self, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def counted(*args: Any, **kwargs: Any) -> Any:
            self.count()
            result = await method(*args, **kwargs)
            self.count()
            return result

        return counted


class KillingTransport(httpx.AsyncHTTPTransport):
    """Counts before and after each request that sends a message."""

    def __init__(self, killer: Killer) -> None:
        super().__init__()
        self._killer = killer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if "/sendMessage/" not in request.url.path:
            return await super().handle_async_request(request)
        self._killer.count()
        response = await super().handle_async_request(request)
        self._killer.count()
        return response
