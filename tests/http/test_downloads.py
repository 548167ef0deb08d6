"""Downloads: where they are written, renewed URLs, limits, retries and untrusted names."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from greenapi_async import (
    Client,
    ConnectionFailedError,
    InvalidArgumentError,
    NotFoundError,
    PayloadTooLargeError,
    Retry,
    TransportError,
    parse_notification,
)
from greenapi_async.http.downloads import safe_name
from tests.http_libraries import Wire

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)  # real time: files are read in threads, which a virtual clock does not wait for


CONTENT = b"\x89PNG" + bytes(range(256)) * 1000


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


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
