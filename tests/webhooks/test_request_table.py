"""Every request of the table gets its documented status through every adapter, without tracebacks, in 10 MB."""

import asyncio
import logging
import socket
import tracemalloc
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from http import HTTPStatus

import httpx
import pytest
import uvicorn
from aiohttp import web

from greenapi_async import Client, MemoryInbox
from greenapi_async.webhooks import WEBHOOK_ADDRESSES, WebhookReceiver, WebhookResponse
from greenapi_async.webhooks.aiohttp import aiohttp_handler
from greenapi_async.webhooks.asgi import ASGIApp, Handle
from greenapi_async.webhooks.body import Body
from greenapi_async.webhooks.request_checks import Headers

from .request_table import ROWS, Row
from .webhook_requests import INSTANCE, TOKEN, chunks, serve

MAX_MEMORY = 10_000_000
TOKENS = (TOKEN, "Basic dXNlcjpwYXNzd29yZA==")


def receiver_of(inbox: MemoryInbox, *more: str, body_timeout: float = 0.5) -> WebhookReceiver:
    return WebhookReceiver(
        clients=Client(INSTANCE, "token"),
        inbox=inbox,
        tokens=TOKENS,
        addresses=(*WEBHOOK_ADDRESSES, *more),
        trusted_proxies=["10.0.0.0/8"],
        body_timeout=body_timeout,
    )


async def stored(inbox: MemoryInbox) -> int:
    return len(await inbox.waiting({INSTANCE}, 0, 10_000))


@pytest.fixture
def clean_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Check that the log contains no traceback, no token and no part of a body."""
    caplog.set_level(logging.DEBUG, "greenapi_async")
    yield
    for record in caplog.get_records("call"):
        message = f"{record.getMessage()} {record.args!r}"
        assert record.exc_info is None
        assert record.levelno < logging.ERROR
        assert TOKEN[:20] not in message
        assert "Hello" not in message
        assert len(message) < 1000


def chunks_of(row: Row) -> AsyncGenerator[bytes]:
    return chunks(row.parts if row.parts is not None else [row.content])


@pytest.mark.anyio
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_the_asgi_app_responds_as_documented(row: Row, clean_log: None, caplog: pytest.LogCaptureFixture) -> None:
    inbox = MemoryInbox()
    app = receiver_of(inbox).asgi()
    tracemalloc.start()
    sent = await serve(app, chunks_of(row), method=row.method, headers=row.headers, peer=row.peer)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    allow = [(b"allow", b"POST")] if row.status == HTTPStatus.METHOD_NOT_ALLOWED else []
    assert sent == [
        {"type": "http.response.start", "status": row.status, "headers": [*allow, (b"content-length", b"0")]},
        {"type": "http.response.body"},
    ]
    assert await stored(inbox) == (row.status == HTTPStatus.OK)
    assert bool(caplog.records) == (row.status != HTTPStatus.OK)
    assert peak < MAX_MEMORY


def test_httpx_gets_the_same_responses_from_the_asgi_app(clean_log: None) -> None:
    statuses: dict[str, int] = {}

    async def work() -> None:
        for row in ROWS:
            transport = httpx.ASGITransport(receiver_of(MemoryInbox()).asgi(), client=(row.peer or "", 50000))
            content = chunks_of(row) if row.parts is not None else row.content
            async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
                response = await client.request(row.method, "/", headers=list(row.headers), content=content)
            assert response.content == b""
            statuses[row.name] = response.status_code

    asyncio.run(work())
    wrong = {row.name: statuses[row.name] for row in ROWS if statuses[row.name] != row.status}
    assert not wrong


@asynccontextmanager
async def by_uvicorn(handle: Handle) -> AsyncGenerator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(ASGIApp(handle), log_config=None, lifespan="on", proxy_headers=False, loop="asyncio")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield listening.getsockname()[1]
        server.should_exit = True
        await serving


@asynccontextmanager
async def by_aiohttp(handle: Handle) -> AsyncGenerator[int]:
    app = web.Application()
    app.router.add_route("*", "/webhook", aiohttp_handler(handle))
    runner = web.AppRunner(app, access_log=None, lingering_time=0.0)
    await runner.setup()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        await web.SockSite(runner, listening).start()
        yield listening.getsockname()[1]
        await runner.cleanup()


Serving = Callable[[Handle], AbstractAsyncContextManager[int]]
BY_SOCKET = [pytest.param(by_uvicorn, id="uvicorn"), pytest.param(by_aiohttp, id="aiohttp")]


async def ask(port: int, row: Row) -> int:
    """Send a request as it is and return the status, even if the server stops reading the body.

    A socket without a transport: if sending fails, a transport drops the response that has already arrived.
    """
    loop = asyncio.get_running_loop()
    lines = [b"%b /webhook HTTP/1.1" % row.method.encode(), b"host: server", b"connection: close"]
    lines += [b"%b: %b" % pair for pair in row.headers]
    if row.parts is not None:
        lines.append(b"transfer-encoding: chunked")
    elif not any(name == b"content-length" for name, _ in row.headers):
        lines.append(b"content-length: %d" % len(row.content))

    with socket.socket() as connection:
        connection.setblocking(False)
        await loop.sock_connect(connection, ("127.0.0.1", port))

        async def write() -> None:
            await loop.sock_sendall(connection, b"\r\n".join(lines) + b"\r\n\r\n")
            if row.parts is None:
                await loop.sock_sendall(connection, row.content)
                return
            for part in row.parts:
                await loop.sock_sendall(connection, b"%x\r\n%b\r\n" % (len(part), part))
            await loop.sock_sendall(connection, b"0\r\n\r\n")

        writing = asyncio.create_task(write())
        response = b""
        while b"\r\n" not in response and (received := await loop.sock_recv(connection, 4096)):
            response += received
        writing.cancel()
        with suppress(asyncio.CancelledError, ConnectionError):
            await writing
    return int(response.split()[1])


@pytest.mark.parametrize("serving", BY_SOCKET)
def test_a_server_on_a_socket_responds_the_same(serving: Serving, clean_log: None) -> None:
    rows = [row for row in ROWS if not row.depends_on_connection]
    statuses: dict[str, int] = {}
    receiver = receiver_of(MemoryInbox())

    async def handle(method: str, headers: Headers, body: Body, remote_address: str | None) -> WebhookResponse:
        return await receiver.handle(method, headers, body, remote_address)

    async def work() -> None:
        nonlocal receiver
        async with serving(handle) as port:
            for row in rows:
                inbox = MemoryInbox()
                receiver = receiver_of(inbox, "127.0.0.1", body_timeout=20)
                statuses[row.name] = await ask(port, row)
                assert await stored(inbox) == (row.status == HTTPStatus.OK), row.name

    asyncio.run(work())
    wrong = {row.name: statuses[row.name] for row in rows if statuses[row.name] != row.status}
    assert not wrong
