"""Connections: cancellation leaks none, responses are limited, and proxies are chosen per host."""

import asyncio
import gc
import gzip
import random
import socket
import ssl
import struct
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import httpx
import pytest
import pytest_asyncio
import trustme

from greenapi_async import (
    BusinessClient,
    Client,
    ConnectionFailedError,
    DecodeError,
    DeliveryUnknownError,
    GreenAPIError,
    InvalidArgumentError,
    PayloadTooLargeError,
    Retry,
    TransportError,
)
from tests.http_libraries import CONNECTIONS, LIBRARIES, connection_options, import_library

TOKEN = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee0000"
ONCE = Retry(patience=0, repeats=0)

Respond = Callable[[str, asyncio.StreamWriter], Awaitable[None]]
Work = Callable[[Client, str, Path], Awaitable[object]]
"""Operation of a client against the server at a URL, with a folder for files."""


class Server:
    """HTTP server on loopback that answers every request with ``respond`` and records the request targets."""

    def __init__(self) -> None:
        self.targets: list[str] = []
        self.heads: list[bytes] = []
        self.respond: Respond = self.answer
        self.url = ""

    async def answer(self, target: str, writer: asyncio.StreamWriter) -> None:
        body = b"null" if "receiveNotification" in target else b'{"wid": "1@c.us"}'
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + _length(body) + b"\r\n" + body)
        await writer.drain()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                target = head.split(b" ", 2)[1].decode()
                self.heads.append(head)
                self.targets.append(target)
                await self.respond(target, writer)
        writer.close()


