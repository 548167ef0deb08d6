"""BusinessClient: requests, answers, and that the token does not leak."""

import json
import logging
import os
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol, cast

import httpx
import pytest

from greenapi_async.business import BusinessClient
from greenapi_async.errors import (
    BusinessError,
    BusinessErrorItem,
    DecodeError,
    DeliveryUnknownError,
    ForbiddenError,
    InvalidArgumentError,
    NotFoundError,
    PayloadTooLargeError,
    RateLimitedError,
    RefusedError,
    ServerError,
    TransportError,
    UnauthorizedError,
)
from greenapi_async.http.retry import Retry
from greenapi_async.http.wire import AsyncTransport
from tests.http_libraries import Wire

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run in real time: files are read in threads, which virtual time does not wait for."""
    return str(request.param)


TOKEN = "eyJhbGciOiJIUzI1NiJ9.c0ffee00c0ffee/+c0ffee=="
ANNA = "79001234567"
GROUP = "79001234567-1581234048"
MEDIA = "bca567ba-0bd7-4211-8792-0c123fbd2716"
LINK = "https://storage.mysite.com/upload/green-api-presentation.pdf"
META = {"api_status": "stable", "version": "2.0.1"}
SENT = {"messages": [{"id": "1234"}], "meta": META}
LIMIT = {"code": 82, "details": "Outgoing messages limit exceeded", "title": "Превышено колличество сообщений"}

Answer = Callable[[httpx.Request], httpx.Response]


Call = Callable[[BusinessClient], Awaitable[Any]]


class Create(Protocol):
    def __call__(
        self, answer: Answer | httpx.Response, requests: list[httpx.Request] | None = None, **options: Any
    ) -> BusinessClient: ...


@pytest.fixture
def business(wire: Wire) -> Create:
    def create(
        answer: Answer | httpx.Response, requests: list[httpx.Request] | None = None, **options: Any
    ) -> BusinessClient:
        def handle(request: httpx.Request) -> httpx.Response:
            if requests is not None:
                requests.append(request)
            if callable(answer):
                return answer(request)
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

        options.setdefault("retry", Retry(repeats=1, patience=0.01, wait_initial=0.001))
        return BusinessClient(TOKEN, **options, **wire.options(handle))

    return create


def collect(seen: list[tuple[int, int | None]]) -> Callable[[int, int | None], None]:
    return lambda done, total: seen.append((done, total))


MESSAGES: list[tuple[Call, dict[str, Any]]] = [
    (
        lambda client: client.send_text(ANNA, "hello"),
        {"to": ANNA, "type": "text", "text": {"body": "hello"}},
    ),
    (
        lambda client: client.send_text(ANNA, "see https://x.y", preview_url=True, recipient_type="individual"),
        {
            "recipient_type": "individual",
            "to": ANNA,
            "type": "text",
            "text": {"body": "see https://x.y"},
            "preview_url": True,
        },
    ),
    (
        lambda client: client.send_image(ANNA, id=MEDIA, caption="Green-API Logo"),
        {"to": ANNA, "type": "image", "image": {"id": MEDIA, "caption": "Green-API Logo"}},
    ),
    (
        lambda client: client.send_document(GROUP, link=LINK, recipient_type="group"),
        {"recipient_type": "group", "to": GROUP, "type": "document", "document": {"link": LINK}},
    ),
    (
        lambda client: client.send_document(ANNA, link=LINK, caption="c", filename="a.pdf", provider="ours"),
        {
            "to": ANNA,
            "type": "document",
            "document": {"link": LINK, "caption": "c", "filename": "a.pdf", "provider": {"name": "ours"}},
        },
    ),
    (
        lambda client: client.send_video(ANNA, link=LINK, caption="c", provider="ours"),
        {"to": ANNA, "type": "video", "video": {"link": LINK, "caption": "c", "provider": {"name": "ours"}}},
    ),
    (
        lambda client: client.send_audio(ANNA, id=MEDIA),
        {"to": ANNA, "type": "audio", "audio": {"id": MEDIA}},
    ),
    (
        lambda client: client.send_sticker(ANNA, link=LINK, provider="ours"),
        {"to": ANNA, "type": "sticker", "sticker": {"link": LINK, "provider": {"name": "ours"}}},
    ),
]


@pytest.mark.parametrize(("call", "body"), MESSAGES)
async def test_message_matches_the_documentation(call: Call, body: dict[str, Any], business: Create) -> None:
    requests: list[httpx.Request] = []
    async with business(httpx.Response(201, json=SENT), requests) as client:
        sent = await call(client)
    assert (sent.id, sent.messages[0].id, sent.meta) == ("1234", "1234", META)
    (request,) = requests
    assert (request.method, str(request.url)) == ("POST", "https://api.green-api.com/v1/messages")
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert json.loads(request.content) == body


async def test_recipient_type_of_a_group_is_derived(business: Create) -> None:
    requests: list[httpx.Request] = []
    async with business(httpx.Response(200, json=SENT), requests) as client:
        await client.send_text(GROUP, "hello")
    assert json.loads(requests[0].content)["recipient_type"] == "group"


INVALID: list[tuple[Call, str]] = [
    (
        lambda client: client.send_text("79001234567@c.us", "x"),
        "to is '79001234567@c.us'; expected <phone> for a person or <phone>-<time> for a group",
    ),
    (lambda client: client.send_text("+79001234567", "x"), r"without \+ and @"),
    (lambda client: client.send_text("٧٩٠", "x"), r"without \+ and @"),
    (lambda client: client.send_text("123456", "x"), "it has 6 digits; 7 to 15 are allowed"),
    (lambda client: client.send_text(True, "x"), "to is 'True'"),
    (lambda client: client.send_text(ANNA, "x", preview_url=cast("Any", "yes")), "expected True or False"),
    (lambda client: client.send_image(ANNA, link="provider/ftp://host/a"), "expected an http:// or https:// URL"),
    (lambda client: client.send_document(ANNA, link="ftp://host/a"), "provider-name/protocol://the-url"),
    (lambda client: client.send_document(ANNA, id=MEDIA, filename=cast("Any", 5)), "expected a string"),
    (lambda client: client.send_text(cast("str", None), "x"), "to is missing"),
    (lambda client: client.send_text(ANNA, ""), r"text \(body\) is empty; 1 to 4,096 characters"),
    (lambda client: client.send_text(ANNA, "x" * 4097), r"text \(body\) has 4,097 characters"),
    (
        lambda client: client.send_text(ANNA, "x", recipient_type=cast("Any", "all")),
        "allowed values: individual, group",
    ),
    (lambda client: client.send_image(ANNA), "image has neither id nor link"),
    (lambda client: client.send_image(ANNA, id=MEDIA, link=LINK), "image has both id and link"),
    (lambda client: client.send_audio(ANNA, link="ftp://x/y"), r"audio \(link\) is 'ftp://x/y'"),
    (lambda client: client.send_video(ANNA, id="../x"), r"video \(id\) is '../x'"),
    (lambda client: client.send_sticker(ANNA, id=MEDIA, provider="p"), "provider without a link"),
    (lambda client: client.delete_media("../messages"), "id is '../messages'"),
    (lambda client: client.delete_media(".."), "id is '..'"),
    (lambda client: client.delete_media(""), "id is ''"),
    (lambda client: client.download_media("a/b", "x"), "id is 'a/b'"),
    (lambda client: client.upload_media(b"", file_name="a.png"), "is empty"),
    (lambda client: client.upload_media(b"x"), "neither file_name nor content_type"),
    (lambda client: client.upload_media(b"x", file_name="a.p\r\nX: y"), "x-gr-file-extension is"),
    (lambda client: client.upload_media(b"x", file_name="a.png", content_type="a/b\r\nX: y"), "content-type is"),
    (lambda client: client.upload_media(bytes(37 * 1024 * 1024 + 1), file_name="a.png"), "38,797,312 are allowed"),
]


@pytest.mark.parametrize(("call", "message"), INVALID)
async def test_invalid_argument_is_rejected_before_sending(call: Call, message: str, business: Create) -> None:
    requests: list[httpx.Request] = []
    async with business(httpx.Response(201, json=SENT), requests) as client:
        with pytest.raises(InvalidArgumentError, match=message):
            await call(client)
    assert requests == []


async def test_validate_false_leaves_limits_to_the_server(business: Create) -> None:
    requests: list[httpx.Request] = []
    async with business(httpx.Response(201, json=SENT), requests, validate=False) as client:
        await client.send_image("79001234567@c.us", id=MEDIA, link=LINK)
    assert json.loads(requests[0].content)["image"] == {"id": MEDIA, "link": LINK}


@pytest.mark.parametrize(
    ("options", "content_type", "extension"),
    [
        ({"file_name": "photo.JPEG"}, "image/jpeg", "jpeg"),
        ({"content_type": "image/png"}, "image/png", "png"),
        ({"file_name": "scan.bin"}, "application/octet-stream", "bin"),
        ({"file_name": "voice.opus", "content_type": "audio/ogg; codecs=opus"}, "audio/ogg; codecs=opus", "opus"),
    ],
)
async def test_upload_sends_type_and_extension(
    options: dict[str, str], content_type: str, extension: str, business: Create
) -> None:
    requests: list[httpx.Request] = []
    seen: list[tuple[int, int | None]] = []
    answer = httpx.Response(201, json={"media": [{"id": MEDIA}], "meta": META})
    async with business(answer, requests) as client:
        assert await client.upload_media(b"bytes", progress=collect(seen), **options) == MEDIA
    (request,) = requests
    assert (request.method, str(request.url)) == ("POST", "https://media.green-api.com/v1/media")
    assert request.content == b"bytes"
    assert request.headers["content-type"] == content_type
    assert request.headers["x-gr-file-extension"] == extension
    assert request.headers["content-length"] == "5"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert seen == [(5, 5)]


async def test_media_are_downloaded_and_deleted(tmp_path: Path, business: Create) -> None:
    requests: list[httpx.Request] = []
    seen: list[tuple[int, int | None]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"a picture" if request.method == "GET" else b"")

    async with business(answer, requests, api_url="https://ours:9090/") as client:
        written = await client.download_media(MEDIA, tmp_path, progress=collect(seen))
        assert await client.download_media(MEDIA, tmp_path / "a.png") == tmp_path / "a.png"
        await client.delete_media(MEDIA)
    assert written == tmp_path / MEDIA
    assert (written.read_bytes(), (tmp_path / "a.png").read_bytes()) == (b"a picture", b"a picture")
    assert seen == [(9, 9)]
    assert [(request.method, str(request.url)) for request in requests] == [
        ("GET", f"https://ours:9090/v1/media/{MEDIA}"),
        ("GET", f"https://ours:9090/v1/media/{MEDIA}"),
        ("DELETE", f"https://ours:9090/v1/media/{MEDIA}"),
    ]
    assert {request.headers["authorization"] for request in requests} == {f"Bearer {TOKEN}"}


async def test_too_large_download_leaves_no_file(tmp_path: Path, business: Create) -> None:
    async with business(httpx.Response(200, content=b"a picture")) as client:
        with pytest.raises(PayloadTooLargeError, match="max_bytes allows 8"):
            await client.download_media(MEDIA, tmp_path, max_bytes=8)
    assert os.listdir(tmp_path) == []  # noqa: PTH208  blocking is fine in a test


@pytest.mark.parametrize(
    "location",
    ["https://elsewhere/file", "http://media.green-api.com/file", "https://media.green-api.com:8443/file"],
)
async def test_token_is_not_sent_to_another_host(location: str, tmp_path: Path, business: Create) -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        moved = request.url.path.startswith("/v1/media")
        return httpx.Response(302, headers={"location": location}) if moved else httpx.Response(200, content=b"x")

    async with business(answer, requests) as client:
        await client.download_media(MEDIA, tmp_path)
    first, second = requests
    assert first.headers["authorization"] == f"Bearer {TOKEN}"
    assert "authorization" not in second.headers
    assert TOKEN not in repr(second.headers.raw)


async def test_redirect_to_the_same_host_keeps_the_token(tmp_path: Path, business: Create) -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        moved = request.url.path.startswith("/v1/media")
        return httpx.Response(302, headers={"location": "/file"}) if moved else httpx.Response(200, content=b"x")

    async with business(answer, requests) as client:
        await client.download_media(MEDIA, tmp_path)
    assert requests[1].headers["authorization"] == f"Bearer {TOKEN}"


async def test_redirect_to_an_invalid_url_raises_transport_error(tmp_path: Path, business: Create) -> None:
    async with business(httpx.Response(302, headers={"location": "https://["})) as client:
        with pytest.raises(TransportError):
            await client.download_media(MEDIA, tmp_path)


async def test_id_equal_to_the_placeholder_does_not_put_the_token_into_the_url(business: Create) -> None:
    requests: list[httpx.Request] = []
    async with business(httpx.Response(200), requests) as client:
        await client.delete_media("apiTokenInstance")
    assert str(requests[0].url) == "https://media.green-api.com/v1/media/apiTokenInstance"


async def test_error_has_all_items_of_the_answer(business: Create) -> None:
    other = {"code": "1009", "title": "Parameter value is not valid"}
    answer = httpx.Response(400, json={"errors": [LIMIT, other, 5, {}], "meta": META})
    async with business(answer) as client:
        with pytest.raises(BusinessError) as raised:
            await client.send_text(ANNA, "x")
    error = raised.value
    assert (error.code, error.details, error.title) == (82, LIMIT["details"], LIMIT["title"])
    assert (error.status, error.method) == (400, "messages")
    assert error.errors == (
        BusinessErrorItem(code=82, title="Превышено колличество сообщений", details="Outgoing messages limit exceeded"),
        BusinessErrorItem(code=1009, title="Parameter value is not valid"),
    )
    assert error.reason == (
        "Превышено колличество сообщений: Outgoing messages limit exceeded (code 82); "
        "Parameter value is not valid (code 1009)"
    )


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, UnauthorizedError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (413, PayloadTooLargeError),
        (429, RateLimitedError),
        (500, ServerError),
        (503, ServerError),
    ],
)
async def test_common_status_keeps_its_class_and_has_the_reason(
    status: int, kind: type[Exception], business: Create
) -> None:
    item = {"code": 1005, "title": "Access denied", "details": "Invalid credentials."}
    async with business(httpx.Response(status, json={"errors": [item]})) as client:
        with pytest.raises(kind, match=r"Access denied: Invalid credentials \(code 1005\)"):
            await client.delete_media(MEDIA)


async def test_200_with_errors_only_is_a_refusal(business: Create) -> None:
    async with business(httpx.Response(200, json={"errors": [LIMIT]})) as client:
        with pytest.raises(RefusedError, match="code 82"):
            await client.send_text(ANNA, "x")


WITHOUT_ID: list[dict[str, Any]] = [{"messages": []}, {"messages": [{}]}, {}, {"messages": [{"id": None}]}]


@pytest.mark.parametrize("answer", WITHOUT_ID)
async def test_answer_without_a_message_id_is_delivery_unknown(answer: dict[str, Any], business: Create) -> None:
    async with business(httpx.Response(201, json=answer)) as client:
        with pytest.raises(DeliveryUnknownError) as raised:
            await client.send_text(ANNA, "x")
    assert isinstance(raised.value.__cause__, DecodeError)


async def test_deletion_that_was_executed_before_its_answer_was_lost_succeeds() -> None:
    answers = [httpx.Response(404, json={"errors": [{"title": "Media not found"}]}), httpx.Response(502)]
    async with BusinessClient(
        "token", transport=httpx.MockTransport(lambda request: answers.pop()), retry=Retry(wait_initial=0.001)
    ) as client:
        await client.delete_media(MEDIA)
    assert answers == []


async def test_reads_and_deletions_are_retried_and_sends_are_not(tmp_path: Path, business: Create) -> None:
    requests: list[httpx.Request] = []
    async with business(httpx.Response(502), requests) as client:
        for call, times in (
            (lambda: client.send_text(ANNA, "x"), 1),
            (lambda: client.upload_media(b"x", file_name="a.png"), 1),
            (lambda: client.delete_media(MEDIA), 2),
            (lambda: client.download_media(MEDIA, tmp_path), 2),
        ):
            requests.clear()
            with pytest.raises((DeliveryUnknownError, ServerError)):
                await call()
            assert len(requests) == times


@pytest.mark.parametrize(
    ("options", "api", "media"),
    [
        ({}, "https://api.green-api.com", "https://media.green-api.com"),
        ({"api_url": "https://ours:9090"}, "https://ours:9090", "https://ours:9090"),
        ({"api_url": "https://a", "media_url": "https://b/"}, "https://a", "https://b"),
        ({"media_url": "https://b"}, "https://api.green-api.com", "https://b"),
    ],
)
async def test_token_for_another_host_is_sent_to_that_host_only(
    options: dict[str, str], api: str, media: str, business: Create
) -> None:
    requests: list[httpx.Request] = []
    answer = httpx.Response(201, json={**SENT, "media": [{"id": MEDIA}]})
    async with business(answer, requests, **options) as client:
        await client.send_text(ANNA, "x")
        await client.upload_media(b"x", file_name="a.png")
    assert [str(request.url) for request in requests] == [f"{api}/v1/messages", f"{media}/v1/media"]


def failing_with(library: Any, kind: str) -> AsyncTransport:
    """Return a transport that fails with the token in every part of an exception: message, cause, locals."""

    def fail(request: Any) -> Any:
        token = request.headers["authorization"]
        try:
            raise OSError(token)
        except OSError as error:
            raise getattr(library, kind)(f"failed with {token}") from error

    return library.MockTransport(fail)  # type: ignore[no-any-return]  # the library is known at run time only


@pytest.mark.parametrize("kind", ["ConnectError", "ReadError", "LocalProtocolError", "InvalidURL"])
@pytest.mark.parametrize("answer", [401, 404, 502, 200])
async def test_token_does_not_leak(
    kind: str, answer: int, tmp_path: Path, caplog: pytest.LogCaptureFixture, wire: Wire, business: Create
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "greenapi_async")
    retry = Retry(repeats=1, patience=0.01, wait_initial=0.001)
    failing = BusinessClient(TOKEN, transport=failing_with(wire.library, kind), retry=retry)
    outputs = [repr(failing), repr(vars(failing))]
    echoing = business(httpx.Response(answer, text=f"no such token: {TOKEN}"))
    for client in (failing, echoing):
        for call in (client.send_text(ANNA, "x"), client.delete_media(MEDIA), client.download_media(MEDIA, tmp_path)):
            try:
                outputs.append(repr(await call))
            except Exception as error:  # noqa: BLE001
                formatted = traceback.TracebackException.from_exception(error, capture_locals=True)
                outputs += ["".join(formatted.format()), repr(error), repr(vars(error))]
    outputs += [f"{record.getMessage()} {record.args!r}" for record in caplog.records]
    assert any("messages: " in text for text in outputs)
    assert [text for text in outputs if TOKEN in text] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((TOKEN + "\n",), "token has a character at position"),
        (("",), "token is empty"),
        ((TOKEN, "host"), "api_url is 'host'"),
        ((TOKEN, "https://host", "host"), "media_url is 'host'"),
    ],
)
def test_invalid_constructor_argument(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message) as raised:
        BusinessClient(*arguments)
    assert all(TOKEN not in repr(frame.locals) for frame in raised.traceback[1:])
    assert TOKEN not in str(raised.value)
