"""asyncio cancels the task of the application (Ctrl-C, ``asyncio.timeout``): it ends with the cancellation."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import anyio
import pytest

from greenapi_async import Client, IncomingMessageReceived, Notification, merge
from greenapi_async._internal.concurrency import Background
from greenapi_async.bots import Router, lifespan
from greenapi_async.sandbox import Instance
from tests.backends import ON_ASYNCIO
from tests.outgoing.broadcasting import memory, people, running

pytestmark = [pytest.mark.anyio, ON_ASYNCIO]

MOMENTS = [*((steps, 0.0) for steps in range(0, 48, 4)), *((steps, 0.05) for steps in range(0, 40, 8))]
"""Steps of the event loop after which the task is cancelled, and the seconds that each takes."""

Scenario = Callable[[Client], Awaitable[object]]


async def broadcast(client: Client) -> None:
    inbox = memory()
    async with running(client, inbox), client.broadcast("sale", people(500), "Hello!", inbox=inbox) as sale:
        await sale.wait()


async def bot(client: Client) -> None:
    router = Router()

    @router.message()
    async def answer(notification: IncomingMessageReceived) -> None:
        async with notification.conversation(timeout=600) as talk:
            await talk.ask("What is your name?")

    async with lifespan(router, clients=client, inbox=memory()):
        await anyio.sleep_forever()


async def loop(client: Client) -> None:
    async with aclosing(client.notifications()) as notifications:
        async for _ in notifications:
            pass


async def merged(client: Client) -> None:
    async with merge(client.notifications()) as notifications:
        async for _ in notifications:
            pass


async def run(client: Client) -> None:
    async def handle(_: Notification) -> None:
        await anyio.sleep(1)

    await client.process(handle, inbox=memory()).run(signals=False)


async def beside_a_run(client: Client) -> None:
    async with running(client, memory()):
        await anyio.sleep_forever()


async def in_a_group(client: Client) -> None:
    async with anyio.create_task_group() as tasks, Background(anyio.sleep_forever):
        tasks.start_soon(run, client)
        await anyio.sleep_forever()


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("scenario", [broadcast, bot, loop, merged, run, beside_a_run, in_a_group])
async def test_a_cancelled_task_ends_as_cancelled(
    client: Client, instance: Instance, scenario: Scenario, twice: bool
) -> None:
    for steps, seconds in MOMENTS:
        task = asyncio.ensure_future(scenario(client))
        for _ in range(steps):
            instance.contact_writes("79001234567@c.us", "Hello!")
            await asyncio.sleep(seconds)
        task.cancel()
        if twice:
            await asyncio.sleep(seconds)
            task.cancel()
        assert await asyncio.wait([task], timeout=60) == ({task}, set()), f"not ended, step {steps}"
        assert task.cancelled(), f"cancelled after {steps} steps, it ended with {task.exception()!r}"
