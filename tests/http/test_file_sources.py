"""Files of other libraries as uploads: their names, types and contents, and what is rejected."""

import asyncio
import io
import re
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from starlette.datastructures import Headers, UploadFile
from werkzeug.datastructures import FileStorage

from greenapi_async import BusinessClient, Client, InvalidArgumentError, Retry
from tests.http_libraries import LIBRARIES, import_library

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 600
PDF = b"%PDF-1.7" + bytes(range(256)) * 600
JPEG = b"\xff\xd8\xff\xe0" + bytes(100)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)  # real time: files are read in threads, which a virtual clock does not wait for


class Server:
    """Records requests; refuses as many connections as told, after reading the body."""

    def __init__(self) -> None:
        self.refused = 0
        self.bodies: list[bytes] = []
        self.headers: list[httpx.Headers] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(await request.aread())
        self.headers.append(request.headers)
        if self.refused:
            self.refused -= 1
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json={"idMessage": "3EB0C767D097B7C7C030", "urlFile": "https://storage/x"})

    def file(self, number: int = -1) -> tuple[str, str, bytes]:
        """Return name, content type and content of a file that was sent as a form."""
        found = re.search(
            rb'name="file"; filename="([^"]*)"\r\nContent-Type: ([^\r]*)\r\n\r\n(.*)\r\n--[0-9a-f]+--\r\n',
            self.bodies[number],
            re.DOTALL,
        )
        assert found is not None
        return found[1].decode(), found[2].decode(), found[3]


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    retry = Retry(wait_initial=0.001)
    async with Client(1, "token", transport=httpx.MockTransport(server), retry=retry) as client:
        yield client


def upload_file(content: bytes, name: str | None, content_type: str = "") -> UploadFile:
    return UploadFile(io.BytesIO(content), filename=name, headers=Headers({"content-type": content_type}))


async def partly_read(_folder: Path) -> UploadFile:
    file = upload_file(PNG, "scan.png", "image/png")
    await file.read(100)
    return file


async def anyio_file(folder: Path) -> object:
    (folder / "scan.png").write_bytes(PNG)
    return await anyio.open_file(folder / "scan.png", "rb")


async def response(_folder: Path) -> httpx.Response:
    return httpx.Response(200, content=PNG, request=httpx.Request("GET", "https://shop.example/a%20b/scan.png?size=5"))


async def disposition(_folder: Path) -> httpx.Response:
    headers = {"Content-Disposition": "attachment; filename*=UTF-8''scan.png", "Content-Type": "image/png"}
    return httpx.Response(200, content=PNG, headers=headers, request=httpx.Request("GET", "https://shop.example/get"))


async def streamed(_folder: Path) -> httpx.Response:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=chunks()))
    request = httpx.Request("GET", "https://shop.example/scan.png")
    answer = await transport.handle_async_request(request)
    answer.request = request
    return answer


async def chunks() -> AsyncIterator[bytes]:
    for start in range(0, len(PNG), 1000):
        yield PNG[start : start + 1000]


async def flask(_folder: Path) -> FileStorage:
    return FileStorage(io.BytesIO(PNG), "C:\\pictures\\scan.png", "photo", "image/png")


async def django(_folder: Path) -> SimpleUploadedFile:
    return SimpleUploadedFile("scan.png", PNG, "image/png")


OPENERS: list[Callable[[Path], Awaitable[Any]]] = [
    partly_read,
    anyio_file,
    response,
    disposition,
    streamed,
    flask,
    django,
]


@pytest.mark.parametrize("opener", OPENERS, ids=lambda opener: opener.__name__)
async def test_a_file_of_another_library_is_sent_whole_under_its_name_again_after_a_failure(
    client: Client, server: Server, tmp_path: Path, opener: Callable[[Path], Awaitable[Any]]
) -> None:
    server.refused = 1
    file = await opener(tmp_path)
    await client.send_file_by_upload(ANNA, file)
    assert server.file(0) == server.file(1) == ("scan.png", "image/png", PNG)
    if isinstance(file, httpx.Response) and opener is streamed:
        with pytest.raises(InvalidArgumentError, match="cannot be read"):  # it is consumed
            await client.send_file_by_upload(ANNA, file)
    else:
        await client.send_file_by_upload(ANNA, file)
        assert server.file() == server.file(0)
    if hasattr(file, "aclose"):
        await file.aclose()


