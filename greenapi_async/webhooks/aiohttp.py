"""Adapter from a receiver to an aiohttp handler. Requires the extra ``aiohttp``."""

from typing import Any

from greenapi_async.errors import MissingExtraError
from greenapi_async.webhooks.asgi import Handle

try:
    from aiohttp import web
    from aiohttp.typedefs import Handler
except ImportError:
    raise MissingExtraError("aiohttp", "aiohttp") from None

__all__ = ["aiohttp_handler"]


def aiohttp_handler(handle: Handle) -> Handler:
    """Create an aiohttp handler that passes requests on to ``WebhookReceiver.handle``.

    The remote address is taken from the connection. ``request.remote`` is not used because middlewares can change it.
    """

    async def receive(request: web.Request) -> web.StreamResponse:
        peer: Any = request.transport.get_extra_info("peername") if request.transport is not None else None
        remote = str(peer[0]) if peer else None
        response = await handle(request.method, request.headers, request.content.iter_any(), remote)
        return web.Response(status=response.status, headers=response.headers)

    return receive
