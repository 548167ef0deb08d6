"""Each error of the manual's tables raises what it means, with the server's words and a sentence on what to do."""

import json
import warnings
from typing import Any

import httpx
import pytest

from greenapi_async import Client, DeliveryUnknownError, GreenAPIError, Retry, ServerError, errors
from greenapi_async.partner import PartnerClient

from .arguments import ARGUMENTS, TOKEN
from .table import COMMON_ERRORS, HTTP_ROWS, Failure, Row
from .test_methods import endpoint_of

pytestmark = pytest.mark.anyio

ONCE = Retry(repeats=0, patience=0)
BY_PYTHON = {row.python: row for row in HTTP_ROWS}


@pytest.fixture
def anyio_backend() -> str:
    """One is enough: nothing waits here."""
    return "asyncio"


def as_object(words: str, status: int) -> str:
    return json.dumps({"statusCode": status, "path": "/", "message": words})


def as_string(words: str, status: int) -> str:
    return json.dumps(words)


def as_text(words: str, status: int) -> str:
    return words


each_form = pytest.mark.parametrize("form", [as_object, as_string, as_text], ids=lambda form: form.__name__)


def each(rows: list[tuple[Row, Failure]]) -> pytest.MarkDecorator:
    ids = [f"{row.name}-{failure.status}-{(failure.words or failure.body or '')[:50]}" for row, failure in rows]
    return pytest.mark.parametrize(("row", "failure"), rows, ids=ids)


def own(*, raised: bool, in_words: bool) -> list[tuple[Row, Failure]]:
    return [
        (row, failure)
        for row in HTTP_ROWS
        for failure in row.errors
        if (failure.raises is not None) is raised and (failure.body is None) is in_words
    ]


def common(*, in_words: bool) -> list[tuple[Row, Failure]]:
    """Put each common error on a read and on a send."""
    rows = [BY_PYTHON["get_settings"], BY_PYTHON["send_message"]]
    return [(row, failure) for row in rows for failure in COMMON_ERRORS if (failure.body is None) is in_words]


async def answered(row: Row, status: int, body: str) -> Any:
    transport = httpx.MockTransport(lambda request: httpx.Response(status, text=body))
    options: dict[str, Any] = {"transport": transport, "retry": ONCE, "rate_limiter": None}
    client = PartnerClient(TOKEN, **options) if row.host == "partner" else Client(1101000001, TOKEN, **options)
    async with client:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            return await getattr(client, row.python)(**ARGUMENTS.get(row.python, {}))


def raw_of(models: list[Any]) -> list[Any]:
    return [model.raw for model in models]


async def check(row: Row, failure: Failure, body: str) -> None:
    expected: type[GreenAPIError] = getattr(errors, failure.raises or "")
    with pytest.raises(GreenAPIError) as raised:
        await answered(row, failure.status, body)
    error: BaseException | None = raised.value
    if expected is ServerError and not endpoint_of(row).idempotent:
        assert type(error) is DeliveryUnknownError
        assert (error.method, error.status) == (row.name, failure.status)
        assert error.advice
        error = error.__cause__
    assert type(error) is expected, f"{row.name} raises {type(error).__name__} for {failure.status} {failure.words}"
    assert isinstance(error, GreenAPIError)
    assert error.method == row.name
    assert error.status == failure.status
    assert failure.words in error.reason, f"of the server's words {error.reason!r} is left"
    assert error.advice


@each_form
@each(own(raised=True, in_words=True) + common(in_words=True))
async def test_words_raise_what_they_mean_wherever_they_stand(row: Row, failure: Failure, form: Any) -> None:
    await check(row, failure, form(failure.words, failure.status))


@each(own(raised=True, in_words=False) + common(in_words=False))
async def test_a_body_raises_what_it_means(row: Row, failure: Failure) -> None:
    await check(row, failure, failure.body or "")


@each(own(raised=False, in_words=False))
async def test_what_is_listed_among_the_errors_and_is_an_answer_returns(row: Row, failure: Failure) -> None:
    answer = await answered(row, failure.status, failure.body or "")
    expected = json.loads(failure.body or "")
    assert (raw_of(answer) if isinstance(expected, list) else answer.raw) == expected


async def test_the_two_halves_of_a_466_are_told_apart() -> None:
    method, chats = [failure for failure in COMMON_ERRORS if failure.status == 466]
    for failure, invoke, correspondents in ((method, 100, None), (chats, 67, 3)):
        with pytest.raises(errors.QuotaExceededError) as raised:
            await answered(BY_PYTHON["check_whatsapp"], 466, failure.body or "")
        assert raised.value.invoke is not None
        assert raised.value.invoke.used == invoke
        used = raised.value.correspondents.used if raised.value.correspondents else None
        assert used == correspondents


@pytest.mark.parametrize("row", [row for row in HTTP_ROWS if row.answer_example], ids=lambda row: row.name)
async def test_the_manuals_answer_is_read_and_kept(row: Row) -> None:
    example = json.loads(row.answer_example or "")
    answer = await answered(row, 200, row.answer_example or "")
    assert (raw_of(answer) if isinstance(example, list) else answer.raw) == example
