"""Uploads: sources, rejected files, retries, and files that change meanwhile."""

import io
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from greenapi_async import Client, DeliveryUnknownError, InvalidArgumentError
from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.http_libraries import CONNECTIONS, Wire, connection_options, transport_of

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)  # real time: files are read in threads, which a virtual clock does not wait for


PICTURE = b"\xff\xd8\xff\xe0 a picture"
CONTENT = b"\x89PNG" + bytes(range(256)) * 1000


async def parts(content: bytes = CONTENT) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 1000):
        yield content[start : start + 1000]


def every_source(folder: Path) -> dict[str, Any]:
    path = folder / "photo.png"
    path.write_bytes(CONTENT)
    return {"path": path, "str": str(path), "bytes": CONTENT, "file": path.open("rb"), "stream": parts()}


class Server:
    """Records requests with their bodies."""

    def __init__(self) -> None:
        self.requests: list[tuple[httpx.Request, bytes]] = []
        self.failures: list[Exception] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.failures:
            raise self.failures.pop()
        self.requests.append((request, request.content))
        return httpx.Response(200, json={"idMessage": "3EB0C767D097B7C7C030", "urlFile": "https://storage/x.png"})


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def uploader(server: Server, wire: Wire) -> AsyncIterator[Client]:
    async with Client(1, "token", **wire.options(server)) as client:
        yield client


@pytest.mark.parametrize("source", ["path", "str", "bytes", "file", "stream"])
async def test_file_is_sent_completely_from_every_kind_of_source(
    uploader: Client, server: Server, tmp_path: Path, source: str
) -> None:
    sources = every_source(tmp_path)
    done: list[tuple[int, int | None]] = []
    sent = await uploader.send_file_by_upload(
        ANNA,
        sources[source],
        file_name="photo.png",
        caption="Фото",
        progress=lambda now, total: done.append((now, total)),
    )
    sources["file"].close()
    request, body = server.requests[0]
    assert (sent.id_message, sent.url_file) == ("3EB0C767D097B7C7C030", "https://storage/x.png")
    assert request.url.host == "media.green-api.com"
    assert request.headers["content-length"] == str(len(body))
    boundary = request.headers["content-type"].partition("boundary=")[2].encode()
    fields = body.split(b"--" + boundary)
    assert b'name="chatId"\r\n\r\n79001234567@c.us\r\n' in fields[1]
    assert 'name="caption"\r\n\r\nФото\r\n'.encode() in body
    assert b'name="file"; filename="photo.png"\r\nContent-Type: image/png\r\n\r\n' + CONTENT in body
    assert done[-1] == (len(CONTENT), len(CONTENT))


async def test_raw_upload_sends_the_type_or_else_the_name(uploader: Client, server: Server, tmp_path: Path) -> None:
    for name in ("photo.png", "script.zzz"):
        (tmp_path / name).write_bytes(CONTENT)
        assert (await uploader.upload_file(tmp_path / name)).url_file == "https://storage/x.png"
    (typed, body), (named, _) = server.requests
    assert body == CONTENT
    assert (typed.headers["content-type"], "ga-filename" in typed.headers) == ("image/png", False)
    assert ("content-type" in named.headers, named.headers["ga-filename"]) == (False, "script.zzz")


async def test_pictures_are_sent_as_forms_to_the_api_host(uploader: Client, server: Server) -> None:
    await uploader.set_profile_picture(PICTURE)
    await uploader.set_group_picture("120363043968066561@g.us", PICTURE)
    assert [request.url.host for request, _ in server.requests] == ["api.green-api.com"] * 2
    assert b'name="groupId"\r\n\r\n120363043968066561@g.us' in server.requests[1][1]


class Sized(io.RawIOBase):
    """A file that claims a size it does not have."""

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return 100 * 1024 * 1024 + 1 if whence == os.SEEK_END else offset

    def read(self, size: int = -1) -> bytes:
        pytest.fail("a file that is too large was read")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (b"", r"is empty; 1 to 104,857,600 bytes are allowed"),
        (parts(b""), r"is empty"),
        (io.BytesIO(b""), r"is empty"),
        (Sized(), r"has 104,857,601 bytes"),
        ("no/such/file.png", r"file\.png cannot be read: No such file"),
        (io.StringIO("text"), r"opened with 'rb'"),
        (5, r"is of type int; expected a path, bytes, a file opened with 'rb'"),
    ],
    ids=["bytes", "stream", "file", "large", "missing", "text", "number"],
)
async def test_invalid_file_is_rejected_before_sending(
    uploader: Client, server: Server, file: Any, message: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        await uploader.send_file_by_upload(ANNA, file, file_name="a.png")
    assert server.requests == []


async def test_too_long_stream_is_rejected_before_sending(uploader: Client, server: Server) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1024 * 1024)

    with pytest.raises(InvalidArgumentError, match="over 104,857,600 bytes"):
        await uploader.upload_file(endless(), file_name="a.png")
    assert server.requests == []


async def test_file_without_a_name_needs_one(uploader: Client) -> None:
    with pytest.raises(InvalidArgumentError, match="file_name is missing"):
        await uploader.send_file_by_upload(ANNA, CONTENT)
    with pytest.raises(InvalidArgumentError, match="neither file_name nor content_type"):
        await uploader.upload_file(CONTENT)