def _length(body: bytes) -> bytes:
    return b"content-length: %d\r\n" % len(body)


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None) -> AsyncGenerator[Server]:
    server = Server()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    port = listener.sockets[0].getsockname()[1]
    server.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield server
    finally:
        listener.close()


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as server:
        yield server


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(params=CONNECTIONS)
def options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Options of a client: one with its own connections, or with a transport of either library."""
    return connection_options(request.param)


def connect(server: Server, **options: Any) -> Client:
    options.setdefault("retry", ONCE)
    return Client(1101000001, TOKEN, server.url, server.url, rate_limiter=None, **options)


async def call(client: Client, url: str, path: Path) -> object:
    return await client.get_settings()


async def reboot(client: Client, url: str, path: Path) -> object:
    return await client.reboot()


async def send(client: Client, url: str, path: Path) -> object:
    return await client.send_message("79001234567@c.us", "Hello!")


async def poll(client: Client, url: str, path: Path) -> object:
    return await client.receive_notification(receive_timeout=5)


async def download(client: Client, url: str, path: Path) -> object:
    return await client.download(f"{url}/file", path / f"{random.random()}")


async def cancelled(chance: random.Random, work: Callable[[], Awaitable[object]]) -> None:
    """Cancel work after a random, short time, in one of five ways."""
    seconds = chance.uniform(0, 0.004)
    way = chance.randrange(5)
    with suppress(TimeoutError, asyncio.CancelledError, GreenAPIError):
        if way == 0:
            await asyncio.wait_for(work(), seconds)
        elif way == 1:
            async with asyncio.timeout(seconds):
                await work()
        elif way == 2:
            with anyio.move_on_after(seconds):
                await work()
        else:
            task = asyncio.ensure_future(work())
            for _ in range(chance.randrange(40)):
                await asyncio.sleep(0)
            task.cancel()
            if way == 4:
                await asyncio.sleep(0)
                task.cancel()
            await task


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("work", "places"), [(call, 100), (poll, 10), (download, 100)], ids=["calls", "polls", "downloads"]
)
@pytest.mark.parametrize("concurrency", [5, 20, 50])
@pytest.mark.parametrize("connections", ["own", "aiohttp"])
async def test_cancellations_leak_no_connections(
    server: Server, tmp_path: Path, work: Work, places: int, concurrency: int, connections: str
) -> None:
    chance = random.Random(29)
    waiting = 0
    all_here = asyncio.Event()

    async def answer_when_all_are_here(target: str, writer: asyncio.StreamWriter) -> None:
        nonlocal waiting
        waiting += 1
        if waiting == places:
            all_here.set()
        await all_here.wait()
        await server.answer(target, writer)

    async with connect(server, **connection_options(connections)) as client:

        async def worker() -> None:
            for _ in range(1000 // concurrency):
                await cancelled(chance, lambda: work(client, server.url, tmp_path))

        await asyncio.gather(*(worker() for _ in range(concurrency)))
        server.respond = answer_when_all_are_here
        await asyncio.gather(*(work(client, server.url, tmp_path) for _ in range(places)))


@pytest.mark.asyncio
async def test_a_connection_is_reused_after_a_complete_exchange(server: Server, options: dict[str, Any]) -> None:
    connections = 0
    serve = server.serve

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await serve(reader, writer)

    server.serve = counted  # type: ignore[method-assign]  # of this test's own server
    listener = await asyncio.start_server(counted, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with connect(server, **options) as client:
        for _ in range(20):
            await client.get_settings()
    listener.close()
    assert connections == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("work", [reboot, send], ids=["reboot", "send"])
async def test_a_request_whose_connection_is_lost_is_sent_once(
    server: Server, tmp_path: Path, work: Work, options: dict[str, Any]
) -> None:
    """An idle connection, whose server is about to close it, and GET, which HTTP calls safe: libraries would repeat."""

    async def lose(target: str, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with connect(server, retry=Retry(), **options) as client:
        await client.get_settings()
        server.respond = lose
        with pytest.raises(DeliveryUnknownError):
            await work(client, server.url, tmp_path)
    assert len(server.targets) == 2


@pytest.mark.asyncio
async def test_a_connection_that_the_server_closed_is_replaced(server: Server, options: dict[str, Any]) -> None:
    async def respond(target: str, writer: asyncio.StreamWriter) -> None:
        await server.answer(target, writer)
        writer.close()

    server.respond = respond
    async with connect(server, **options) as client:
        for _ in range(5):
            await client.get_settings()
            for _ in range(20):
                await asyncio.sleep(0)  # the event loop notices that it is closed
    assert len(server.targets) == 5


@pytest.mark.asyncio
@pytest.mark.parametrize("early", [True, False], ids=["early answer", "closed"])
async def test_an_upload_that_the_server_interrupts_leaves_the_client_usable(
    server: Server, early: bool, options: dict[str, Any]
) -> None:
    async def interrupt(target: str, writer: asyncio.StreamWriter) -> None:
        if early:
            writer.write(b"HTTP/1.1 413 Payload Too Large\r\n" + _length(b"too large") + b"\r\ntoo large")
            await writer.drain()
        writer.close()

    async def endless() -> AsyncGenerator[bytes]:
        for _ in range(1000):
            yield bytes(60_000)
            await asyncio.sleep(0)

    server.respond = interrupt
    async with connect(server, **options) as client:
        with pytest.raises((PayloadTooLargeError, TransportError)):
            await client.upload_file(endless(), file_name="a.bin")
        server.respond = server.answer
        assert (await client.get_settings()).wid == "1@c.us"


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return gzip.compress(b'{"wid": "' + bytes(300 * 1024 * 1024) + b'"}', compresslevel=1)


@pytest.mark.asyncio
async def test_a_compressed_bomb_is_rejected_before_it_is_unpacked(
    server: Server, bomb: bytes, options: dict[str, Any]
) -> None:

    async def respond(target: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n" + _length(bomb) + b"\r\n" + bomb)
        await writer.drain()

    server.respond = respond
    async with connect(server, **options) as client:
        with pytest.raises(DecodeError, match="larger than 16,777,216 bytes"):
            await client.get_settings()
        server.respond = server.answer
        assert (await client.get_settings()).wid == "1@c.us"


@pytest.mark.asyncio
async def test_a_token_that_belongs_in_a_header_is_sent_there(server: Server, options: dict[str, Any]) -> None:
    async with BusinessClient(TOKEN, server.url, retry=ONCE, **options) as client:
        await client.download_media("bca567ba-0bd7-4211-8792-0c123fbd2716")
        with pytest.raises(GreenAPIError):  # this server does not speak that API
            await client.send_text("79001234567", "Hello!")
    assert all(f"authorization: bearer {TOKEN}".encode() in head.lower() for head in server.heads)
    assert len(server.heads) == 2
    assert all(TOKEN not in target for target in server.targets)


@pytest.mark.asyncio
async def test_the_limit_of_responses_can_be_set(server: Server, options: dict[str, Any]) -> None:
    async with connect(server, max_response_bytes=10, **options) as client:
        with pytest.raises(DecodeError, match="larger than 10 bytes; allow more with max_response_bytes="):
            await client.get_settings()


@pytest.mark.asyncio
async def test_a_compressed_response_is_decoded(server: Server, options: dict[str, Any]) -> None:
    body = gzip.compress(b'{"wid": "zipped"}')

    async def respond(target: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n" + _length(body) + b"\r\n" + body)
        await writer.drain()

    server.respond = respond
    async with connect(server, **options) as client:
        assert (await client.get_settings()).wid == "zipped"


@pytest.mark.asyncio
async def test_an_unknown_encoding_is_an_error(server: Server, options: dict[str, Any]) -> None:
    async def respond(target: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 1\r\n\r\nx")
        await writer.drain()

    server.respond = respond
    async with connect(server, **options) as client:
        with pytest.raises(DecodeError, match="Content-Encoding 'br'"):
            await client.get_settings()


@pytest.mark.asyncio
async def test_a_download_is_rejected_by_its_content_length(
    server: Server, tmp_path: Path, options: dict[str, Any]
) -> None:
    sent = 0

    async def respond(target: str, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n" + _length(bytes(1_000_000_000)) + b"\r\n")
        while True:
            writer.write(bytes(65536))
            await writer.drain()
            sent += 65536

    server.respond = respond
    async with connect(server, **options) as client:
        with pytest.raises(PayloadTooLargeError, match="1,000,000,000 bytes"):
            await client.download(f"{server.url}/file", tmp_path / "x", max_bytes=1000)
    assert sent < 20_000_000
    assert [path async for path in anyio.Path(tmp_path).iterdir()] == []


@pytest.mark.asyncio
@pytest.mark.parametrize("way", ["environment", "option"])
@pytest.mark.parametrize("connections", ["own", "aiohttp"])
async def test_the_proxy_is_chosen_for_each_host(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, connections: str
) -> None:
    async with serving() as proxy:
        options: dict[str, Any] = connection_options(connections) | ({"proxy": proxy.url} if way == "option" else {})
        if way == "environment":
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        async with Client(
            1, TOKEN, "http://api.example", server.url, rate_limiter=None, retry=ONCE, **options
        ) as client:
            await client.get_settings()
            assert proxy.targets == [f"http://api.example/waInstance1/getSettings/{TOKEN}"]
            await client.download(f"{server.url}/file", tmp_path / "x")
            assert server.targets == (["/file"] if way == "environment" else [])
            assert len(proxy.targets) == (1 if way == "environment" else 2)


@pytest.mark.asyncio
@pytest.mark.parametrize("way", ["direct", "environment", "option"])
@pytest.mark.parametrize("connections", ["own", "aiohttp"])
async def test_a_failed_connection_names_host_and_port_only(
    monkeypatch: pytest.MonkeyPatch, connections: str, way: str
) -> None:
    options: dict[str, Any] = connection_options(connections)
    proxy = "http://somebody:pass%40word@127.0.0.1:9"
    if way == "environment":
        monkeypatch.setenv("ALL_PROXY", proxy)
    elif way == "option":
        options["proxy"] = proxy
    url = "http://127.0.0.1:9" if way == "direct" else "http://api.example"
    target = "127.0.0.1:9 (" if way == "direct" else "api.example:80 through the proxy 127.0.0.1:9 ("
    async with Client(1, TOKEN, url, url, rate_limiter=None, retry=ONCE, **options) as client:
        with pytest.raises(ConnectionFailedError) as reading:
            await client.get_settings()
        with pytest.raises(ConnectionFailedError) as sending:
            await client.send_message("79001234567@c.us", "x")
        with pytest.raises(ConnectionFailedError) as downloading:
            await client.download(f"{url.replace('://', '://me:secret@')}/private/file")
    errors = [str(each.value) for each in (reading, sending, downloading)]
    for error in errors:
        assert f": no connection to {target}" in error
        assert not any(word in error for word in (TOKEN, "waInstance", "word", "somebody", "secret", "private"))
    assert ["Nothing was sent" in error for error in errors] == [False, True, False]


@pytest.mark.parametrize("connections", ["own", "aiohttp"])
def test_a_proxy_with_an_unknown_scheme_is_rejected(connections: str) -> None:
    with pytest.raises(InvalidArgumentError, match="'ftp' proxy cannot be used"):
        Client(1, TOKEN, proxy="ftp://127.0.0.1:1", **connection_options(connections))


@pytest.mark.asyncio
@pytest.mark.parametrize("name", LIBRARIES)
async def test_instrumentation_of_the_library_never_sees_the_token(
    server: Server, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    seen: list[str] = []
    library = import_library(name)
    original = library.AsyncHTTPTransport.handle_async_request

    async def traced(self: object, request: Any) -> Any:
        seen.append(f"{request.url} {request.headers!r} {request.extensions!r}")
        response = await original(self, request)
        seen.append(f"{request.url} {request.extensions!r} {response.extensions!r}")
        return response

    monkeypatch.setattr(library.AsyncHTTPTransport, "handle_async_request", traced)
    transport = library.AsyncHTTPTransport()
    async with serving() as proxy:
        proxied = library.AsyncHTTPTransport(proxy=proxy.url)
        used: list[dict[str, Any]] = [{"transport": each} for each in (transport, transport, proxied)]
        if library is httpx:
            used += [{}, {"proxy": proxy.url}]
        for options in used:
            client = connect(server, **options)
            await client.get_settings()
            if "transport" not in options:
                await client.aclose()
        await proxied.aclose()
        assert len(proxy.targets) == (2 if library is httpx else 1)
        assert len(server.targets) + len(proxy.targets) == len(used)
        assert all(TOKEN in target for target in [*server.targets, *proxy.targets])
    await transport.aclose()
    assert len(seen) == 2 * len(used)
    assert all(TOKEN not in words for words in seen)


@pytest.mark.asyncio
@pytest.mark.parametrize("work", [call, download], ids=["call", "download"])
async def test_an_untrusted_certificate_is_not_retried(tmp_path: Path, work: Work, options: dict[str, Any]) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate = tmp_path / "server.pem"
    certificate.write_bytes(trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.bytes())
    context.load_cert_chain(certificate)
    async with serving(context) as server, connect(server, retry=Retry(), **options) as client:
        with pytest.raises(ConnectionFailedError, match="certificate") as raised, anyio.fail_after(10):
            await work(client, server.url, tmp_path)
        assert raised.value.permanent


@pytest.mark.asyncio
async def test_a_redirect_to_another_scheme_is_not_retried(
    server: Server, tmp_path: Path, options: dict[str, Any]
) -> None:
    async def respond(target: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 Found\r\nlocation: ftp://host/file\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()

    server.respond = respond
    async with connect(server, retry=Retry(), **options) as client:
        with pytest.raises(TransportError, match=r"unsupported URL \(ftp://\)"):
            await client.download(f"{server.url}/file", tmp_path / "x")
    assert len(server.targets) == 1


@pytest.mark.asyncio
async def test_a_websocket_whose_connection_is_reset_raises_a_transport_error(
    server: Server, options: dict[str, Any]
) -> None:
    async def reset(target: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")
        await writer.drain()
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    server.respond = reset
    async with connect(server, **options) as client:
        with pytest.raises(TransportError, match="ReadError: the connection of the websocket failed") as raised:
            await anext(client.scan_qr_code())
        assert raised.value.__cause__ is None


class PingedStream:
    """Stream of a websocket that receives a ping and can send nothing."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return b"\x89\x00"

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        raise ConnectionError("lost")

    async def aclose(self) -> None: ...


