"""Server-sent events that keep a page up to date with one instance.

Changes are debounced: the stream pauses between two events, longer if computing them takes long or if many pages are
open, so that all pages together use at most a fifth of one processor.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

import anyio
from starlette.types import Receive, Scope, Send

from greenapi_async.sandbox.control.page_view import PageView
from greenapi_async.sandbox.network.http_exchange import cancel_on_disconnect, send_response
from greenapi_async.sandbox.network.open_connections import OpenConnections
from greenapi_async.sandbox.payloads.responses import json_response
from greenapi_async.sandbox.simulation.faults import Fault
from greenapi_async.sandbox.state import Sandbox

__all__ = ["EventStream"]

TICK = 0.5
"""Seconds until the next look without a notified change: time alone may have changed something."""
DEBOUNCE = 0.02
"""Seconds for which changes are collected at least."""
CPU_SHARE = 0.2
"""The share of one processor that all pages together may use."""
CHUNK = 200
"""Messages in one event."""
HEADERS = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]


class EventStream:
    """An ASGI app for `/sandbox/{id}/events`."""

    def __init__(self, sandbox: Sandbox, connections: OpenConnections) -> None:
        self._sandbox = sandbox
        self._connections = connections
        self._pages = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one page until it disconnects or the sandbox stops."""
        id_instance: int = scope["path_params"]["id"]
        if id_instance not in self._sandbox.instances:
            response = json_response({"message": f"there is no instance {id_instance}"}, 404)
            await send_response(response, Fault(), scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        if scope["method"] == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return
        async with anyio.create_task_group() as tasks:
            with self._connections.registered(tasks.cancel_scope):
                tasks.start_soon(cancel_on_disconnect, receive, tasks.cancel_scope)
                self._pages += 1
                try:
                    await self._stream(id_instance, send)
                finally:
                    self._pages -= 1
        if self._connections.closed:
            await send({"type": "http.response.body", "body": b""})

    async def _stream(self, id_instance: int, send: Send) -> None:
        instance = self._sandbox.instances[id_instance]
        view = PageView(instance)
        while True:
            changed = anyio.Event()
            with instance.changes.listening(changed.set), instance.calls.changes.listening(changed.set):
                started = time.thread_time()
                update = view.changes()
                took = time.thread_time() - started
                for chunk in chunks(update):
                    data = json.dumps(chunk, ensure_ascii=True, separators=(",", ":"))
                    await send({"type": "http.response.body", "body": f"data: {data}\n\n".encode(), "more_body": True})
                with anyio.move_on_after(TICK):
                    await changed.wait()
            await anyio.sleep(pause_after(took, self._pages))


def chunks(update: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Split an update into events, so that little is buffered for a page that reads slowly."""
    rows = update.get("messages", [])
    if update:
        yield {**update, "messages": rows[:CHUNK]} if rows else update
    for start in range(CHUNK, len(rows), CHUNK):
        yield {"now": update["now"], "messages": rows[start : start + CHUNK]}


def pause_after(took: float, pages: int) -> float:
    """Return the seconds to pause after an update.

    Args:
        took: Processor seconds that the update took.
        pages: The number of open pages.
    """
    return max(DEBOUNCE, took * pages / CPU_SHARE)
