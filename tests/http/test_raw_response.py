"""Status, headers and body of every call, and the rate limits that the server states."""

import logging
import pickle
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from greenapi_async import BusinessClient, Client, InvalidArgumentError, NotFoundError, PartnerClient, Retry
from greenapi_async.errors import DeliveryUnknownError, ResponseError, UnauthorizedError
from greenapi_async.errors.response import Headers, RateLimitHeaders, Response

pytestmark = pytest.mark.anyio

TOKEN = "d75b3a66374942c5b3c019c698abc2067e151558acbd412345"
ANNA = "79001234567@c.us"
SENT = {"idMessage": "3EB0C767D097B7C7C030"}
Create = Callable[..., Client]


def client_of(*answers: httpx.Response, **options: Any) -> Client:
    left = list(answers)
    transport = httpx.MockTransport(lambda _: left.pop(0) if len(left) > 1 else left[0])
    return Client(1101000001, TOKEN, transport=transport, retry=Retry(repeats=1, wait_initial=0.001), **options)


async def test_result_comes_with_status_headers_and_body() -> None:
    headers = [("Date", "Sun, 29 Nov 2026 04:00:00 GMT"), ("X-A", "1"), ("X-A", "2"), ("X-Path", f"/a/{TOKEN}")]
    async with client_of(httpx.Response(201, json=SENT, headers=headers)) as client:
        response = await client.with_raw_response.send_message(ANNA, "Hi")
        assert response.parsed.id_message == SENT["idMessage"]
        assert (response.status, response.text) == (201, '{"idMessage":"3EB0C767D097B7C7C030"}')
        assert response.content == response.text.encode()
        assert response.headers["date"] == response.headers["DATE"] == "Sun, 29 Nov 2026 04:00:00 GMT"
        assert (response.headers["x-a"], response.headers.get("x-b"), "X-A" in response.headers) == ("1, 2", None, True)
        assert response.headers["x-path"] == "/a/***"
        assert TOKEN not in repr(response)
        assert SENT["idMessage"] not in repr(response)
        await response.parsed.delete()  # the result is bound to a client that still works


async def test_last_response_is_returned_after_a_retry() -> None:
    async with client_of(httpx.Response(502), httpx.Response(200, json={"wid": "x"})) as client:
        response = await client.with_raw_response.get_settings()
    assert (response.status, response.parsed.wid) == (200, "x")
    gone = httpx.Response(400, text="message by id not found")
    async with client_of(httpx.Response(502), gone) as client:
        deleted = await client.with_raw_response.delete_message(ANNA, "BAE5F4886F6F2D05")
    assert (deleted.status, deleted.text) == (400, "message by id not found")


async def test_calls_do_not_collect_each_others_responses() -> None:
    async with client_of(httpx.Response(200, json=SENT)) as client:
        raw = client.with_raw_response
        first, second = await raw.send_message(ANNA, "1"), await raw.send_message(ANNA, "2")
        assert first == second
        assert client.__dict__.get("_received") is None


async def test_once_is_rejected_because_nothing_may_be_sent() -> None:
    async with client_of(httpx.Response(200, json=SENT)) as client:
        with pytest.raises(InvalidArgumentError, match="once= is used with with_raw_response"):
            await client.with_raw_response.send_message(ANNA, "Hi", once="key")


async def test_override_of_a_subclass_is_used() -> None:
    class Polite(Client):
        async def send_typing(self, chat_id: str, **options: Any) -> None:
            await super().send_typing(chat_id, typing_time=1000)

    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=request.content))
    async with Polite(1101000001, TOKEN, transport=transport) as client:
        assert '"typingTime":1000' in (await client.with_raw_response.send_typing(ANNA)).text


async def test_other_clients_have_raw_responses() -> None:
    listed = httpx.MockTransport(lambda _: httpx.Response(200, json=[]))
    async with PartnerClient(TOKEN, transport=listed) as partner:
        assert (await partner.with_raw_response.get_instances()).parsed == []
    sent = httpx.MockTransport(lambda _: httpx.Response(201, json={"messages": [{"id": "a"}]}))
    async with BusinessClient(TOKEN, transport=sent) as business:
        response = await business.with_raw_response.send_text("79001234567", "Hi")
    assert (response.status, response.parsed.id) == (201, "a")


