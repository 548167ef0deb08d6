"""Close a connection without an answer.

Only the server under an ASGI app can do that. Ours (`server.py`) lends the app its transport through an extension of
the scope. Without it, as in process over `httpx.ASGITransport`, `ConnectionDropped` is raised instead.
"""

from typing import TYPE_CHECKING, cast

from starlette.types import Receive, Scope

if TYPE_CHECKING:
    import asyncio

TRANSPORT = "greenapi.sandbox.transport"


class ConnectionDropped(Exception):  # noqa: N818 - it happened to the caller, and is no mistake
    """Raised out of the app when the fake server closes the connection; a network error in disguise."""


async def drop(scope: Scope, receive: Receive, *, flush: bool = False) -> None:
    """Close the connection, after what was already sent has left when `flush` is on."""
    transport = cast("asyncio.Transport | None", scope.get("extensions", {}).get(TRANSPORT))
    if transport is None:
        raise ConnectionDropped("the sandbox closed the connection")
    if flush:
        transport.close()
    else:
        transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
