import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Instance, ManualClock, Sandbox
from greenapi_async.sandbox.server import SandboxServer

Api = Callable[..., Awaitable[httpx.Response]]
CHAT = "79001234567@c.us"
MEGABYTE = 1024 * 1024


@pytest.fixture(autouse=True)
def _notifications_on(instance: Instance, sandbox: Sandbox) -> None:
    sandbox.enforce_rates = False
    instance.settings.update(outgoingAPIMessageWebhook="yes", outgoingWebhook="no", delaySendMessagesMilliseconds=0)


def form(**changes: Any) -> dict[str, Any]:
    return {"data": {"chatId": CHAT}, "files": {"file": ("horse.png", b"PNG!", "image/png")}} | changes


@pytest.mark.anyio
async def test_an_uploaded_file_is_sent_and_can_be_downloaded(
    api: Api, http: httpx.AsyncClient, instance: Instance
) -> None:
    data = {"chatId": CHAT, "caption": "Лошадка", "fileName": "лошадь.png"}
    sent = (await api("POST", "sendFileByUpload", **form(data=data))).json()
    assert sent["idMessage"] == instance.chat(CHAT)[0].id_message
    assert instance.notifications.bodies()[0]["messageData"] == {
        "typeMessage": "imageMessage",
        "fileMessageData": {
            "downloadUrl": sent["urlFile"],
            "caption": "Лошадка",
            "fileName": "лошадь.png",
            "jpegThumbnail": "",
            "mimeType": "image/png",
            "forwardingScore": 0,
            "isForwarded": False,
        },
    }
    fetched = await http.get(sent["urlFile"])
    assert (fetched.content, fetched.headers["content-type"]) == (b"PNG!", "image/png")
    assert fetched.headers["content-length"] == "4"


@pytest.mark.anyio
async def test_a_link_reports_when_it_expires(api: Api, http: httpx.AsyncClient, clock: ManualClock) -> None:
    url = (await api("POST", "uploadFile", content=b"x", headers={"Content-Type": "image/jpeg"})).json()["urlFile"]
    assert url.startswith("http://sandbox/files/")
    assert url.endswith(".jpg")
    head = await http.head(url)
    assert head.headers["x-amz-expiration"] == 'expiry-date="Wed, 29 Nov 2023 22:13:20 GMT"'
    assert (head.content, head.headers["content-length"]) == (b"", "1")
    clock.advance(15 * 86_400)
    assert (await http.get(url)).status_code == (await http.head(url)).status_code == 404


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({"GA-Filename": "main.go"}, "main.go"),
        ({"GA-Filename": "код.py".encode()}, "%D0%BA%D0%BE%D0%B4.py"),
        ({"Content-Type": "application/pdf"}, "file.pdf"),
        ({"Content-Type": "nonsense/x"}, "file.bin"),
        ({}, "file.bin"),
    ],
)
async def test_a_stored_file_has_the_extension_of_its_type(api: Api, headers: Any, name: str) -> None:
    stored = await api("POST", "uploadFile", content=b"x", headers=headers)
    assert stored.json()["urlFile"].rpartition("/")[2] == name


@pytest.mark.anyio
async def test_a_file_is_sent_by_url(api: Api, instance: Instance) -> None:
    instance.set_state("notAuthorized")
    body = {"chatId": CHAT, "urlFile": "https://my.site.com/img/horse.pdf", "fileName": "horse.pdf", "caption": "x"}
    await api("POST", "sendFileByUrl", json=body)
    await api("POST", "sendFileByUpload", **form())
    by_url, by_upload = (await api("GET", "showMessagesQueue")).json()
    assert by_url["body"] == body
    assert (by_upload["type"], by_upload["body"]["fileName"]) == ("sendFileByUrl", "horse.png")
    instance.set_state("authorized")
    document, image = instance.chat(CHAT)
    assert (document.content.flat()["typeMessage"], document.content.flat()["caption"]) == ("documentMessage", "")
    assert image.content.flat()["typeMessage"] == "imageMessage"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "type_message"),
    [
        ("a.mp4", "videoMessage"),
        ("a.ogg", "audioMessage"),
        ("a.webp", "stickerMessage"),
        ("a.docx", "documentMessage"),
        ("a", "imageMessage"),
    ],
)
async def test_the_type_comes_from_the_name_or_else_from_the_url(
    api: Api, instance: Instance, name: str, type_message: str
) -> None:
    await api("POST", "sendFileByUrl", json={"chatId": CHAT, "urlFile": "http://x.io/a.jpg?b=1", "fileName": name})
    assert instance.chat(CHAT)[0].content.data()["typeMessage"] == type_message


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("change", "details"),
    [
        ({"urlFile": "ftp://x/y"}, "url has incorrect format. It should start with http(s)://'"),
        ({"caption": "x" * 20_001}, "'caption' length must be less than or equal to 20000 characters long"),
        ({"fileName": ""}, "'fileName' is not allowed to be empty"),
    ],
)
async def test_an_invalid_url_is_rejected(api: Api, change: Any, details: str) -> None:
    body = {"chatId": CHAT, "urlFile": "https://x.io/y.png", "fileName": "y.png", **change}
    answer = await api("POST", "sendFileByUrl", json=body)
    assert (answer.status_code, answer.json()["message"]) == (400, f"Validation failed. Details: {details}")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("request_", "status", "message"),
    [
        (form(data={}), 400, "failed to upload file"),
        (form(data={"chatId": CHAT, "extra": "1"}), 400, "failed to upload file"),
        (form(data={"chatId": CHAT, "quotedMessageId": "short"}), 400, "failed to upload file"),
        (form(data={"chatId": "7900"}), 400, "failed to upload file"),
        ({"json": {"chatId": CHAT}}, 400, "failed to upload file"),
        (form(files={"other": ("a.png", b"x", "image/png")}), 400, "failed to upload file"),
        (form(data={"chatId": CHAT, "file": "text"}, files={"x": ("", b"")}), 400, "failed to upload file"),
        (
            {"content": b'--x\r\nContent-Disposition: form-data; name="chatId"\r\n\r\n79001234567@c.us\r\n--x--'}
            | {"headers": {"Content-Type": "multipart/form-data; boundary=x"}},
            500,
            "failed to upload file",
        ),
        (form(files={"file": ("a.png", b"", "image/png")}), 400, "file should not be empty"),
        (form(data={"chatId": CHAT, "fileName": "x" * 102_401}), 200, "failed to upload file"),
        (
            form(data={"chatId": CHAT, "caption": "x" * 20_001}),
            400,
            "Validation failed. Details: 'caption' length must be less than or equal to 20000 characters long",
        ),
    ],
)
async def test_an_invalid_form_is_rejected_as_in_the_manual(api: Api, request_: Any, status: int, message: str) -> None:
    answer = await api("POST", "sendFileByUpload", **request_)
    assert (answer.status_code, answer.json()["message"]) == (status, message)


