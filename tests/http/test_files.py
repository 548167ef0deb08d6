"""Uploads and downloads."""

import io
import os
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from greenapi_async import (
    Client,
    ConnectionFailedError,
    DeliveryUnknownError,
    InvalidArgumentError,
    NotFoundError,
    PayloadTooLargeError,
    Retry,
    TransportError,
    parse_notification,
)
from greenapi_async.http.downloads import safe_name
from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.http_libraries import LIBRARIES, Wire, import_library, transport_of

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)  # real time: files are read in threads, which a virtual clock does not wait for


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


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
@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_server_does_not_execute_the_upload_of_a_file_that_changes(
    tmp_path: Path, size: int, library: str
) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(CONTENT)
    sandbox = Sandbox(seed=1)
    instance = sandbox.add_instance()
    with SandboxServer(sandbox) as served:
        transport = import_library(library).AsyncHTTPTransport()
        async with Client(instance.id_instance, instance.token, served.url, served.url, transport=transport) as client:
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


STORAGE = "https://storage/"
Answers = dict[str, Callable[[], httpx.Response]]


Downloader = Callable[[Answers, list[str]], Client]


@pytest.fixture
def downloader(wire: Wire) -> Downloader:
    def create(answers: Answers, requested: list[str]) -> Client:
        def server(request: httpx.Request) -> httpx.Response:
            requested.append(str(request.url))
            name = request.url.path.rsplit("/", 1)[-1]
            if "/downloadFile/" in request.url.path:
                name = "downloadFile"
            return answers[name]()

        return Client(1, "token", retry=Retry(repeats=2, wait_initial=0.01), **wire.options(server))

    return create


def incoming(url: str, name: str = "photo.png") -> Any:
    message = {"typeMessage": "imageMessage", "fileMessageData": {"downloadUrl": url, "fileName": name}}
    body = {"typeWebhook": "incomingMessageReceived", "idMessage": "F7AEC1B7086ECDC7E6E45923F5EDB825"}
    return body | {"senderData": {"chatId": ANNA}, "messageData": message}


def complete() -> httpx.Response:
    return httpx.Response(200, content=CONTENT)


def expired() -> httpx.Response:
    return httpx.Response(404)


def renewed() -> httpx.Response:
    return httpx.Response(200, json={"downloadUrl": STORAGE + "new.png"})


async def test_url_is_downloaded_to_a_file(tmp_path: Path, downloader: Downloader) -> None:
    done: list[tuple[int, int | None]] = []
    async with downloader({"old.png": complete}, []) as client:
        path = await client.download(
            STORAGE + "old.png", tmp_path / "mine.png", progress=lambda now, total: done.append((now, total))
        )
    assert path == tmp_path / "mine.png"
    assert path.read_bytes() == CONTENT
    assert done[-1] == (len(CONTENT), len(CONTENT))
    assert names(tmp_path) == ["mine.png"]


async def test_download_into_a_folder_overwrites_nothing(tmp_path: Path, downloader: Downloader) -> None:
    (tmp_path / "photo.png").write_bytes(b"mine")
    async with downloader({"old.png": complete}, []) as client:
        notification: Any = parse_notification(incoming(STORAGE + "old.png"), client)
        paths: list[Path] = [await client.download(notification, tmp_path) for _ in range(2)]
    assert [path.name for path in paths] == ["photo (2).png", "photo (3).png"]
    assert (tmp_path / "photo.png").read_bytes() == b"mine"


@pytest.mark.parametrize("url", ["", STORAGE + "old.png"], ids=["empty", "expired"])
async def test_empty_or_expired_url_is_renewed(tmp_path: Path, url: str, downloader: Downloader) -> None:
    requested: list[str] = []
    async with downloader({"old.png": expired, "downloadFile": renewed, "new.png": complete}, requested) as client:
        notification: Any = parse_notification(incoming(url), client)
        path: Any = await client.download(notification, tmp_path)
        assert path.read_bytes() == CONTENT
    assert requested[-1] == STORAGE + "new.png"


async def test_expired_url_raises(tmp_path: Path, downloader: Downloader) -> None:
    async with downloader({"old.png": expired}, []) as client:
        with pytest.raises(NotFoundError, match=r"Request a new URL with download_file\(\)"):
            await client.download(STORAGE + "old.png", tmp_path)
    assert names(tmp_path) == []


async def test_redirects_are_followed(tmp_path: Path, downloader: Downloader) -> None:
    def moved() -> httpx.Response:
        return httpx.Response(302, headers={"Location": "/new.png"})

    async with downloader({"old.png": moved, "new.png": complete}, []) as client:
        assert (await client.download(STORAGE + "old.png", tmp_path)).read_bytes() == CONTENT


async def test_endless_redirects_raise(tmp_path: Path, downloader: Downloader) -> None:
    def moved() -> httpx.Response:
        return httpx.Response(302, headers={"Location": "/old.png"})

    async with downloader({"old.png": moved}, []) as client:
        with pytest.raises(TransportError, match="redirects"):
            await client.download(STORAGE + "old.png", tmp_path)


@pytest.mark.filterwarnings("ignore:Async generator 'httpx:ResourceWarning")  # httpx leaves its generator open
@pytest.mark.parametrize("headers", [{}, {"Content-Length": str(len(CONTENT))}], ids=["unknown", "known"])
async def test_max_bytes_limits_the_download(tmp_path: Path, headers: dict[str, str], downloader: Downloader) -> None:
    def large() -> httpx.Response:
        stream = httpx.ByteStream(CONTENT)  # its length is known from the header only
        return httpx.Response(200, headers=headers, stream=stream)

    async with downloader({"old.png": large}, []) as client:
        with pytest.raises(PayloadTooLargeError, match=r"max_bytes allows 1,000\. Allow more with max_bytes="):
            await client.download(STORAGE + "old.png", tmp_path, max_bytes=1000)
    assert names(tmp_path) == []