@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_response_of_either_library_is_a_file(client: Client, server: Server, library: str) -> None:
    module = import_library(library)
    answer = module.Response(200, content=PDF, headers={"Content-Type": "application/pdf; charset=binary"})
    await client.send_file_by_upload(ANNA, answer)
    answer.request = module.Request("GET", "https://shop.example/report.php")
    await client.send_file_by_upload(ANNA, answer)
    await client.upload_file(answer)
    assert [server.file(number)[:2] for number in (0, 1)] == [
        ("file.pdf", "application/pdf"),
        ("report.pdf", "application/pdf"),
    ]
    assert (server.bodies[2], server.headers[2]["content-type"]) == (PDF, "application/pdf")


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_file_of_aiofiles_is_sent_in_either_way(client: Client, server: Server, tmp_path: Path) -> None:
    aiofiles: Any = pytest.importorskip("aiofiles")
    (tmp_path / "scan.png").write_bytes(PNG)
    async with aiofiles.open(tmp_path / "scan.png", "rb") as file:
        await client.send_file_by_upload(ANNA, file)
        assert server.file() == ("scan.png", "image/png", PNG)
        async with asyncio.TaskGroup() as tasks:  # two uploads of one file at once
            for _ in range(2):
                tasks.create_task(client.send_file_by_upload(ANNA, file))
    assert server.file(1) == server.file(2) == server.file(0)
    async with aiofiles.open(tmp_path / "scan.png") as file:
        with pytest.raises(InvalidArgumentError, match="file is a text file; expected a path"):
            await client.send_file_by_upload(ANNA, file)


async def test_one_open_file_can_be_sent_several_times_at_once(client: Client, server: Server, tmp_path: Path) -> None:
    (tmp_path / "scan.png").write_bytes(b"skipped" + PNG)
    with (tmp_path / "scan.png").open("rb") as file:
        file.seek(7)
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(client.send_file_by_upload, ANNA, file)
        assert file.tell() == 7
    assert {server.file(number) for number in range(3)} == {("scan.png", "image/png", PNG)}


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (PNG, None, ("image.png", "image/png")),
        (JPEG, None, ("image.jpg", "image/jpeg")),
        (b"GIF89a" + bytes(20), "cat.webp", ("cat.gif", "image/gif")),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "cat.jpg", ("cat.webp", "image/webp")),
        (b"\x00\x00\x00\x18ftypheic" + bytes(9), "IMG_1.JPG", ("IMG_1.heic", "image/heic")),
        (b"\x00\x00\x00\x18ftypavif" + bytes(9), "cat", ("cat.avif", "image/avif")),
        (JPEG, "cat.png", ("cat.jpg", "image/jpeg")),
        (JPEG, "cat.bmp", ("cat.jpg", "image/jpeg")),
        (JPEG, "cat.JPEG", ("cat.JPEG", "image/jpeg")),
        (JPEG, "cat.jfif", ("cat.jfif", "image/jpeg")),
        (JPEG, "cat", ("cat.jpg", "image/jpeg")),
        (JPEG, "cat.bin", ("cat.bin", "application/octet-stream")),  # meant to arrive as a document
        (JPEG, "cat.pdf", ("cat.pdf", "application/pdf")),
        (b"\xff\xd8", "cat.png", ("cat.png", "image/png")),  # too short to tell
        (b"\x00\x00\x00\x18ftypmp42" + bytes(9), "cat.mp4", ("cat.mp4", "video/mp4")),
        (PDF[:20], "scan.own", ("scan.own", "application/octet-stream")),
    ],
)
async def test_an_image_is_recognised_by_its_first_bytes(
    client: Client, server: Server, content: bytes, name: str | None, expected: tuple[str, str]
) -> None:
    await client.send_file_by_upload(ANNA, content, file_name=name)
    assert server.file() == (*expected, content)
    assert f'name="fileName"\r\n\r\n{expected[0]}\r\n'.encode() in server.bodies[-1]


