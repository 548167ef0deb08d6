"""Closing a connection without a response.

Only the server under an ASGI app can close a connection. `server.py` therefore passes the transport to the app in an
extension of the scope. Without it, as with `httpx.ASGITransport`, `ConnectionDropped` is raised instead.
"""

from typing import TYPE_CHECKING, Final, cast

from starlette.types import Receive, Scope

if TYPE_CHECKING:
    import asyncio

__all__ = ["TRANSPORT", "ConnectionDropped", "disconnect"]

TRANSPORT: Final = "greenapi.sandbox.transport"
"""The name of the extension that holds the transport."""


class ConnectionDropped(Exception):  # noqa: N818 - a simulated event, not an error in the sandbox
    """Raised out of the app when the fake server closes the connection; stands for a network error."""


async def disconnect(scope: Scope, receive: Receive, *, flush: bool = False) -> None:
    """Close the connection.

    Args:
        scope: The scope of the request.
        receive: Its receive channel.
        flush: Whether data that was already sent is delivered first.

    Raises:
        ConnectionDropped: The server did not provide the transport.
    """
    transport = cast("asyncio.Transport | None", scope.get("extensions", {}).get(TRANSPORT))
    if transport is None:
        raise ConnectionDropped("the sandbox closed the connection")
    if flush:
        transport.close()
    else:
        transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
