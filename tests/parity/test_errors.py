"""Each error in the tables of the manual raises its class, with the server's own words and advice."""

import json
import warnings
from typing import Any

import pytest
import respx

from greenapi_async import Client, DeliveryUnknownError, GreenAPIError, Retry, ServerError, errors
from greenapi_async.partner import PartnerClient

from .arguments import ARGUMENTS, TOKEN
from .table import COMMON_ERRORS, HTTP_ROWS, ErrorRow, Row
from .test_methods import endpoint_of

pytestmark = pytest.mark.anyio

NO_RETRIES = Retry(repeats=0, patience=0)
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


async def call_with_answer(row: Row, status: int, body: str) -> Any:
    options: dict[str, Any] = {"retry": NO_RETRIES, "rate_limiter": None}
    client = PartnerClient(TOKEN, **options) if row.host == "partner" else Client(1101000001, TOKEN, **options)
    with respx.mock as wire, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        wire.route().respond(status, text=body)
        async with client:
            return await getattr(client, row.python)(**ARGUMENTS.get(row.python, {}))


def raw_of(models: list[Any]) -> list[Any]:
    return [model.raw for model in models]


async def check(row: Row, documented: ErrorRow, body: str) -> None:
    expected: type[GreenAPIError] = getattr(errors, documented.raises or "")
    with pytest.raises(GreenAPIError) as raised:
        await call_with_answer(row, documented.status, body)
    error: BaseException | None = raised.value
    if expected is ServerError and not endpoint_of(row).idempotent:
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
