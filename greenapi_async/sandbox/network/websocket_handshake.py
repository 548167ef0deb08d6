"""The beginning and the end of every websocket: authentication, rate limit, planned faults, log."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from starlette.websockets import WebSocket

from greenapi_async.sandbox.api.instance_calls import authenticate, parse_path
from greenapi_async.sandbox.payloads.responses import ApiResponse, RequestRejected, error_response
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.state import Sandbox

__all__ = ["open_websocket"]


@asynccontextmanager
async def open_websocket(
    sandbox: Sandbox, name: str, rate: float | None, socket: WebSocket
) -> AsyncGenerator[tuple[WebSocket, Instance | None]]:
    """Accept a websocket for the duration of a block, or reject it.

    Args:
        sandbox: The server.
        name: The method in the path.
        rate: How many connections per second are allowed; None is unlimited.
        socket: The websocket.

    Returns:
        The websocket and its instance, which is None if it was rejected.
    """
    path = socket.scope["path"]
    try:
        instance = _authenticate(sandbox, name, rate, path)
    except RequestRejected as rejection:
        await _deny(socket, error_response(rejection.status, rejection.message, path=path, at=sandbox.clock()))
        yield socket, None
        return
    await socket.accept()
    logged = instance.calls.begin(name, "GET", sandbox.clock())
    logged.status = 101
    try:
        yield socket, instance
    finally:
        instance.calls.end(logged, sandbox.clock())


def _authenticate(sandbox: Sandbox, name: str, rate: float | None, path: str) -> Instance:
    parsed = parse_path(sandbox, "GET", path)
    if parsed is None or path.split("/")[2:3] != [name] or parsed.tail is not None:
        raise RequestRejected(404, "Not Found")
    instance = authenticate(parsed)
    instance.timeline.settle()
    allowed = rate is None or instance.rate_limiter.allow(name, rate, sandbox.clock())
    if sandbox.enforce_rates and not allowed:
        raise RequestRejected(429, "Too Many Requests")
    fault = instance.faults.take(name)
    if fault is not None and fault.status is not None:
        raise RequestRejected(fault.status, "the handshake fails as planned")
    return instance


async def _deny(socket: WebSocket, response: ApiResponse) -> None:
    if "websocket.http.response" not in socket.scope.get("extensions", {}):
        await socket.close()
        return
    headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
    await socket.send({"type": "websocket.http.response.start", "status": response.status, "headers": headers})
    await socket.send({"type": "websocket.http.response.body", "body": response.body})
