"""Each error in the tables of the manual raises its class, with the server's own words and advice."""

import json
import re
import warnings
from contextlib import nullcontext
from typing import Any

import httpx
import pytest
import respx

from greenapi_async import Client, DeliveryUnknownError, GreenAPIError, Retry, ServerError, errors
from greenapi_async.instance.partner import PartnerClient

from .arguments import ARGUMENTS, TOKEN
from .table import COMMON_ERRORS, HTTP_ROWS, ErrorRow, Row
from .test_methods import endpoint_of

pytestmark = pytest.mark.anyio

BY_PYTHON = {row.python: row for row in HTTP_ROWS}


@pytest.fixture
def anyio_backend() -> str:
    """Nothing here depends on the event loop."""
    return "asyncio"


def as_object(text: str, status: int) -> str:
    return json.dumps({"statusCode": status, "path": "/", "message": text})


def as_string(text: str, status: int) -> str:
    return json.dumps(text)


def as_text(text: str, status: int) -> str:
    return text


each_format = pytest.mark.parametrize(
    "format_error", [as_object, as_string, as_text], ids=lambda function: function.__name__
)


def parametrize(rows: list[tuple[Row, ErrorRow]]) -> pytest.MarkDecorator:
    ids = [
        f"{row.name}-{documented.status}-{(documented.text or documented.body or '')[:50]}" for row, documented in rows
    ]
    return pytest.mark.parametrize(("row", "documented"), rows, ids=ids)


def own_errors(*, raised: bool, as_text: bool) -> list[tuple[Row, ErrorRow]]:
    return [
        (row, documented)
        for row in HTTP_ROWS
        for documented in row.errors
        if (documented.raises is not None) is raised and (documented.body is None) is as_text
    ]


def common_errors(*, as_text: bool) -> list[tuple[Row, ErrorRow]]:
    """Return each common error for a read and for a send."""
    rows = [BY_PYTHON["get_settings"], BY_PYTHON["send_message"]]
    return [(row, documented) for row in rows for documented in COMMON_ERRORS if (documented.body is None) is as_text]


def repeated_errors() -> list[tuple[Row, ErrorRow]]:
    return [(row, documented) for row in HTTP_ROWS for documented in row.errors if documented.done]


async def call_with_answer(row: Row, status: int, body: str) -> Any:
    return await call_with_answers(row, [(status, body)])


async def call_with_answers(row: Row, answers: list[tuple[int, str]]) -> Any:
    """Call a method whose first attempts get these answers; the last one repeats."""
    left = list(answers)

    def respond(request: httpx.Request) -> httpx.Response:
        status, body = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(status, text=body)

    retry = Retry(repeats=len(answers) - 1, patience=0, wait_initial=0.001)
    options: dict[str, Any] = {"retry": retry, "rate_limiter": None}
    client = PartnerClient(TOKEN, **options) if row.host == "partner" else Client(1101000001, TOKEN, **options)
    with respx.mock as wire, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        wire.route().mock(side_effect=respond)
        async with client:
            return await getattr(client, row.python)(**ARGUMENTS.get(row.python, {}))


def raw_of(models: list[Any]) -> list[Any]:
    return [model.raw for model in models]


async def check(row: Row, documented: ErrorRow, body: str) -> None:
    expected: type[GreenAPIError] = getattr(errors, documented.raises or "")
    with pytest.raises(GreenAPIError) as raised:
        await call_with_answer(row, documented.status, body)
    error: BaseException | None = raised.value
    if expected is ServerError and not endpoint_of(row).idempotent and documented.executed:
        assert type(error) is DeliveryUnknownError
        assert (error.method, error.status) == (row.name, documented.status)
        assert error.advice
        error = error.__cause__
    assert type(error) is expected, (
        f"{row.name} raises {type(error).__name__} for {documented.status} {documented.text}"
    )
    assert isinstance(error, GreenAPIError)
    assert error.method == row.name
    assert error.status == documented.status
    assert documented.text in error.reason, f"the reason is {error.reason!r}, without the server's words"
    assert error.advice


@each_format
@parametrize(own_errors(raised=True, as_text=True) + common_errors(as_text=True))
async def test_error_text_raises_its_class_in_every_form(row: Row, documented: ErrorRow, format_error: Any) -> None:
    await check(row, documented, format_error(documented.text, documented.status))


@parametrize(own_errors(raised=True, as_text=False) + common_errors(as_text=False))
async def test_error_body_raises_its_class(row: Row, documented: ErrorRow) -> None:
    await check(row, documented, documented.body or "")


@parametrize(own_errors(raised=False, as_text=False))
async def test_answer_listed_among_the_errors_is_returned(row: Row, documented: ErrorRow) -> None:
    answer = await call_with_answer(row, documented.status, documented.body or "")
    expected = json.loads(documented.body or "")
    assert (raw_of(answer) if isinstance(expected, list) else answer.raw) == expected


@parametrize(repeated_errors())
async def test_repeated_request_that_finds_its_effect_has_succeeded(row: Row, documented: ErrorRow) -> None:
    error = documented.status, documented.body or as_object(documented.text, documented.status)
    await call_with_answers(row, [(502, ""), error])
    await call_with_answers(row, [(499, ""), (500, "Internal Server Error"), error])
    expected = getattr(errors, documented.raises) if documented.raises else None
    with pytest.raises(expected) if expected else nullcontext():
        await call_with_answer(row, *error)


