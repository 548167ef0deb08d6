"""Operations on a database that are cancelled, in tasks of their own."""

import asyncio
import gc
import math

import anyio
import pytest

from greenapi_async._internal.concurrency import CLEAN_UP, cancelled_once
from tests.backends import ON_ASYNCIO

pytestmark = [pytest.mark.anyio, ON_ASYNCIO]


@pytest.mark.parametrize("natively", [False, True])
async def test_a_caller_waits_only_briefly_for_an_operation_that_takes_long_to_clean_up(natively: bool) -> None:
    ended = asyncio.Event()

    async def operation() -> None:
        try:
            await anyio.sleep_forever()
        except asyncio.CancelledError:
            try:
                await anyio.sleep_forever()  # the answer to the request to cancel
            finally:
                ended.set()

    began = anyio.current_time()
    with pytest.raises(TimeoutError):
        with anyio.fail_after(math.inf if natively else 2):
            async with asyncio.timeout(2 if natively else None):
                await cancelled_once(operation())
    assert anyio.current_time() - began <= 2 + CLEAN_UP
    await ended.wait()


@pytest.mark.parametrize("seconds", [0, 2 * CLEAN_UP])
async def test_the_error_of_a_cancelled_operation_is_not_logged(
    seconds: float, caplog: pytest.LogCaptureFixture
) -> None:
    async def operation() -> None:
        try:
            await anyio.sleep_forever()
        except asyncio.CancelledError:
            with anyio.CancelScope(shield=True):
                await anyio.sleep(seconds)
            raise OSError("the server closed the connection") from None
        finally:
            ended.set()

    ended = asyncio.Event()
    with anyio.move_on_after(2):
        await cancelled_once(operation())
    await ended.wait()
    gc.collect()
    assert not caplog.records


async def test_the_result_and_the_error_of_an_operation_are_the_callers() -> None:
    async def operation(divisor: int) -> float:
        return 1 / divisor

    assert await cancelled_once(operation(2)) == 0.5
    with pytest.raises(ZeroDivisionError):
        await cancelled_once(operation(0))