async def test_raw_uploads_state_the_type_of_the_content(client: Client, server: Server) -> None:
    business = BusinessClient("token", "https://waba.example", transport=httpx.MockTransport(server))
    await client.upload_file(upload_file(PNG, "cat.jpg", "image/jpeg"))
    await client.upload_file(PNG, content_type="application/x-own")
    await client.upload_file(upload_file(PDF, "main.py", "text/plain"))
    await client.upload_file(upload_file(PDF, "scan", "application/pdf"))
    assert [headers.get("content-type") for headers in server.headers] == [
        "image/png",
        "application/x-own",
        None,
        "application/pdf",
    ]
    assert server.headers[2]["ga-filename"] == "main.py"
    async with business:
        with pytest.raises(InvalidArgumentError, match="neither file_name nor content_type"):
            await business.upload_media(PDF)
        with pytest.raises(Exception, match="shape"):  # the answer is not one of this API
            await business.upload_media(PNG)
    assert server.headers[-1]["x-gr-file-extension"] == "png"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../x.png", "x.png"),
        ("C:\\x.png", "x.png"),
        ("x\r\ny.png", "x_y.png"),
        ("..", "image.png"),
        ("", "image.png"),
    ],
)
async def test_a_name_from_the_network_is_a_plain_file_name(
    client: Client, server: Server, name: str, expected: str
) -> None:
    await client.send_file_by_upload(ANNA, upload_file(PNG, name))
    assert server.file()[0] == expected


async def test_a_member_of_an_archive_is_not_rewound_for_each_chunk(client: Client, server: Server) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("scan.png", PNG)
    with zipfile.ZipFile(archive) as opened, opened.open("scan.png") as member:
        rewinds = 0
        seek = member.seek

        def counted(offset: int, whence: int = io.SEEK_SET) -> int:
            nonlocal rewinds
            rewinds += whence == io.SEEK_SET and offset < member.tell()
            return seek(offset, whence)

        member.seek = counted  # type: ignore[method-assign]  # counts the calls of a file of the standard library
        await client.send_file_by_upload(ANNA, member)
    assert server.file() == ("scan.png", "image/png", PNG)
    assert rewinds <= 3  # after the size, after the first bytes, at the end


def closed() -> UploadFile:
    file = upload_file(PNG, "scan.png")
    file.file.close()
    return file


def at_its_end() -> io.BytesIO:
    file = io.BytesIO(PNG)
    file.seek(0, io.SEEK_END)
    return file


def sync_stream() -> httpx.Response:
    return httpx.Response(200, stream=_SyncStream())


class _SyncStream(httpx.SyncByteStream):
    def __iter__(self) -> Any:
        yield PNG


async def yields_text() -> AsyncIterator[Any]:
    yield "text"


async def not_awaited() -> bytes:
    return PNG


class ReadsAll:
    """As ``aiohttp.ClientResponse``."""

    async def read(self) -> bytes:
        return PNG


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (closed, r"the file scan\.png is closed; pass it while it is open"),
        (at_its_end, r"is empty after its position 153,608: rewind it with seek\(0\)"),
        (lambda: httpx.Response(404, content=b"<html>"), r"a response with status 404; expected one that succeeded"),
        (sync_stream, r"the response cannot be read \(RuntimeError\); pass it before"),
        (yields_text, r"the file yielded str; expected bytes"),
        (not_awaited, r"of type coroutine \(is an await missing\?\); expected a path, bytes"),
        (ReadsAll, r"of type ReadsAll; expected a path"),
        (lambda: io.TextIOWrapper(io.BytesIO(PNG)), r"a text file; expected a path"),
        (lambda: upload_file(b"", "scan.png"), r"scan\.png is empty; 1 to"),
        (lambda: [PNG], r"of type list; expected a path"),
    ],
    ids=lambda value: getattr(value, "__name__", "") if callable(value) else "",
)
async def test_what_cannot_be_sent_is_rejected_before_sending(
    client: Client, server: Server, make: Callable[[], Any], message: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        await client.send_file_by_upload(ANNA, make(), file_name="scan.png" if make is not closed else None)
    assert server.bodies == []


async def test_an_iterator_that_is_used_up_is_not_sent_again(client: Client, server: Server) -> None:
    iterator = chunks()
    await client.send_file_by_upload(ANNA, iterator, file_name="scan.png")
    with pytest.raises(InvalidArgumentError, match="is empty; an iterator can be read only once; 1 to"):
        await client.send_file_by_upload(ANNA, iterator, file_name="scan.png")
    assert len(server.bodies) == 1


async def test_progress_may_be_asynchronous(client: Client, server: Server) -> None:
    done: list[tuple[int, int | None]] = []

    async def progress(now: int, total: int | None) -> None:
        await anyio.lowlevel.checkpoint()
        done.append((now, total))

    await client.send_file_by_upload(ANNA, PNG, progress=progress)
    assert done == [(65_536, len(PNG)), (131_072, len(PNG)), (len(PNG), len(PNG))]
