"""Receivers mounted in FastAPI and aiohttp on real sockets, and the rest of the ASGI protocol."""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from fastapi import FastAPI

from greenapi_async import Client, MemoryInbox
from greenapi_async.webhooks import WebhookReceiver

from .webhook_requests import HEADERS, INSTANCE, TOKEN, body, chunks

LOCAL = "127.0.0.1"


def receiver_of(inbox: MemoryInbox, **options: Any) -> WebhookReceiver:
    options = {"addresses": [LOCAL], "body_timeout": 20, **options}
    return WebhookReceiver(clients=Client(INSTANCE, "token"), inbox=inbox, tokens=[TOKEN], **options)


@asynccontextmanager
async def in_fastapi(receiver: WebhookReceiver) -> AsyncGenerator[str]:
    app = FastAPI()
    app.mount("/webhook", receiver.asgi())
    with socket.create_server((LOCAL, 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, proxy_headers=False, loop="asyncio"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        yield f"http://{LOCAL}:{listening.getsockname()[1]}/webhook/"
        server.should_exit = True
        await serving


@asynccontextmanager
async def in_aiohttp(receiver: WebhookReceiver, *middlewares: Middleware) -> AsyncGenerator[str]:
    app = web.Application(middlewares=middlewares)
    app.router.add_route("*", "/webhook", receiver.aiohttp())
    runner = web.AppRunner(app, access_log=None, lingering_time=0.0)
    await runner.setup()
    with socket.create_server((LOCAL, 0)) as listening:
        await web.SockSite(runner, listening).start()
        yield f"http://{LOCAL}:{listening.getsockname()[1]}/webhook"
        await runner.cleanup()


Mount = Callable[[WebhookReceiver], Any]
MOUNTS = pytest.mark.parametrize("mount", [in_fastapi, in_aiohttp])


async def post(mount: Mount, receiver: WebhookReceiver, content: Any, **headers: str) -> int:
    async with mount(receiver) as url, httpx.AsyncClient(trust_env=False) as client:
        more = [(name.encode(), value.encode()) for name, value in headers.items()]
        response = await client.post(url, content=content, headers=[*HEADERS, *more])
        assert response.content == b""
        return response.status_code


@MOUNTS
def test_a_posted_notification_is_stored(mount: Mount) -> None:
    inbox = MemoryInbox()
    assert asyncio.run(post(mount, receiver_of(inbox), body("ping"))) == 200
    assert asyncio.run(post(mount, receiver_of(inbox), chunks([body("pong")]))) == 200
    entries = asyncio.run(_waiting(inbox))
    assert [("ping" in entries[0]), ("pong" in entries[1]), len(entries)] == [True, True, 2]


async def _waiting(inbox: MemoryInbox) -> list[str]:
    return [entry.body for entry in await inbox.waiting({INSTANCE}, 0, 10)]


@MOUNTS
def test_a_slow_body_times_out(mount: Mount) -> None:
    async def stuck(receiver: WebhookReceiver) -> bytes:
        async with mount(receiver) as url:
            parts = httpx.URL(url)
            reader, writer = await asyncio.open_connection(LOCAL, parts.port)
            lines = [b"POST %b HTTP/1.1" % parts.path.encode(), b"host: server", b"content-length: 1000"]
            lines += [b"%b: %b" % pair for pair in HEADERS]
            writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + body()[:50])
            status = await reader.readline()
            writer.close()
            await writer.wait_closed()
            return status

    assert asyncio.run(stuck(receiver_of(MemoryInbox(), body_timeout=0.1))).split()[1] == b"408"


@MOUNTS
def test_the_address_is_taken_from_the_connection(mount: Mount) -> None:
    forged = {"x-forwarded-for": LOCAL}
    elsewhere = receiver_of(MemoryInbox(), addresses=["192.0.2.1"])
    assert asyncio.run(post(mount, elsewhere, body(), **forged)) == 403
    behind = receiver_of(MemoryInbox(), addresses=["192.0.2.1"], trusted_proxies=[LOCAL])
    assert asyncio.run(post(mount, behind, body(), **{"x-forwarded-for": "192.0.2.1"})) == 200


def test_an_aiohttp_middleware_cannot_change_the_address() -> None:
    @web.middleware
    async def forging(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await handler(request.clone(remote="192.0.2.1"))

    def mount(receiver: WebhookReceiver) -> Any:
        return in_aiohttp(receiver, forging)

    elsewhere = receiver_of(MemoryInbox(), addresses=["192.0.2.1"])
    assert asyncio.run(post(mount, elsewhere, body())) == 403


Scope = MutableMapping[str, Any]


async def drive(receiver: WebhookReceiver, scope: Scope, *events: str) -> list[str]:
    left = [{"type": event} for event in events]
    sent: list[str] = []

    async def receive() -> Scope:
        return left.pop(0)

    async def send(event: Scope) -> None:
        sent.append(event["type"])

    app: Callable[..., Awaitable[None]] = receiver.asgi()
    await app(scope, receive, send)
    assert not left
    return sent


@pytest.mark.anyio
async def test_the_app_supports_the_lifespan_protocol() -> None:
    sent = await drive(receiver_of(MemoryInbox()), {"type": "lifespan"}, "lifespan.startup", "lifespan.shutdown")
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


@pytest.mark.anyio
async def test_websockets_are_closed_and_unknown_scopes_ignored() -> None:
    receiver = receiver_of(MemoryInbox())
    assert await drive(receiver, {"type": "websocket"}, "websocket.connect") == ["websocket.close"]
    assert await drive(receiver, {"type": "something new"}) == []


@pytest.mark.anyio
async def test_a_disconnect_before_the_response_is_not_an_error() -> None:
    async def receive() -> Scope:
        return {"type": "http.request", "body": body()}

    async def send(_: Scope) -> None:
        raise BrokenPipeError

    inbox = MemoryInbox()
    scope = {"type": "http", "method": "POST", "headers": HEADERS, "client": (LOCAL, 1)}
    await receiver_of(inbox).asgi()(scope, receive, send)
    assert len(await inbox.waiting({INSTANCE}, 0, 10)) == 1


def test_without_aiohttp_the_error_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['aiohttp'] = None\n"
        "from greenapi_async import Client, MemoryInbox, MissingExtraError\n"
        "from greenapi_async.webhooks import WebhookReceiver\n"
        "receiver = WebhookReceiver(clients=[Client(1, 't')], inbox=MemoryInbox())\n"
        "try:\n receiver.aiohttp()\n"
        "except MissingExtraError as error:\n print(error)"
    )
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert "greenapi-async[aiohttp]" in output