@pytest.mark.anyio
@pytest.mark.parametrize("method", ["uploadFile", "sendFileByUpload"])
async def test_a_wrong_verb_is_a_server_error(api: Api, method: str) -> None:
    answer = await api("GET", method)
    assert (answer.status_code, answer.json()["message"]) == (500, "Internal Server Error")


@pytest.mark.anyio
async def test_an_empty_file_is_rejected(api: Api) -> None:
    answer = await api("POST", "uploadFile", content=b"")
    assert (answer.status_code, answer.json()["message"]) == (400, "file should not be empty")


@pytest.mark.anyio
async def test_a_message_with_a_wrong_quote_is_accepted_and_never_delivered(api: Api, instance: Instance) -> None:
    sent = await api("POST", "sendFileByUpload", **form(data={"chatId": CHAT, "quotedMessageId": "A" * 16}))
    assert sent.status_code == 200
    assert instance.chat(CHAT) == []


@pytest.mark.anyio
async def test_a_received_file_can_be_downloaded_until_it_expires(
    api: Api, http: httpx.AsyncClient, instance: Instance, clock: ManualClock
) -> None:
    file = {"fileName": "a.jpg", "data": "aGVsbG8="}
    control = await http.post(f"/sandbox/{instance.id_instance}/messages", json={"chatId": CHAT, "file": file})
    asked = {"chatId": CHAT, "idMessage": control.json()["idMessage"]}
    url = (await api("POST", "downloadFile", json=asked)).json()["downloadUrl"]
    assert (await http.get(url)).content == b"hello"
    clock.advance(15 * 86_400)
    gone = await api("POST", "downloadFile", json=asked)
    words = f"Internal error when downloading file by chatId {CHAT} and idMessage {asked['idMessage']}"
    assert (gone.status_code, gone.json()["message"]) == (500, words)


@pytest.mark.anyio
async def test_a_message_without_a_file_has_no_download(api: Api, instance: Instance) -> None:
    for id_message in (instance.contact_writes(CHAT, "hi"), "A" * 16):
        answer = await api("POST", "downloadFile", json={"chatId": CHAT, "idMessage": id_message})
        words = f"File message encrypted url not found by chatId {CHAT} and idMessage {id_message}"
        assert (answer.status_code, answer.json()["message"]) == (400, words)


@pytest.mark.anyio
async def test_downloading_a_file_needs_two_parameters(api: Api) -> None:
    answer = await api("POST", "downloadFile", json={})
    assert answer.json()["message"] == "Validation failed. Details: 'value' must have at least 2 keys"


def pieces(size: int) -> Iterator[bytes]:
    for _ in range(size // MEGABYTE):
        yield bytes(MEGABYTE)


@pytest.fixture
def wire(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with SandboxServer(sandbox) as server, httpx.Client(base_url=server.url, timeout=60) as client:
        yield client


@pytest.mark.parametrize("method", ["uploadFile", "sendFileByUpload"])
def test_95_megabytes_are_accepted_without_being_held_in_memory(
    wire: httpx.Client, instance: Instance, tmp_path: Path, method: str
) -> None:
    path = f"/waInstance{instance.id_instance}/{method}/{instance.token}"
    tracemalloc.start()
    try:
        if method == "uploadFile":
            answer = wire.post(path, content=pieces(95 * MEGABYTE))
        else:
            big = tmp_path / "big.bin"
            with big.open("wb") as writer:
                writer.truncate(95 * MEGABYTE)
            with big.open("rb") as reader:
                answer = wire.post(path, data={"chatId": CHAT}, files={"file": reader})
        with wire.stream("GET", answer.json()["urlFile"]) as fetched:
            assert sum(len(chunk) for chunk in fetched.iter_bytes()) == 95 * MEGABYTE
        assert tracemalloc.get_traced_memory()[1] < 20 * MEGABYTE
    finally:
        tracemalloc.stop()


def test_a_file_over_the_limit_is_rejected(wire: httpx.Client, instance: Instance) -> None:
    path = f"/waInstance{instance.id_instance}/uploadFile/{instance.token}"
    answer = wire.post(path, content=pieces(101 * MEGABYTE))
    assert (answer.status_code, answer.json()["message"]) == (413, "request entity too large")
