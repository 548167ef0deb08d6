"""Cost of a webhook request: our receivers with ``SQLiteInbox`` compared with bare routes that insert one row.

Each server is a process of its own: uvicorn with Starlette, or aiohttp. A bare route parses the JSON body and commits
one row (WAL, ``synchronous=FULL``) before it answers: in a worker thread, as a careful author would, and for
information also in the event loop, which it blocks. The receiver is served as an app of its own, and mounted in an app
of Starlette. Rounds alternate between the servers; the figures are medians.
Usage: ``python -m tests.benchmarks.receiver_cost [requests per round] [rounds]``.
"""

import asyncio
import importlib.util
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

from tests.benchmarks.receiver_throughput import INSTANCE, TOKEN, requests, send

GROUPS = {
    "uvicorn": ("starlette-thread", "starlette-loop", "starlette-mounted", "starlette-receiver"),
    "aiohttp": ("aiohttp-thread", "aiohttp-loop", "aiohttp-receiver"),
}
CONNECTIONS = (1, 16)

Insert = Callable[[bytes, Mapping[str, Any]], Awaitable[None]]


class Table:
    """A table of notifications, as the author of a bare route would write it."""

    def __init__(self, path: str) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.execute("CREATE TABLE notifications (id INTEGER PRIMARY KEY, instance INTEGER, body TEXT)")

    def insert(self, content: bytes, fields: Mapping[str, Any]) -> None:
        row = fields["instanceData"]["idInstance"], content.decode()
        with self._lock:
            self._connection.execute("INSERT INTO notifications (instance, body) VALUES (?, ?)", row)
            self._connection.commit()

    async def insert_in_thread(self, content: bytes, fields: Mapping[str, Any]) -> None:
        from anyio import to_thread

        await to_thread.run_sync(self.insert, content, fields)

    async def insert_in_loop(self, content: bytes, fields: Mapping[str, Any]) -> None:
        self.insert(content, fields)


def serve_starlette(kind: str, path: str, listening: socket.socket) -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute, Mount, Route

    async def cpu(_: Request) -> Response:
        return Response(headers={"x-cpu": repr(time.process_time())})

    receiver = create_receiver(path).asgi() if kind in {"starlette-mounted", "starlette-receiver"} else None
    if receiver is not None:
        route: BaseRoute = Mount("/webhook", receiver)
    else:
        insert = choose_insert(kind, path)

        async def webhook(request: Request) -> Response:
            await insert(await request.body(), await request.json())
            return Response()

        route = Route("/webhook/", webhook, methods=["POST"])
    mounted = Starlette(routes=[route, Route("/cpu", cpu)])

    async def unmounted(scope: Any, receive: Any, send: Any) -> None:
        app = receiver if receiver is not None and scope.get("path") == "/webhook/" else mounted
        await app(scope, receive, send)

    app = unmounted if kind == "starlette-receiver" else mounted
    uvicorn.Server(uvicorn.Config(app, access_log=False, log_config=None)).run(sockets=[listening])


def serve_aiohttp(kind: str, path: str, listening: socket.socket) -> None:
    from aiohttp import web

    async def cpu(_: web.Request) -> web.Response:
        return web.Response(headers={"x-cpu": repr(time.process_time())})

    app = web.Application()
    app.router.add_get("/cpu", cpu)
    if kind == "aiohttp-receiver":
        app.router.add_route("*", "/webhook/", create_receiver(path).aiohttp())
    else:
        insert = choose_insert(kind, path)

        async def webhook(request: web.Request) -> web.Response:
            await insert(await request.read(), await request.json())
            return web.Response()

        app.router.add_post("/webhook/", webhook)
    web.run_app(app, sock=listening, print=None, access_log=None)


def create_receiver(path: str) -> Any:
    from greenapi_async import Client, SQLiteInbox
    from greenapi_async.webhooks import WebhookReceiver

    client = Client(INSTANCE, "token")
    return WebhookReceiver(clients=client, inbox=SQLiteInbox(path), tokens=[TOKEN], addresses=["127.0.0.1"])


def choose_insert(kind: str, path: str) -> Insert:
    table = Table(path)
    return table.insert_in_thread if kind.endswith("thread") else table.insert_in_loop


def serve(kind: str, path: str) -> None:
    """Serve on a free port until killed; the port is printed to stdout."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sys.stdout.write(f"{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        (serve_aiohttp if kind.startswith("aiohttp") else serve_starlette)(kind, path, listening)


def read_cpu(port: int) -> float:
    """Return the seconds of CPU time that a server has used."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /cpu HTTP/1.1\r\nHost: receiver\r\nConnection: close\r\n\r\n")
        head = b"".join(iter(lambda: connection.recv(4096), b"")).decode().lower()
    return float(head.partition("x-cpu: ")[2].splitlines()[0])


def send_all(port: int, pending: Iterator[bytes], connections: int) -> None:
    if connections == 1:  # without an event loop, whose wake-ups would be measured too
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for request in pending:
                connection.sendall(request)
                response = b""
                while not response.endswith(b"\r\n\r\n"):  # no server of these sends a body
                    response += connection.recv(4096)
                assert response.startswith(b"HTTP/1.1 200"), response
        return

    async def run() -> None:
        await asyncio.gather(*(send(port, pending, []) for _ in range(connections)))

    asyncio.run(run())


def measure(port: int, count: int, connections: int, prefix: str) -> tuple[float, float]:
    """Return the microseconds and the microseconds of CPU time per request."""
    pending = list(requests(count, prefix))
    cpu, start = read_cpu(port), time.perf_counter()
    send_all(port, iter(pending), connections)
    elapsed = time.perf_counter() - start
    return elapsed / count * 1e6, (read_cpu(port) - cpu) / count * 1e6


def compare(ports: Mapping[str, int], count: int, rounds: int) -> None:
    figures: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for number in range(rounds + 1):
        for connections in CONNECTIONS:
            for kind, port in ports.items():
                figure = measure(port, count, connections, f"{number}-{connections}-")
                if number:  # the first round warms up
                    figures.setdefault((kind, connections), []).append(figure)
    sys.stdout.write(f"Medians of {rounds} rounds of {count} requests; ratios to the bare route with a thread\n")
    for connections in CONNECTIONS:
        for kind in ports:
            bare = figures[f"{kind.partition('-')[0]}-thread", connections]
            ours = figures[kind, connections]
            time_us, cpu_us = (statistics.median(each) for each in zip(*ours, strict=True))
            time_ratio, cpu_ratio = (
                statistics.median(our[index] / one[index] for our, one in zip(ours, bare, strict=True))
                for index in (0, 1)
            )
            sys.stdout.write(
                f"{kind:18} {connections:2} connections: {time_us:5.0f} us per request ({time_ratio:.2f}), "
                f"CPU {cpu_us:5.0f} us ({cpu_ratio:.2f})\n"
            )


def main(count: int = 100, rounds: int = 41) -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ports: dict[str, int] = {}
        for package, kinds in GROUPS.items():
            if importlib.util.find_spec(package) is None:
                sys.stdout.write(f"{package} is not installed, so its servers are left out\n")
                continue
            for kind in kinds:
                command = [sys.executable, "-m", "tests.benchmarks.receiver_cost", "serve", kind, f"{folder}/{kind}.db"]
                server = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
                stack.callback(server.kill)
                assert server.stdout is not None
                ports[kind] = int(server.stdout.readline())
        compare(ports, count, rounds)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(*sys.argv[2:4])
    else:
        main(*(int(argument) for argument in sys.argv[1:]))
