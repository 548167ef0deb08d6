from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import httpx
import pytest

from greenapi_async.sandbox import Instance, Sandbox

Api = Callable[..., Awaitable[httpx.Response]]
CHAT = "79001234567@c.us"
pytestmark = pytest.mark.anyio


@pytest.fixture
async def sandbox() -> Sandbox:
    return Sandbox(anyio.current_time, seed=1)


@pytest.fixture
async def instance(sandbox: Sandbox) -> Instance:
    return sandbox.add_instance()


@pytest.mark.parametrize(("query", "seconds"), [({}, 5), ({"receiveTimeout": 20}, 20)])
async def test_a_poll_returns_null_after_its_timeout(api: Api, query: dict[str, int], seconds: int) -> None:
    start = anyio.current_time()
    assert (await api("GET", "receiveNotification", params=query)).text == "null"
    assert anyio.current_time() - start == pytest.approx(seconds, abs=0.5)


@pytest.mark.parametrize("value", ["4", "61", "-5", "5.5", "soon", ""])
async def test_a_poll_waits_5_to_60_seconds(api: Api, value: str) -> None:
    answer = await api("GET", "receiveNotification", params={"receiveTimeout": value})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Validation failed. Details: 'receiveTimeout' must be")


async def test_a_waiting_poll_wakes_at_once(api: Api, instance: Instance) -> None:
    start = anyio.current_time()
    answers: list[Any] = []

    async def poll() -> None:
        answers.append((await api("GET", "receiveNotification", params={"receiveTimeout": 60})).json())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(poll)
        await anyio.sleep(1)
        instance.contact_writes(CHAT, "hi")
    assert answers[0]["body"]["typeWebhook"] == "incomingMessageReceived"
    assert anyio.current_time() - start == pytest.approx(1, abs=0.5)


async def test_every_waiting_poll_gets_the_head(api: Api, instance: Instance) -> None:
    answers: list[Any] = []

    async def poll() -> None:
        answers.append((await api("GET", "receiveNotification")).json())

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(poll)
        await anyio.sleep(1)
        instance.contact_writes(CHAT, "hi")
    assert [answer["receiptId"] for answer in answers] == [1, 1, 1]


async def test_a_waiting_poll_wakes_when_a_queued_message_is_sent(api: Api, instance: Instance) -> None:
    instance.settings |= {"delaySendMessagesMilliseconds": 4000}
    for text in ("one", "two"):
        await api("POST", "sendMessage", json={"chatId": CHAT, "message": text})
    for _ in range(2):
        receipt = (await api("GET", "receiveNotification")).json()["receiptId"]
        await api("DELETE", "deleteNotification", f"/{receipt}")
    start = anyio.current_time()
    received = (await api("GET", "receiveNotification")).json()
    assert received["body"]["status"] == "sent"
    assert anyio.current_time() - start == pytest.approx(4, abs=0.5)


async def test_a_cancelled_poll_leaves_nothing_behind(api: Api, instance: Instance) -> None:
    with anyio.move_on_after(1):
        await api("GET", "receiveNotification")
    instance.contact_writes(CHAT, "hi")
    assert not instance.notifications.delete(1)
    assert [call.status for call in instance.calls] == [499]
