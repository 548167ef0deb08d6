"""Methods that the library does not know are called with everything that known methods have."""

import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from greenapi_async import BadRequestError, Client, DecodeError, DeliveryUnknownError, InvalidArgumentError, Retry
from greenapi_async.http.rate_limiter import MethodRateLimiter
from greenapi_async.types import CustomPreview

pytestmark = pytest.mark.anyio

TOKEN = "d75b3a66374942c5b3c019c698abc2067e151558acbd412345"
FAST = Retry(wait_initial=0.001)
Answer = Callable[[httpx.Request], httpx.Response]


class Rates(MethodRateLimiter):
    """Records the rates by which requests are limited."""

    def __init__(self) -> None:
        super().__init__()
        self.used: list[tuple[str, float]] = []

    def slot(self, method: str, per_second: float) -> Any:
        self.used.append((method, per_second))
        return super().slot(method, per_second)


class Wire:
    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answer: Answer = lambda _: httpx.Response(200, json={"ok": True})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def rates() -> Rates:
    return Rates()


@pytest.fixture
async def client(wire: Wire, rates: Rates) -> AsyncIterator[Client]:
    transport = httpx.MockTransport(wire)
    async with Client(1101000001, TOKEN, transport=transport, retry=FAST, rate_limiter=rates) as client:
        yield client


async def test_parameters_are_sent_as_json_or_in_the_query(client: Client, wire: Wire) -> None:
    assert await client.call("POST", "someNewMethod", {"chatId": "x", "left": None}, query={"dryRun": True}) == {
        "ok": True
    }
    await client.call("GET", "someNewMethod", {"count": 5}, query={"group": False})
    await client.call("DELETE", "someNewMethod", path="a/b", host="media")
    await client.call("PUT", "someNewMethod", {"preview": CustomPreview(title="T")})
    post, get, delete, put = wire.requests
    assert str(post.url) == f"https://api.green-api.com/waInstance1101000001/someNewMethod/{TOKEN}?dryRun=true"
    assert (post.method, json.loads(post.content)) == ("POST", {"chatId": "x"})
    assert (get.method, dict(get.url.params), get.content) == ("GET", {"count": "5", "group": "false"}, b"")
    assert str(delete.url) == f"https://media.green-api.com/waInstance1101000001/someNewMethod/{TOKEN}/a%2Fb"
    assert (put.method, json.loads(put.content)) == ("PUT", {"preview": {"title": "T"}})


async def test_file_is_sent_as_a_form(client: Client, wire: Wire) -> None:
    await client.call(
        "POST", "someUpload", {"chatId": "x", 'a"\r\nb': 1}, file=b"content", file_name="a.txt", host="media"
    )
    (request,) = wire.requests
    assert request.headers["content-type"].startswith("multipart/form-data")
    assert b'name="chatId"\r\n\r\nx\r\n' in request.content
    assert b'name="a%22%0D%0Ab"\r\n\r\n1\r\n' in request.content
    assert b'name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\ncontent' in request.content


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b'["a"]', ["a"]), (b"", None), (b"OK", "OK"), (b"null", None), ('{"имя": 1}'.encode(), {"имя": 1})],
)
async def test_answer_is_parsed_or_text(client: Client, wire: Wire, content: bytes, expected: object) -> None:
    wire.answer = lambda _: httpx.Response(200, content=content)
    assert await client.call("GET", "someNewMethod") == expected


@pytest.mark.parametrize("answer", [{"existsWhatsapp": True, "chatId": "1@lid"}, [{"id": "1@lid"}], "text", None])
@pytest.mark.parametrize(
    "method",
    ["checkAccount", "checkWhatsapp", "editCollection", "getChats", "getContactInfo", "getContacts", "getWaSettings"],
)
async def test_answer_of_a_known_method_is_returned_as_it_is(
    client: Client, wire: Wire, method: str, answer: object
) -> None:
    wire.answer = lambda _: httpx.Response(200, json=answer)
    assert await client.call("POST", method, {"newParameter": 1}) == answer