@pytest.mark.parametrize(
    ("status", "content", "kind", "reason"),
    [
        (401, "", UnauthorizedError, "Unauthorized"),
        (404, "<!DOCTYPE html><html><body>Cannot GET /{TOKEN}</body></html>", NotFoundError, "Not Found"),
        (404, "\ufeff\r\n<html></html>", NotFoundError, "Not Found"),
        (400, "Bad  request\r\nfor /waInstance1/a/{TOKEN}\n", ResponseError, "Bad request for /waInstance1/a/***"),
        (400, '{"message": ["a must be b", "c"], "error": "Bad Request"}', ResponseError, "a must be b; c"),
        (400, '{"path": "/a/{TOKEN}", "message": "no /a/{TOKEN}"}', ResponseError, "no /a/***"),
        (400, '"' + "x" * 1000 + '"', ResponseError, "x" * 500),
        (423, "", ResponseError, "Locked"),
        (499, "", DeliveryUnknownError, "no clear answer (ServerError: Client closed request)"),
        (477, "", ResponseError, "The server gave no reason"),
    ],
)
async def test_error_body_gives_a_readable_reason_and_the_response(
    status: int, content: str, kind: type[Exception], reason: str
) -> None:
    async with client_of(httpx.Response(status, text=content.replace("{TOKEN}", TOKEN))) as client:
        with pytest.raises(ResponseError if kind is ResponseError else kind) as raised:
            await client.send_message(ANNA, "Hi")
    error: Any = raised.value
    assert (error.reason, error.status, error.response.status) == (reason, status, status)
    assert error.response.text == content.replace("{TOKEN}", "***")
    assert TOKEN not in f"{error} {error!r} {vars(error)}"
    assert pickle.loads(pickle.dumps(error)).response.content == error.response.content


async def test_restricted_account_gets_advice() -> None:
    async with client_of(httpx.Response(423, text="Locked")) as client:
        with pytest.raises(ResponseError, match="WhatsApp seems to have restricted the account"):
            await client.create_group("Group", [ANNA])


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"x-ratelimit-limit": "many"}, None),
        ({"x-ratelimit-limit": "100"}, RateLimitHeaders(limit=100)),
        (
            {"x-ratelimit-limit": "100", "x-ratelimit-remaining": " 99", "x-ratelimit-reset": "1"},
            RateLimitHeaders(limit=100, remaining=99, reset="1"),
        ),
        ({"x-ratelimit-limit": "10, 10;w=60", "x-ratelimit-remaining": "?"}, RateLimitHeaders(limit=10, window=60)),
        ({"x-ratelimit-limit": "10;w=0"}, RateLimitHeaders(limit=10)),
    ],
)
def test_rate_limit_headers_are_parsed(headers: dict[str, str], expected: RateLimitHeaders | None) -> None:
    assert Response(200, Headers(headers), b"").rate_limit == expected


@pytest.mark.parametrize(
    ("limit", "window", "per_second", "differs"),
    [
        (100, None, 100, False),
        (100, None, 50, True),
        (1, None, 0.1, False),
        (2, None, 0.1, True),
        (6, 60, 0.1, False),
        (60, 60, 1, False),
        (100, None, None, True),
    ],
)
def test_rate_is_compared_with_the_documented_one(
    limit: int, window: int | None, per_second: float | None, differs: bool
) -> None:
    assert RateLimitHeaders(limit=limit, window=window).differs_from(per_second) is differs


@pytest.fixture
async def limited() -> AsyncIterator[Client]:
    async with client_of(httpx.Response(200, json=SENT, headers={"X-RateLimit-Limit": "30"})) as client:
        yield client


async def test_other_rate_is_logged_once_per_method(limited: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    for client in (limited, limited, limited.with_options(timeout=5)):
        await client.send_message(ANNA, "Hi")
    await limited.edit_message(ANNA, "BAE5F4886F6F2D05", "Hi")
    assert [record.getMessage().partition(". If")[0] for record in caplog.records] == [
        "sendMessage: the server allows 30 per window (X-RateLimit-Limit), but the client's table has 50 per second",
        "editMessage: the server allows 30 per window (X-RateLimit-Limit), but the client's table has no rate",
    ]


async def test_documented_rate_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    answer = httpx.Response(200, json={"result": True}, headers={"X-RateLimit-Limit": "100"})
    async with client_of(answer) as client:
        response = await client.with_raw_response.delete_notification(1)
    assert response.rate_limit == RateLimitHeaders(limit=100)
    assert caplog.records == []


async def test_unknown_receipt_is_an_answer() -> None:
    answer = httpx.Response(200, json={"result": False, "reason": "unknown receiptId"})
    async with client_of(answer) as client:
        deleted = await client.delete_notification(1)
    assert (deleted.result, deleted.reason) == (False, "unknown receiptId")