async def test_upload_is_retried_if_nothing_was_sent(server: Server, wire: Wire) -> None:
    refused = 0
    inner = transport_of(wire.library, httpx.MockTransport(server))

    async def handle(self: object, request: Any) -> Any:
        """Refuse the first connection without reading the request; a mock would read its body first."""
        nonlocal refused
        if not refused:
            refused += 1
            raise wire.library.ConnectError("refused")
        return await inner.handle_async_request(request)

    refusing_once: Any = type("RefusingOnce", (wire.library.AsyncBaseTransport,), {"handle_async_request": handle})
    async with Client(1, "token", transport=refusing_once()) as client:
        await client.send_file_by_upload(ANNA, parts(), file_name="a.png")
    assert refused == 1
    assert CONTENT in server.requests[0][1]


CHANGES = [(100_000, "100,000"), (len(CONTENT) + 5, f"{len(CONTENT) + 5:,}")]


@pytest.mark.parametrize(("size", "shown"), CHANGES, ids=["shrinks", "grows"])
@pytest.mark.parametrize("raw", [False, True], ids=["form", "raw"])
async def test_a_file_that_changes_during_the_upload_is_named_with_its_sizes(
    uploader: Client, server: Server, tmp_path: Path, size: int, shown: str, raw: bool
) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(CONTENT)

    def change(done: int, total: int | None) -> None:
        os.truncate(path, size)

    expected = f"video.mp4 had {len(CONTENT):,} bytes when the upload began and has {shown} bytes now"
    with pytest.raises(InvalidArgumentError, match=re.escape(expected)) as raised:
        await (
            uploader.upload_file(path, progress=change)
            if raw
            else uploader.send_file_by_upload(ANNA, path, progress=change)
        )
    assert "not executed" in str(raised.value)
    assert server.requests == []


@pytest.mark.parametrize("size", [100_000, len(CONTENT) + 5], ids=["shrinks", "grows"])
@pytest.mark.parametrize(
    ("connections", "anyio_backend"), [(name, "asyncio") for name in CONNECTIONS] + [("own", "trio")]
)
async def test_a_server_does_not_execute_the_upload_of_a_file_that_changes(
    tmp_path: Path, size: int, connections: str
) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(CONTENT)
    sandbox = Sandbox(seed=1)
    instance = sandbox.add_instance()
    with SandboxServer(sandbox) as served:
        options = connection_options(connections)
        async with Client(instance.id_instance, instance.token, served.url, served.url, **options) as client:
            with pytest.raises(InvalidArgumentError, match=r"video\.mp4 had"):
                await client.upload_file(path, progress=lambda done, total: os.truncate(path, size))
            assert await client.show_messages_queue() == []
    assert "uploadFile" not in [call.method for call in instance.calls if call.status == 200]


async def test_a_file_that_changed_before_the_retry_is_an_error_too(server: Server, wire: Wire, tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(CONTENT)
    server.failures.append(httpx.ConnectError("refused"))

    def respond(request: httpx.Request) -> httpx.Response:
        os.truncate(path, 5)
        return server(request)

    async with Client(1, "token", **wire.options(respond)) as uploader:
        with pytest.raises(InvalidArgumentError, match="has 5 bytes now"):
            await uploader.send_file_by_upload(ANNA, path)
    assert server.requests == []


async def test_upload_is_not_retried_if_it_may_have_arrived(uploader: Client, server: Server) -> None:
    server.failures.append(httpx.ReadError("lost"))
    with pytest.raises(DeliveryUnknownError):
        await uploader.send_file_by_upload(ANNA, CONTENT, file_name="a.png")


async def test_file_name_cannot_inject_headers(uploader: Client, server: Server) -> None:
    await uploader.send_file_by_upload(ANNA, CONTENT, file_name='a"\r\nX: y.png')
    assert b'filename="a%22%0D%0AX: y.png"' in server.requests[0][1]


async def test_error_of_the_file_itself_is_raised_unchanged(uploader: Client, server: Server) -> None:
    def progress(done: int, total: int | None) -> None:
        raise KeyError("my bug")

    with pytest.raises(KeyError, match="my bug"):
        await uploader.send_file_by_upload(ANNA, CONTENT, file_name="a.png", progress=progress)


async def test_folder_is_rejected(uploader: Client, server: Server, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="cannot be read"):
        await uploader.send_file_by_upload(ANNA, tmp_path)
    assert server.requests == []


async def test_pipe_is_spooled_before_sending(uploader: Client, server: Server) -> None:
    reading, writing = os.pipe()
    os.write(writing, CONTENT[:1000])
    os.close(writing)
    with open(reading, "rb") as pipe:  # noqa: PTH123, ASYNC230  a descriptor has no path
        await uploader.upload_file(pipe, file_name="a.png")
    assert server.requests[0][1] == CONTENT[:1000]


@pytest.mark.parametrize(
    ("name", "sent"), [("main.py", "main.py"), ("main.go", "main.go"), ("отчёт.unheard", "file.unheard")]
)
async def test_file_with_an_unlisted_type_is_sent_by_name(
    uploader: Client, server: Server, name: str, sent: str
) -> None:
    await uploader.upload_file(CONTENT, file_name=name)
    assert server.requests[0][0].headers["ga-filename"] == sent
    assert "content-type" not in server.requests[0][0].headers


async def test_group_picture_needs_a_group(uploader: Client, server: Server) -> None:
    with pytest.raises(InvalidArgumentError, match="group_id"):
        await uploader.set_group_picture(ANNA, CONTENT)
    assert server.requests == []