@pytest.mark.asyncio
@pytest.mark.parametrize("name", LIBRARIES)
async def test_a_websocket_that_cannot_answer_a_ping_raises_a_transport_error(name: str) -> None:
    library = import_library(name)

    def answer(request: Any) -> Any:
        return library.Response(101, extensions={"network_stream": PingedStream()})

    async with Client(1, TOKEN, transport=library.MockTransport(answer), retry=ONCE) as client:
        with pytest.raises(TransportError, match="ConnectionError: the connection of the websocket failed"):
            await anext(client.scan_qr_code())


def send_without_end(listener: socket.socket) -> None:
    """Answer one request with a body that goes on until the client leaves."""
    connection, _ = listener.accept()
    with connection, suppress(ConnectionError):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"1000\r\n" + bytes(0x1000) + b"\r\n")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("connections", "anyio_backend"),
    [*((name, "asyncio") for name in CONNECTIONS), *((name, "trio") for name in ("own", *LIBRARIES))],
)
@pytest.mark.parametrize("cancelled", [False, True], ids=["too large", "cancelled"])
async def test_a_download_that_ends_early_leaves_nothing_to_the_garbage_collector(
    tmp_path: Path, cancelled: bool, connections: str
) -> None:
    # Warnings are errors here: on trio, an async generator that is collected unfinished is a ResourceWarning.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=send_without_end, args=[listener])
        server.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/file"
        async with Client(1, TOKEN, retry=ONCE, **connection_options(connections)) as client:
            scope = anyio.CancelScope()

            def progress(done: int, total: int | None) -> None:
                if cancelled and done > 100_000:
                    scope.cancel()

            limit = None if cancelled else 100_000
            with nullcontext() if cancelled else pytest.raises(PayloadTooLargeError), scope:
                await client.download(url, tmp_path / "x", max_bytes=limit, progress=progress)
        await anyio.to_thread.run_sync(server.join)
        gc.collect()
