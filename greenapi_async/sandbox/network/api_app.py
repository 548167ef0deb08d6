"""The API over ASGI: the gateway's answers, late, broken or not at all when a fault says so."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from urllib.parse import parse_qsl

import anyio
import attrs
from starlette.types import Receive, Scope, Send

from greenapi_async.sandbox.api.routes import find
from greenapi_async.sandbox.api.request import Request, Target
from greenapi_async.sandbox.payloads.responses import JSON_TYPE, Answer, error, phrase
from greenapi_async.sandbox.payloads.spooled_body import Spool
from greenapi_async.sandbox.state import Sandbox
from greenapi_async.sandbox.network.disconnect import drop
from greenapi_async.sandbox.network.http_exchange import end_when_gone, read_body, send_answer
from greenapi_async.sandbox.network.open_connections import Live
from greenapi_async.sandbox.network.long_poll import wait_for
from greenapi_async.sandbox.simulation.call_log import CallLog, LoggedCall
from greenapi_async.sandbox.simulation.faults import Fault

NO_FAULT = Fault()


class Api:
    """An ASGI app; a call ends when its client has gone, and its connection is dropped when all are ended."""

    def __init__(self, sandbox: Sandbox, live: Live) -> None:
        self._sandbox = sandbox
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        reply: tuple[Answer, Fault] | None = None
        async with anyio.create_task_group() as tasks:
            with self._live.holding(tasks.cancel_scope):
                headers = _headers(scope)
                target = find(self._sandbox, scope["method"], scope["path"], headers)
                body = await read_body(receive, target.body_limit)
                if body is not None:
                    tasks.start_soon(end_when_gone, receive, tasks.cancel_scope)
                    reply = await self._reply(target, _request(scope, headers, body))
            tasks.cancel_scope.cancel()
        if reply is not None:
            await send_answer(*reply, scope, receive, send)
        elif self._live.closed:
            await drop(scope, receive)

    async def _reply(self, target: Target, request: Request) -> tuple[Answer, Fault]:
        fault = self._fault(target)
        before, after = self._sandbox.latency() if self._sandbox.latency else (0.0, 0.0)
        await anyio.sleep(before + (0 if fault.after_effect else fault.delay))
        with self._logged(target, request) as logged:
            if fault.replaces and not fault.after_effect:
                given = self._false_answer(fault, request)
            else:
                given = await self._true_answer(target, request, logged)
                await anyio.sleep(after + (fault.delay if fault.after_effect else 0))
                if fault.replaces:
                    given = self._false_answer(fault, request)
            logged.status = None if fault.drop else given.status
            logged.error = "the connection was dropped" if fault.drop else given.complaint
        headers = {name.lower(): value for name, value in fault.headers.items()}
        return attrs.evolve(given, headers={**given.headers, **headers}), fault

    async def _true_answer(self, target: Target, request: Request, logged: LoggedCall) -> Answer:
        outcome = target.perform(request)
        if isinstance(outcome, Answer):
            return outcome
        try:
            return outcome.answer(await wait_for(outcome))
        except anyio.get_cancelled_exc_class():
            logged.status = 499
            raise

    def _fault(self, target: Target) -> Fault:
        if target.name is None:
            return NO_FAULT
        planned = target.instance.faults.take(target.name) if target.instance else None
        if planned is None and self._sandbox.chooser:
            planned = self._sandbox.chooser(target.name)
        return planned or NO_FAULT

    def _false_answer(self, fault: Fault, request: Request) -> Answer:
        status = fault.status or 200
        if fault.body is None:
            return error(status, phrase(status), path=request.raw_path, at=self._sandbox.clock())
        kind = "text/html" if fault.body.lstrip().startswith("<") else JSON_TYPE
        return Answer(status, fault.body.encode("utf-8", "replace"), {"content-type": kind})

    @contextmanager
    def _logged(self, target: Target, request: Request) -> Generator[LoggedCall]:
        log = target.instance.calls if target.instance else CallLog()
        call = log.begin(target.name or "unknown", request.verb, self._sandbox.clock())
        try:
            yield call
        finally:
            log.end(call, self._sandbox.clock())


def _request(scope: Scope, headers: Mapping[str, str], body: Spool) -> Request:
    path: str = scope["path"]
    raw_path: bytes = scope.get("raw_path") or path.encode()
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    return Request(scope["method"], path, raw_path.decode("latin-1"), query, headers, body)


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
