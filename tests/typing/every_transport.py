"""A user file, type-checked and never executed: what may be passed as ``transport=``."""

import httpx
import httpx2

from greenapi_async import BusinessClient, Client, PartnerClient


class Logged(httpx.AsyncBaseTransport):
    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._inner.handle_async_request(request)


class Logged2(httpx2.AsyncHTTPTransport):
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await super().handle_async_request(request)


def use(options: httpx.AsyncBaseTransport | httpx2.AsyncBaseTransport | None) -> None:
    Client(1101000001, "token", transport=options)
    Client(1101000001, "token", transport=Logged(httpx.AsyncHTTPTransport(retries=1)))
    Client(1101000001, "token", transport=Logged2(retries=1))
    Client(1101000001, "token", transport=httpx2.MockTransport(lambda request: httpx2.Response(200)))
    Client.from_env(transport=httpx2.AsyncHTTPTransport())
    PartnerClient("token", transport=httpx2.AsyncHTTPTransport())
    BusinessClient("token", transport=httpx2.AsyncHTTPTransport())
