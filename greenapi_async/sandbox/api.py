"""The API over ASGI: the gateway's answers, late, broken or not at all when a fault says so."""

from urllib.parse import parse_qsl

import anyio
import attrs
from starlette.types import Receive, Scope, Send

from greenapi_async.sandbox.answers import JSON_TYPE, Answer, as_json, error, phrase
from greenapi_async.sandbox.calls import LoggedCall
from greenapi_async.sandbox.dropping import drop
from greenapi_async.sandbox.exchange import end_when_gone, read_body, send_answer
from greenapi_async.sandbox.faults import Fault
from greenapi_async.sandbox.gateway import Request, Target, find, perform
from greenapi_async.sandbox.polling import wait_for
from greenapi_async.sandbox.state import Sandbox

NO_FAULT = Fault()


class Api:
    """An ASGI app; a call ends when its client has gone, and all of them when it is closed."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._live: set[anyio.CancelScope] = set()
        self._closed = False

    def close(self) -> None:
        """Drop every connection that has a call under way, and every later one."""
        self._closed = True
        for live in tuple(self._live):
            live.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        reply: tuple[Answer, Fault] | None = None
        async with anyio.create_task_group() as tasks:
            self._live.add(tasks.cancel_scope)
            if self._closed:
                tasks.cancel_scope.cancel()
            try:
                target = find(self._sandbox, scope["method"], scope["path"])
                body = await read_body(receive, target.method.body_limit if target and target.method else 0)
                if body is not None:
                    tasks.start_soon(end_when_gone, receive, tasks.cancel_scope)
                    reply = await self._reply(target, _request(scope, body))
            finally:
                self._live.discard(tasks.cancel_scope)
            tasks.cancel_scope.cancel()
        if reply is not None:
            await send_answer(*reply, scope, receive, send)
        elif self._closed:
            await drop(scope, receive)

    async def _reply(self, target: Target | None, request: Request) -> tuple[Answer, Fault]:
        fault = self._fault(target)
        before, after = self._sandbox.latency() if self._sandbox.latency else (0.0, 0.0)
        await anyio.sleep(before + (0 if fault.after_effect else fault.delay))
        logged = self._log(target, request)
        if fault.replaces and not fault.after_effect:
            given = self._false_answer(fault, request)
        else:
            given = await self._true_answer(target, request, logged)
            await anyio.sleep(after + (fault.delay if fault.after_effect else 0))
            if fault.replaces:
                given = self._false_answer(fault, request)
        logged.status = None if fault.drop else given.status
        headers = {name.lower(): value for name, value in fault.headers.items()}
        return attrs.evolve(given, headers={**given.headers, **headers}), fault

    async def _true_answer(self, target: Target | None, request: Request, logged: LoggedCall) -> Answer:
        outcome = perform(self._sandbox, target, request)
        if isinstance(outcome, Answer):
            return outcome
        try:
            return as_json(await wait_for(outcome))
        except anyio.get_cancelled_exc_class():
            logged.status = 499
            raise

    def _fault(self, target: Target | None) -> Fault:
        if target is None or target.method is None:
            return NO_FAULT
        planned = target.instance.faults.take(target.method.name) if target.instance else None
        if planned is None and self._sandbox.chooser:
            planned = self._sandbox.chooser(target.method.name)
        return planned or NO_FAULT

    def _false_answer(self, fault: Fault, request: Request) -> Answer:
        status = fault.status or 200
        if fault.body is None:
            return error(status, phrase(status), path=request.raw_path, at=self._sandbox.clock())
        kind = "text/html" if fault.body.lstrip().startswith("<") else JSON_TYPE
        return Answer(status, fault.body.encode("utf-8", "replace"), {"content-type": kind})

    def _log(self, target: Target | None, request: Request) -> LoggedCall:
        method = target.method.name if target and target.method else "unknown"
        logged = LoggedCall(method, request.verb, self._sandbox.clock())
        if target and target.instance:
            target.instance.calls.append(logged)
        return logged


def _request(scope: Scope, body: bytes) -> Request:
    path: str = scope["path"]
    raw_path: bytes = scope.get("raw_path") or path.encode()
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    return Request(scope["method"], path, raw_path.decode("latin-1"), query, body)
