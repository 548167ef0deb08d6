import pytest

from greenapi_async import IncomingMessageReceived
from greenapi_async.bots import Router
from greenapi_async.testing import Sandbox

router = Router()


@router.message()
async def hello(notification: IncomingMessageReceived) -> None:
    await notification.reply("hello")


@pytest.mark.asyncio
async def test_it_answers(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567", name="Anna")
    async with sandbox.runs(router):
        await anna.says("hi")
        assert await anna.hears("hello")
