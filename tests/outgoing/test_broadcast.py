"""``client.broadcast``: each person gets the message once, and the numbers say what became of it."""

import tracemalloc
from collections.abc import AsyncGenerator
from pathlib import Path

import anyio
import pytest

from greenapi_async import Client, IncomingMessageReceived, SQLiteInbox
from greenapi_async.bots import Router, lifespan
from greenapi_async.sandbox import Instance
from tests.backends import ON_ASYNCIO
from tests.outgoing.broadcasting import chat, memory, people, received, running

pytestmark = pytest.mark.anyio

OPERATOR = "79009999999@c.us"


async def test_everybody_gets_the_message_once(client: Client, instance: Instance) -> None:
    async with running(client, memory()), client.broadcast("sale", people(5), "Hello!") as broadcast:
        progress = await broadcast.wait()
    assert received(instance) == {chat(number): 1 for number in range(5)}
    assert (progress.total, progress.delivered, progress.state) == (5, 5, "finished")


async def test_without_a_bot_the_statuses_come_from_the_journal(client: Client, instance: Instance) -> None:
    async with client.broadcast("sale", people(3), "Hello!", inbox=memory()) as broadcast:
        progress = await broadcast.wait()
    assert progress.delivered == 3


async def test_a_handler_that_broadcasts_holds_up_neither_its_chat_nor_a_shutdown(
    client: Client, instance: Instance
) -> None:
    router, inbox, ended = Router(), memory(), anyio.Event()

    @router.message()
    async def handle(notification: IncomingMessageReceived) -> None:
        if notification.text != "go":
            await notification.reply("pong")
            return
        async with client.broadcast("sale", people(3), "Hello!", pause=(600, 600)) as broadcast:
            await broadcast.wait()
        ended.set()

    async with lifespan(router, clients=client, inbox=inbox, drain=1000):
        instance.contact_writes(OPERATOR, "go")
        await anyio.sleep(100)
        instance.contact_writes(OPERATOR, "ping")
        await anyio.sleep(60)
        assert received(instance) == {chat(0): 1, OPERATOR: 1}
        began = anyio.current_time()
    assert anyio.current_time() - began < 10
    async with lifespan(router, clients=client, inbox=inbox):
        with anyio.fail_after(3600):
            await ended.wait()
    assert received(instance) == {**{chat(number): 1 for number in range(3)}, OPERATOR: 1}


@pytest.mark.slow
@ON_ASYNCIO
async def test_a_long_list_is_never_in_memory(client: Client, tmp_path: Path) -> None:
    async def numbers() -> AsyncGenerator[str]:
        for number in range(20_000):
            yield f"+{79000000000 + number}"

    async with SQLiteInbox(tmp_path / "inbox.db") as inbox:
        tracemalloc.start()
        try:
            async with client.broadcast("sale", numbers(), "Hello!", inbox=inbox) as broadcast:
                while broadcast.progress.state == "loading":  # noqa: ASYNC110  nothing else tells
                    await anyio.sleep(0.1)
                assert broadcast.progress.total == 20_000
                await broadcast.cancel()
            assert tracemalloc.get_traced_memory()[1] < 8_000_000
        finally:
            tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize("delay", [500, 5000])
@ON_ASYNCIO
async def test_a_reply_waits_two_delays_at_most(client: Client, instance: Instance, delay: int) -> None:
    instance.settings["delaySendMessagesMilliseconds"] = delay
    waits: list[float] = []

    async def answer_each_minute() -> None:
        while True:
            await anyio.sleep(60)
            asked = anyio.current_time()
            sent = await client.send_message(OPERATOR, "an answer")
            while not any(message.id_message == sent.id_message for message in instance.chats.open(OPERATOR).messages):
                await anyio.sleep(delay / 10_000)
                instance.timeline.settle()
            waits.append(anyio.current_time() - asked)

    async with running(client, memory()), anyio.create_task_group() as tasks:
        tasks.start_soon(answer_each_minute)
        async with client.broadcast("sale", people(500), "Hello!", pause=(0, 0)) as broadcast:
            assert (await broadcast.wait()).delivered == 500
        tasks.cancel_scope.cancel()
    assert received(instance) == {**{chat(number): 1 for number in range(500)}, OPERATOR: len(waits)}
    assert len(waits) > 5
    assert max(waits) <= 2 * delay / 1000 + 0.2