@pytest.mark.parametrize("content", [b"<html>a proxy's page</html>", b'{"cut": '])
async def test_page_or_truncated_answer_is_an_error(client: Client, wire: Wire, content: bytes) -> None:
    wire.answer = lambda _: httpx.Response(200, content=content)
    with pytest.raises(DecodeError):
        await client.call("GET", "someNewMethod", idempotent=True)


async def test_repeats_only_what_is_idempotent(client: Client, wire: Wire) -> None:
    wire.answer = lambda _: httpx.Response(502)
    with pytest.raises(DeliveryUnknownError):
        await client.call("POST", "someNewMethod")
    assert len(wire.requests) == 1
    answers = [httpx.Response(502), httpx.Response(200, json=1)]
    wire.answer = lambda _: answers.pop(0)
    assert await client.call("POST", "someNewMethod", idempotent=True) == 1
    wire.answer = lambda _: httpx.Response(502)
    wire.requests.clear()
    with pytest.raises(DeliveryUnknownError):
        await client.call("POST", "sendMessage", {"chatId": "x", "message": "y"})
    assert len(wire.requests) == 1


async def test_known_methods_keep_their_rate_and_advice(client: Client, wire: Wire, rates: Rates) -> None:
    await client.call("POST", "sendMessage", {"newParameter": 1})
    await client.call("POST", "sendmessage", {}, per_second=1000)
    await client.call("POST", "sendMessage", {}, per_second=2)
    await client.call("POST", "someNewMethod", {})
    await client.call("POST", "someNewMethod", {}, per_second=0.5)
    assert rates.used == [("sendMessage", 50), ("sendMessage", 50), ("sendMessage", 2), ("someNewMethod", 0.5)]
    assert wire.requests[1].url.path.split("/")[2] == "sendMessage"
    wire.answer = lambda _: httpx.Response(400, text="Message by id not found")
    with pytest.raises(BadRequestError, match="already deleted"):
        await client.call("POST", "deleteMessage", {})


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("SEND", "x"), {}, "verb is 'SEND'; allowed values: GET, POST"),
        (("GET", "../x"), {}, "method is '../x'; expected the name of an API method"),
        (("GET", "x", [1]), {}, "parameters is of type list; expected an object"),
        (("POST", "x", {1: 2}), {}, "parameters has a name that is not a string"),
        (("GET", "x", {"a": [1]}), {}, "a is of type list; a query and a form hold strings"),
        (("POST", "x", {"a": 1}), {"query": {"a": 1}}, "a is both in parameters and in query"),
        (("GET", "x"), {"file": b"x"}, "verb is GET, which sends no file"),
        (("POST", "x", {"file": 1}), {"file": b"x"}, "file is given twice"),
        (("DELETE", "x"), {"path": ".."}, "path is '..'; expected a text or a number"),
        (("DELETE", "x"), {"path": ["a"]}, "path is .'a'.; expected a text or a number"),
        (("POST", "x"), {"per_second": 0}, "per_second is 0; more than 0 is allowed"),
        (("POST", "x"), {"per_second": "1"}, "per_second is '1'; expected a number"),
        (("POST", "x"), {"idempotent": "no"}, "idempotent is 'no'; expected True or False"),
        (("POST", "x"), {"host": "cdn"}, "host is 'cdn'; allowed values: api, media"),
        (("GET", "updateApiToken"), {}, "call update_api_token"),
        (("GET", "receiveNotification"), {"query": {"receiveTimeout": "x"}}, "receive_timeout is 'x'"),
    ],
)
async def test_invalid_argument_is_rejected_before_sending(
    client: Client, wire: Wire, arguments: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        await client.call(*arguments, **options)
    assert wire.requests == []


async def test_token_is_masked_in_errors_and_logs(client: Client, wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    wire.answer = lambda request: httpx.Response(400, text=f"Cannot POST {request.url.path}", headers={"x-p": TOKEN})
    with pytest.raises(BadRequestError) as raised:
        await client.call("POST", "someNewMethod", {"a": 1})
    assert raised.value.reason == "Cannot POST /waInstance1101000001/someNewMethod/***"
    assert raised.value.response is not None
    assert raised.value.response.headers["X-P"] == "***"
    assert TOKEN not in caplog.text
    assert TOKEN not in repr(raised.value.response)
