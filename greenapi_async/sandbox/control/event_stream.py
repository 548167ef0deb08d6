"""The stream of server-sent events that keeps a page up to date with one instance."""

import json
import time
from collections.abc import Iterator
from typing import Any

import anyio
from starlette.types import Receive, Scope, Send

from greenapi_async.sandbox.control.page_view import View
from greenapi_async.sandbox.payloads.responses import as_json
from greenapi_async.sandbox.state import Sandbox
from greenapi_async.sandbox.network.http_exchange import end_when_gone, send_answer
from greenapi_async.sandbox.network.open_connections import Live
from greenapi_async.sandbox.simulation.faults import Fault

TICK = 0.5
"""Seconds until a look without a reason: time alone may have changed something."""
GATHER = 0.02
"""Seconds in which changes are told together."""
SHARE = 0.2
"""The part of the time of one processor that all the pages together may take from the server."""
PIECE = 200
"""Messages in one event."""
HEADERS = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]


class Events:
    """An ASGI app for `/sandbox/{id}/events`."""

    def __init__(self, sandbox: Sandbox, live: Live) -> None:
        self._sandbox = sandbox
        self._live = live
        self._pages = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell one page until it goes, or the sandbox ends."""
        id_instance: int = scope["path_params"]["id"]
        if id_instance not in self._sandbox.instances:
            answer = as_json({"message": f"there is no instance {id_instance}"}, 404)
            await send_answer(answer, Fault(), scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        async with anyio.create_task_group() as tasks:
            with self._live.holding(tasks.cancel_scope):
                tasks.start_soon(end_when_gone, receive, tasks.cancel_scope)
                self._pages += 1
                try:
                    await self._tell(id_instance, send)
                finally:
                    self._pages -= 1
        if self._live.closed:
            await send({"type": "http.response.body", "body": b""})

    async def _tell(self, id_instance: int, send: Send) -> None:
        instance = self._sandbox.instances[id_instance]
        view = View(instance)
        while True:
            changed = anyio.Event()
            with instance.changes.listening(changed.set), instance.calls.changes.listening(changed.set):
                began = time.thread_time()
                told = view.changes()
                took = time.thread_time() - began
                for piece in pieces(told):
                    data = json.dumps(piece, ensure_ascii=True, separators=(",", ":"))
                    await send({"type": "http.response.body", "body": f"data: {data}\n\n".encode(), "more_body": True})
                with anyio.move_on_after(TICK):
                    await changed.wait()
            await anyio.sleep(rest(took, self._pages))


def pieces(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Divide what is told, so that a page that reads slowly keeps only a little waiting here."""
    rows = told.get("messages", [])
    if told:
        yield {**told, "messages": rows[:PIECE]} if rows else told
    for start in range(PIECE, len(rows), PIECE):
        yield {"now": told["now"], "messages": rows[start : start + PIECE]}


def rest(took: float, pages: int) -> float:
    """Give the seconds in which a page that took so many is told nothing."""
    return max(GATHER, took * pages / SHARE)
