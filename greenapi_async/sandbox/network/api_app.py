"""The API as an ASGI app, with fault injection: responses can be late, replaced, broken or missing."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from urllib.parse import parse_qsl

import anyio
import attrs
from starlette.types import Receive, Scope, Send

from greenapi_async.sandbox.api.request import Request, Route
from greenapi_async.sandbox.api.routes import find_route
from greenapi_async.sandbox.network.disconnect import disconnect
from greenapi_async.sandbox.network.http_exchange import cancel_on_disconnect, read_body, send_response
from greenapi_async.sandbox.network.long_poll import wait_for
from greenapi_async.sandbox.network.open_connections import OpenConnections
from greenapi_async.sandbox.payloads.responses import JSON_TYPE, ApiResponse, error_response, reason_phrase
from greenapi_async.sandbox.payloads.spooled_body import SpooledBody
from greenapi_async.sandbox.simulation.call_log import CallLog, LoggedCall
from greenapi_async.sandbox.simulation.faults import Fault
from greenapi_async.sandbox.state import Sandbox

__all__ = ["ApiApp"]

NO_FAULT = Fault()


class ApiApp:
    """An ASGI app; a call is cancelled when its client disconnects, and all connections are dropped at shutdown."""

    def __init__(self, sandbox: Sandbox, connections: OpenConnections) -> None:
        self._sandbox = sandbox
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        reply: tuple[ApiResponse, Fault] | None = None
        async with anyio.create_task_group() as tasks:
            with self._connections.registered(tasks.cancel_scope):
                headers = _headers(scope)
                route = find_route(self._sandbox, scope["method"], scope["path"], headers)
                body = await read_body(receive, route.body_limit)
                if body is not None:
                    tasks.start_soon(cancel_on_disconnect, receive, tasks.cancel_scope)
                    reply = await self._reply(route, _request(scope, headers, body))
            tasks.cancel_scope.cancel()
        if reply is not None:
            await send_response(*reply, scope, receive, send)
        elif self._connections.closed:
            await disconnect(scope, receive)

    async def _reply(self, route: Route, request: Request) -> tuple[ApiResponse, Fault]:
        fault = self._fault(route)
        before, after = self._sandbox.latency() if self._sandbox.latency else (0.0, 0.0)
        await anyio.sleep(before + (0 if fault.after_effect else fault.delay))
        with self._logged(route, request) as logged:
            if fault.replaces and not fault.after_effect:
                response = self._faulty_response(fault, request)
            else:
                response = await self._normal_response(route, request, logged)
                await anyio.sleep(after + (fault.delay if fault.after_effect else 0))
                if fault.replaces:
                    response = self._faulty_response(fault, request)
            logged.status = None if fault.drop else response.status
            logged.error = "the connection was dropped" if fault.drop else response.error
        headers = {name.lower(): value for name, value in fault.headers.items()}
        return attrs.evolve(response, headers={**response.headers, **headers}), fault

    async def _normal_response(self, route: Route, request: Request, logged: LoggedCall) -> ApiResponse:
        result = route.perform(request)
        if isinstance(result, ApiResponse):
            return result
        try:
            return result.respond(await wait_for(result))
        except anyio.get_cancelled_exc_class():
            logged.status = 499
            raise

    def _fault(self, route: Route) -> Fault:
        if route.name is None:
            return NO_FAULT
        planned = route.instance.faults.take(route.name) if route.instance else None
        if planned is None and self._sandbox.chooser:
            planned = self._sandbox.chooser(route.name)
        return planned or NO_FAULT

    def _faulty_response(self, fault: Fault, request: Request) -> ApiResponse:
        status = fault.status or 200
        if fault.body is None:
            return error_response(status, reason_phrase(status), path=request.raw_path, at=self._sandbox.clock())
        content_type = "text/html" if fault.body.lstrip().startswith("<") else JSON_TYPE
        return ApiResponse(status, fault.body.encode("utf-8", "replace"), {"content-type": content_type})

    @contextmanager
    def _logged(self, route: Route, request: Request) -> Generator[LoggedCall]:
        log = route.instance.calls if route.instance else CallLog()
        call = log.begin(route.name or "unknown", request.verb, self._sandbox.clock())
        try:
            yield call
        finally:
            log.end(call, self._sandbox.clock())


def _request(scope: Scope, headers: Mapping[str, str], body: SpooledBody) -> Request:
    path: str = scope["path"]
    raw_path: bytes = scope.get("raw_path") or path.encode()
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    return Request(scope["method"], path, raw_path.decode("latin-1"), query, headers, body)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