async def test_interrupted_download_is_restarted_and_leaves_nothing_behind(
    tmp_path: Path, downloader: Downloader
) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield CONTENT[:1000]
        raise httpx.ReadError("lost")

    answers = [complete, lambda: httpx.Response(200, content=half())]

    def next_answer() -> httpx.Response:
        answer: Callable[[], httpx.Response] = answers.pop()
        return answer()

    async with downloader({"old.png": next_answer}, []) as client:
        assert (await client.download(STORAGE + "old.png", tmp_path)).read_bytes() == CONTENT
    always = {"old.png": lambda: httpx.Response(200, content=half())}
    async with downloader(always, []) as client:
        with pytest.raises(TransportError):
            await client.download(STORAGE + "old.png", tmp_path / "other.png")
    assert names(tmp_path) == ["old.png"]


async def test_token_is_not_sent_to_other_hosts(tmp_path: Path, downloader: Downloader) -> None:
    requested: list[str] = []
    async with downloader({"apiTokenInstance": complete}, requested) as client:
        await client.download(STORAGE + "apiTokenInstance", tmp_path / "x")
    assert requested == [STORAGE + "apiTokenInstance"]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://x/y",
        "file:///etc/passwd",
        "photo.png",
        "http://[::1",
        "http://storage:99999/x.png",
        "http://storage:port/x.png",
        "http://storage:0/x.png",
        "https:///x.png",
    ],
)
async def test_invalid_url_is_rejected(tmp_path: Path, url: str, downloader: Downloader) -> None:
    async with downloader({}, []) as client:
        with pytest.raises(InvalidArgumentError, match="expected http:// or https://") as raised:
            await client.download(url, tmp_path)
    assert not url or url not in str(raised.value)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("photo.png", "photo.png"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..\\..\\boot.ini", "_.._boot.ini"),
        ("/etc/passwd", "_etc_passwd"),
        (".bashrc", "bashrc"),
        ("..", "file"),
        ("", "file"),
        ("a\x00b\n.png", "a_b_.png"),
        ("фото 😊.png", "фото 😊.png"),
    ],
)
def test_untrusted_name_never_leaves_the_folder(given: str, expected: str) -> None:
    assert safe_name(given) == expected


def test_long_name_keeps_its_extension() -> None:
    name = safe_name("я" * 500 + ".pdf")
    assert name.endswith("я.pdf")
    assert len(name.encode()) <= 255


@pytest.mark.parametrize("name", ["я" * 122 + "x", "x" * 251 + ".png", "x" * 255])
async def test_a_file_name_may_be_as_long_as_the_file_system_allows(
    tmp_path: Path, name: str, downloader: Downloader
) -> None:
    async with downloader({"old.png": complete}, []) as client:
        path = await client.download(STORAGE + "old.png", tmp_path / name)
    assert path.read_bytes() == CONTENT
    assert names(tmp_path) == [name]


@pytest.mark.parametrize(
    ("name", "content_type", "expected"),
    [
        ("scan", "image/jpeg", "scan.jpg"),
        ("scan", "Application/PDF; charset=binary", "scan.pdf"),
        ("voice", "audio/ogg; codecs=opus", "voice.ogg"),
        ("scan", "application/octet-stream", "scan"),
        ("scan", "", "scan"),
        ("scan.bin", "image/jpeg", "scan.bin"),
        ("я" * 300, "image/png", "я" * 100 + ".png"),
    ],
)
async def test_a_name_without_an_extension_gets_that_of_the_content_type(
    tmp_path: Path, name: str, content_type: str, expected: str, downloader: Downloader
) -> None:
    def typed() -> httpx.Response:
        return httpx.Response(200, content=CONTENT, headers={"Content-Type": content_type})

    async with downloader({"old": typed}, []) as client:
        notification: Any = parse_notification(incoming(STORAGE + "old", name), client)
        path: Path = await client.download(notification, tmp_path)
        assert path.name == expected
        own = await client.download(STORAGE + "old", tmp_path / "mine")
        assert own.name == "mine"


async def test_unreachable_server_raises(wire: Wire, tmp_path: Path) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async with Client(1, "t", retry=Retry(patience=0), **wire.options(refuse)) as client:
        with pytest.raises(ConnectionFailedError):
            await client.download(STORAGE + "x", tmp_path)


async def test_concurrent_downloads_do_not_overwrite_each_other(tmp_path: Path, downloader: Downloader) -> None:
    paths: list[Path] = []
    async with downloader({"old.png": complete}, []) as client:

        async def one() -> None:
            paths.append(await client.download(STORAGE + "old.png", tmp_path))

        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(one)
    assert len(set(paths)) == 5
    assert all(path.read_bytes() == CONTENT for path in paths)


async def test_path_with_a_trailing_slash_is_created_as_a_folder(tmp_path: Path, downloader: Downloader) -> None:
    async with downloader({"old.png": complete}, []) as client:
        path = await client.download(STORAGE + "old.png", f"{tmp_path}/new/folder/")
    assert path == tmp_path / "new" / "folder" / "old.png"


async def test_marker_instead_of_a_url_raises_with_advice(tmp_path: Path, downloader: Downloader) -> None:
    async with downloader({}, []) as client:
        with pytest.raises(InvalidArgumentError, match=r"SWE002.*phone"):
            await client.download("{{SWE002}}", tmp_path)


@pytest.mark.parametrize("given", ["\ud83d.jpg", "a\u202egpj.exe", "nul.txt", "CON"])
def test_deceptive_name_is_cleaned(given: str) -> None:
    name = safe_name(given)
    assert name.encode()
    assert name.startswith("_") or "_" in name


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
