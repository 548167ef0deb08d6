"""Downloads into memory and into writers, and what the storage tells about uploaded files."""

import asyncio
import io
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import anyio
import anyio.lowlevel
import httpx
import pytest

from greenapi_async import (
    Client,
    IncomingMessageReceived,
    InvalidArgumentError,
    NotFoundError,
    PayloadTooLargeError,
    Retry,
    ServerError,
    parse_notification,
)
from greenapi_async.sandbox import Sandbox, create_app

pytestmark = pytest.mark.anyio

CONTENT = bytes(range(256)) * 1000
URL = "https://storage/old.png"


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)  # real time: files are written in threads, which a virtual clock does not wait for


async def interrupted() -> AsyncIterator[bytes]:
    yield CONTENT[:100_000]
    raise httpx.ReadError("lost")


async def complete() -> AsyncIterator[bytes]:
    for start in range(0, len(CONTENT), 50_000):
        yield CONTENT[start : start + 50_000]


class Server:
    """Interrupts as many downloads as told."""

    def __init__(self) -> None:
        self.interrupted = 0
        self.requested: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requested.append(f"{request.method} {request.url.path.rpartition('/')[2]}")
        if "/downloadFile/" in request.url.path:
            return httpx.Response(500, json={"message": "Internal error when downloading file"})
        if request.url.path == "/gone.png":
            return httpx.Response(404)
        if self.interrupted:
            self.interrupted -= 1
            return httpx.Response(200, content=interrupted())
        return httpx.Response(200, content=complete())


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    retry = Retry(repeats=1, wait_initial=0.001)
    async with Client(1, "token", transport=httpx.MockTransport(server), retry=retry) as client:
        yield client


def incoming(client: Client, url: str) -> IncomingMessageReceived:
    file = {"downloadUrl": url, "fileName": "photo.png"}
    notification = parse_notification(
        {
            "typeWebhook": "incomingMessageReceived",
            "idMessage": "F7AEC1B7086ECDC7E6E45923F5EDB825",
            "senderData": {"chatId": "79001234567@c.us"},
            "messageData": {"typeMessage": "imageMessage", "fileMessageData": file},
        },
        client,
    )
    assert isinstance(notification, IncomingMessageReceived)
    return notification


async def test_a_download_without_a_path_returns_the_content(client: Client, server: Server) -> None:
    server.interrupted = 1
    assert await incoming(client, URL).download() == CONTENT
    assert await client.download(URL, max_bytes=len(CONTENT)) == CONTENT
    with pytest.raises(PayloadTooLargeError, match="max_bytes allows 1,000"):
        await client.download(URL, max_bytes=1000)


async def test_content_in_memory_is_limited_without_max_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {"Content-Length": str(100 * 1024 * 1024 + 1)}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers=headers, content=complete()))
    async with Client(1, "token", transport=transport) as client:
        with pytest.raises(PayloadTooLargeError, match="max_bytes allows 104,857,600"):
            await client.download(URL)


class Target:
    """Where the tests write to, and how the content is read back."""

    def __init__(self, writer: Any, content: Callable[[], Awaitable[bytes]]) -> None:
        self.writer = writer
        self.content = content


async def sync_file(folder: Path) -> Target:
    file = (folder / "x").open("wb")

    async def content() -> bytes:
        file.close()
        return (folder / "x").read_bytes()

    return Target(file, content)


async def anyio_file(folder: Path) -> Target:
    file = await anyio.open_file(folder / "x", "wb")

    async def content() -> bytes:
        await file.aclose()
        return (folder / "x").read_bytes()

    return Target(file, content)


async def aiofiles_file(folder: Path) -> Target:
    if anyio.get_cancelled_exc_class() is not asyncio.CancelledError:
        pytest.skip("aiofiles is for asyncio only")
    aiofiles: Any = pytest.importorskip("aiofiles")
    file = await aiofiles.open(folder / "x", "wb")

    async def content() -> bytes:
        await file.close()
        return (folder / "x").read_bytes()

    return Target(file, content)


async def stream(_folder: Path) -> Target:
    sending, receiving = anyio.create_memory_object_stream[bytes](100)

    async def content() -> bytes:
        await sending.aclose()
        async with receiving:
            return b"".join([part async for part in receiving])

    return Target(sending, content)


class Unbuffered(io.RawIOBase):
    """Writes a part at a time, as an unbuffered file may."""

    def __init__(self) -> None:
        self.written = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self.written += data[:30_000]
        return len(data[:30_000])


async def unbuffered(_folder: Path) -> Target:
    file = Unbuffered()

    async def content() -> bytes:
        return file.written

    return Target(file, content)


class StreamWriter:
    """As ``asyncio.StreamWriter``: its methods must be called in the thread of the event loop."""

    def __init__(self) -> None:
        self.written = self.drained = b""

    def write(self, data: bytes, /) -> None:
        anyio.get_current_task()
        self.written += data

    async def drain(self) -> None:
        self.drained = self.written


async def stream_writer(_folder: Path) -> Target:
    writer = StreamWriter()

    async def content() -> bytes:
        return writer.drained

    return Target(writer, content)