@pytest.mark.parametrize("row", [row for row in HTTP_ROWS if row.effect], ids=lambda row: row.name)
async def test_unknown_outcome_says_where_to_look(row: Row) -> None:
    with pytest.raises(DeliveryUnknownError) as raised:
        await call_with_answer(row, 502, "")
    advice = raised.value.advice
    message = row.name in MESSAGES or (row.section in {"1.3.3", "1.3.12"} and row.name != "uploadFile")
    assert ("outgoing queue" in advice) is message, f"{row.name} advises: {advice}"
    assert ("replay_sends" in advice) is message
    named = [word for word in re.findall(r"(\w+)\(", advice) if word != "Retry"]
    assert all(hasattr(Client, word) or hasattr(PartnerClient, word) for word in named)
    assert message or named or row.name in {"updateApiToken", "uploadFile", "sendTyping"}
    assert advice in str(raised.value)


MESSAGES = {"sendInteractiveButtons", "sendInteractiveButtonsReply", "editMessage", "sendProduct", "sendOrder"}


@pytest.mark.parametrize("row", [row for row in HTTP_ROWS if not row.effect], ids=lambda row: row.name)
async def test_harmless_request_is_repeated(row: Row) -> None:
    if row.answer_example:
        answers = [(502, ""), (502, ""), (200, row.answer_example)]
        await call_with_answers(row, answers)
    with pytest.raises(ServerError):
        await call_with_answer(row, 502, "")


ADVICE = [
    (row.name, 403, "Forbidden", "Ask GREEN-API support to enable the beta version of statuses")
    for row in HTTP_ROWS
    if row.section == "1.3.8"
] + [
    ("sendButtons", 403, "Forbidden", "no longer supports this method: use send_interactive_buttons_reply()"),
    ("sendTemplateButtons", 403, "Forbidden", "no longer supports this method: use send_interactive_buttons()"),
    ("sendListMessage", 403, "Forbidden", "no longer supports this method: use send_poll()"),
    ("sendLink", 403, "Forbidden", "no longer supports this method: use send_message()"),
    ("sendTemplate", 403, "Forbidden", "no longer supports this method"),
    ("getDeviceInfo", 405, "Method not allowed", "no longer supports this method"),
    ("sendMessage", 403, "Forbidden", "Check the instance id, the token and api_url"),
    ("getMessage", 400, "chatId not found", "probably still in the outgoing queue: look with show_messages_queue()"),
    ("getMessage", 400, "Message not found by id 'BAE5F4886F6F2D05'", "probably still in the outgoing queue"),
    ("getMessage", 400, "bad request data", "Correct the request"),
    ("checkWhatsapp", 400, "check phone number timeout limit exceeded", "try again later"),
    ("checkWhatsapp", 400, "bad phone number, valid 11 or 12 digits", "11 or more digits"),
    ("downloadFile", 400, "File message encrypted url not found by chatId 1@c.us and idMessage A3", "has no file"),
    ("downloadFile", 500, "Internal error when downloading file by chatId 1@c.us", "no longer stores the file"),
    ("deleteMessage", 400, "Message by id not found", "already deleted"),
    ("deleteStatus", 400, "ID message notfound", "already deleted"),
    ("archiveChat", 400, "chat with id 71234567890@c.us already archive=true", "nothing is left to do"),
    ("archiveChat", 400, "cannot archive chat cause last message not found in chat", "an incoming message"),
    ("unarchiveChat", 400, "chat with id 71234567890@c.us not found", "no such contact or group"),
    ("getContactInfo", 400, "The method GetContactInfo does not support group chats", "get_group_data()"),
    ("getContactInfo", 500, "interface conversion: interface {} is bool, not string", "check chat_id"),
    ("addGroupParticipant", 200, '{"addParticipant": false}', "not an administrator"),
    ("getGroupData", 200, '"Error: item-not-found"', "check group_id"),
    ("setProfilePicture", 200, '{"reason": "rate-overlimit", "setProfilePicture": false}', "wait before"),
    ("createProduct", 400, "Catalog mutations require a WhatsApp Business account", "created on the phone first"),
    ("getSettings", 499, "Client Closed Request", "timeout="),
    ("getSettings", 502, "Bad Gateway", "Try again later"),
]


@pytest.mark.parametrize(
    ("name", "status", "words", "advice"), ADVICE, ids=[f"{row[0]}-{row[2][:30]}" for row in ADVICE]
)
async def test_advice_fits_the_method_and_the_words(name: str, status: int, words: str, advice: str) -> None:
    row = next(row for row in HTTP_ROWS if row.name == name)
    with pytest.raises(GreenAPIError) as raised:
        await call_with_answer(row, status, words if status == 200 else as_object(words, status))
    assert advice in raised.value.advice
    assert str(raised.value).endswith(raised.value.advice)


async def test_466_distinguishes_calls_and_chats() -> None:
    method, chats = [documented for documented in COMMON_ERRORS if documented.status == 466]
    for documented, invoke, correspondents in ((method, 100, None), (chats, 67, 3)):
        with pytest.raises(errors.QuotaExceededError) as raised:
            await call_with_answer(BY_PYTHON["check_whatsapp"], 466, documented.body or "")
        assert raised.value.invoke is not None
        assert raised.value.invoke.used == invoke
        used = raised.value.correspondents.used if raised.value.correspondents else None
        assert used == correspondents


@pytest.mark.parametrize("row", [row for row in HTTP_ROWS if row.answer_example], ids=lambda row: row.name)
async def test_answer_of_the_manual_is_decoded_and_kept_in_raw(row: Row) -> None:
    example = json.loads(row.answer_example or "")
    answer = await call_with_answer(row, 200, row.answer_example or "")
    assert (raw_of(answer) if isinstance(example, list) else answer.raw) == example
