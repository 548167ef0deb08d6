"""A receiver as a handler of aiohttp."""

from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from greenapi_async.webhooks.asgi import Handle

__all__ = ["aiohttp_handler"]


def aiohttp_handler(handle: Handle) -> Handler:
    """Give a handler; the remote address is that of the connection, whatever middlewares put into the request."""

    async def receive(request: web.Request) -> web.StreamResponse:
        peer: Any = request.transport.get_extra_info("peername") if request.transport is not None else None
        remote = str(peer[0]) if peer else None
        answer = await handle(request.method, request.headers, request.content.iter_any(), remote)
        return web.Response(status=answer.status, headers=answer.headers)

    return receive