TARGETS = [sync_file, anyio_file, aiofiles_file, stream, unbuffered, stream_writer]


@pytest.mark.parametrize("make", TARGETS, ids=lambda make: make.__name__)
async def test_a_writer_gets_an_interrupted_download_once_and_whole(
    client: Client, server: Server, tmp_path: Path, make: Callable[[Path], Awaitable[Target]]
) -> None:
    server.interrupted = 1
    target = await make(tmp_path)
    assert await incoming(client, URL).download(target.writer) == len(CONTENT)
    assert await target.content() == CONTENT


async def test_a_writer_gets_nothing_of_a_download_that_fails(client: Client, server: Server) -> None:
    memory = io.BytesIO(b"mine")
    memory.seek(4)
    with pytest.raises(PayloadTooLargeError):
        await client.download(URL, memory, max_bytes=120_000)
    assert memory.getvalue() == b"mine"
    assert await client.download(URL, memory) == len(CONTENT)
    assert memory.getvalue() == b"mine" + CONTENT


def closed() -> BinaryIO:
    file = io.BytesIO()
    file.close()
    return file


class ReadOnly(io.BytesIO):
    def writable(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (io.StringIO, "path is a text file; expected a path, None for bytes"),
        (closed, "path is a closed file"),
        (ReadOnly, "path is a file that is open for reading only"),
        (lambda: 5, "path is of type int"),
        (lambda: (part for part in [b""]), "path is of type generator"),
        (lambda: anyio.open_file("x", "wb"), r"path is of type coroutine \(is an await missing\?\)"),
    ],
    ids=["text", "closed", "read-only", "number", "generator", "coroutine"],
)
async def test_what_cannot_be_written_to_is_rejected_before_the_download(
    client: Client, server: Server, make: Callable[[], Any], message: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        await client.download(URL, make())
    assert server.requested == []


async def test_the_errors_of_progress_and_writer_are_raised_unchanged_and_not_retried(
    client: Client, server: Server, tmp_path: Path
) -> None:
    class Full(io.BytesIO):
        def write(self, data: Any, /) -> int:
            raise OSError(28, "No space left on device")

    async def progress(done: int, total: int | None) -> None:
        await anyio.lowlevel.checkpoint()
        raise KeyError("my bug")

    with pytest.raises(OSError, match="No space left"):
        await client.download(URL, Full())
    for target in (None, tmp_path / "x"):
        with pytest.raises(KeyError, match="my bug"):
            await client.download(URL, target, progress=progress)
    assert server.requested == ["GET old.png"] * 3
    assert os.listdir(tmp_path) == []  # noqa: PTH208  no path of anyio is needed


async def test_a_message_whose_file_whatsapp_no_longer_stores_raises_server_error(client: Client) -> None:
    with pytest.raises(ServerError, match="WhatsApp no longer stores the file"):
        await incoming(client, "https://storage/gone.png").download()
    with pytest.raises(NotFoundError, match="does not exist, or its URL has expired"):
        await client.download("https://storage/gone.png")


async def test_the_expiry_of_an_uploaded_file_is_read_from_the_storage() -> None:
    sandbox = Sandbox(seed=1)
    instance = sandbox.add_instance()
    transport = httpx.ASGITransport(create_app(sandbox))
    async with Client(instance.id_instance, instance.token, "http://sandbox", transport=transport) as client:
        uploaded = await client.upload_file(CONTENT, file_name="x.png", with_expiry=True)
        assert (await client.upload_file(CONTENT, file_name="x.png")).expires_at is None
    assert uploaded.expires_at is not None
    days = uploaded.expires_at - datetime.fromtimestamp(sandbox.clock(), UTC)
    assert timedelta(days=15, seconds=-2) < days <= timedelta(days=15)


@pytest.mark.parametrize(
    ("status", "header", "expected"),
    [
        (200, 'expiry-date="Sat, 01 Jun 2024 00:00:00 GMT"', datetime(2024, 6, 1, tzinfo=UTC)),
        (200, 'expiry-date="Sat, 01 Jun 2024 03:00:00 +0300", rule-id="x"', datetime(2024, 6, 1, tzinfo=UTC)),
        (200, 'expiry-date="soon"', None),
        (200, None, None),
        (403, 'expiry-date="Sat, 01 Jun 2024 00:00:00 GMT"', None),
        (0, None, None),
    ],
)
async def test_an_upload_succeeds_whatever_the_storage_answers(
    status: int, header: str | None, expected: datetime | None, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(200, json={"urlFile": URL})
        assert str(request.url) == URL
        if not status:
            raise httpx.ConnectError("refused")
        return httpx.Response(status, headers={} if header is None else {"X-Amz-Expiration": header})

    async with Client(1, "token", transport=httpx.MockTransport(answer)) as client:
        uploaded = await client.upload_file(CONTENT, file_name="x.png", with_expiry=True)
    assert (uploaded.url_file, uploaded.expires_at) == (URL, expected)
    warned = any("expiry of an uploaded file is unknown" in record.getMessage() for record in caplog.records)
    assert warned is (expected is None)
