"""A backlog: what waits in the inbox takes no memory, keeps its order, and stands in nobody's way."""

import gc
import json
import random
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

import anyio
import pytest

from greenapi_async import (
    Client,
    IncomingMessageReceived,
    MemoryInbox,
    MessageStatus,
    Notification,
)
from greenapi_async.processing import intake, unfinished
from greenapi_async.sandbox import Instance
from greenapi_async.types import Entry

from .handling import ANNA, BORIS, Stopping, left

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def short_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading pauses early, so that small backlogs have what a million entries have."""
    monkeypatch.setattr(intake, "READ_AHEAD", 20)
    monkeypatch.setattr(unfinished, "MAX_IN_MEMORY", 50)


def message(instance: Instance, chat: str, text: str, **more: object) -> Entry:
    body = {
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": instance.id_instance, "wid": "79001230000@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1588091580,
        "idMessage": "F7AEC1B7086ECDC7F7AEC1B7086ECDC7",
        "senderData": {"chatId": chat, "sender": chat},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": text}},
        **more,
    }
    return Entry(id_instance=instance.id_instance, body=json.dumps(body))


def status(instance: Instance, chat: str, id_message: str) -> Entry:
    more = {"typeWebhook": "outgoingMessageStatus", "chatId": chat, "idMessage": id_message, "status": "delivered"}
    return message(instance, chat, "", **more)


def chat(number: int) -> str:
    return f"7900123{number:04}@c.us"


def kinds() -> defaultdict[str, int]:
    gc.collect()
    found: defaultdict[str, int] = defaultdict(int)
    for each in gc.get_objects():
        found[type(each).__name__] += 1
    return found


async def process_all(client: Client, inbox: MemoryInbox, count: int, handler: object, **options: object) -> list[str]:
    stopping = Stopping(count)

    async def counted(notification: Notification) -> None:
        await handler(notification)  # type: ignore[operator]  # an async function
        stopping.note(notification)

    stopping.processing = client.process(counted, inbox=inbox, polling=False, **options)  # type: ignore[arg-type]  # options of any name
    await stopping.processing
    return stopping.seen


async def test_what_waits_is_not_in_memory_and_counted_nevertheless(client: Client, instance: Instance) -> None:
    inbox = MemoryInbox()
    for number in range(3000):
        await inbox.put(message(instance, chat(number), str(number)))
    before = kinds()
    most: dict[str, int] = {"Item": 0, "Lane": 0, "IncomingMessageReceived": 0}

    async def handler(_: Notification) -> None:
        await anyio.sleep(1)

    async def watch() -> None:
        await anyio.sleep(2.5)
        assert processing.counters.waiting == 3000 - 2 * 10
        for number in range(3000, 3300):  # arrives behind it
            await inbox.put(message(instance, chat(number), str(number)))
        await anyio.sleep(1)
        assert processing.counters.waiting == 3300 - 3 * 10
        now = kinds()
        for name in most:
            most[name] = now[name] - before[name]
        await anyio.sleep(400)
        assert processing.counters.waiting == 0
        assert processing.counters.lag == 0
        processing.stop()

    processing = client.process(handler, inbox=inbox, polling=False, concurrency=10)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        await processing
    assert 0 < most["Item"] <= 50
    assert 0 < most["IncomingMessageReceived"] <= 50
    assert 30 <= most["Lane"] <= 10 + 20 + 100
    assert await left(inbox, instance) == []


@pytest.mark.parametrize("choice", ["wait", "pass"])
async def test_a_chat_in_retry_with_thousands_of_entries_stops_no_other(
    client: Client, instance: Instance, choice: str
) -> None:
    inbox = MemoryInbox()
    for number in range(5000):
        await inbox.put(message(instance, ANNA, str(number)))
    await inbox.put(message(instance, BORIS, "boris"))
    before = kinds()["Item"]
    at: dict[str, float] = {}
    failed = False

    async def handler(notification: Notification) -> None:
        nonlocal failed
        if not failed:
            failed = True
            raise LookupError
        if notification.text == "boris":
            at["boris"] = anyio.current_time()
            assert kinds()["Item"] - before <= 50 + 5  # those that run are kept in any case

    start = anyio.current_time()
    seen = await process_all(
        client, inbox, 5001, handler, retry_initial=3600, retry_max=3600, while_retrying=choice, concurrency=2
    )
    assert at["boris"] - start < 60
    numbers = [text for text in seen if text != "boris"]
    in_order = [str(number) for number in range(5000)]
    assert numbers == (in_order if choice == "wait" else [*in_order[1:], "0"])
    assert await left(inbox, instance) == []


async def test_answers_and_statuses_overtake_what_waits(client: Client, instance: Instance) -> None:
    inbox = MemoryInbox()
    await inbox.put(message(instance, ANNA, "hi"))
    for number in range(2000):
        await inbox.put(message(instance, chat(number % 500), str(number)))
    heard: list[tuple[str, float]] = []
    times: list[float] = []
    handled: list[str | None] = []

    async def handler(notification: Notification) -> None:
        if not isinstance(notification, IncomingMessageReceived):
            return
        handled.append(notification.text)
        if notification.text != "hi":
            await anyio.sleep(2)
            return
        sent = await notification.reply("hello")
        asked.set()
        await sent.wait_for(MessageStatus.DELIVERED)
        heard.append(("status", anyio.current_time()))
        async with notification.conversation() as talk:
            heard.append((await talk.ask("Name?"), anyio.current_time()))
            asked_again.set()
            await anyio.sleep(20)  # an answer to no question arrives

    asked, asked_again = anyio.Event(), anyio.Event()
    processing = client.process(handler, inbox=inbox, polling=False, concurrency=3)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        with anyio.fail_after(100):
            await asked.wait()
        id_message = next(each.id_message for each in instance.chat(ANNA) if each.type == "outgoing")
        await anyio.sleep(5)
        times.append(anyio.current_time())
        await inbox.put(status(instance, ANNA, id_message))
        await anyio.sleep(5)
        times.append(anyio.current_time())
        await inbox.put(message(instance, ANNA, "Anna"))
        with anyio.fail_after(100):
            await asked_again.wait()
        await inbox.put(message(instance, ANNA, "later"))
        await inbox.put(message(instance, BORIS, "boris"))
        await anyio.sleep(100)
        assert handled.count("later") == 0
        assert processing.counters.waiting > 1000
        await anyio.sleep(5000)
        processing.stop()
    assert [text for text, _ in heard] == ["status", "Anna"]
    assert [at for _, at in heard] == pytest.approx(times, abs=3)  # then a slot is free
    assert sorted(handled, key=str) == sorted([*map(str, range(2000)), "hi", "later", "boris"])
    assert await left(inbox, instance) == []


async def test_what_was_in_the_inbox_before_answers_nothing(client: Client, instance: Instance) -> None:
    inbox = MemoryInbox()
    await inbox.put(message(instance, ANNA, "hi"))
    for number in range(300):
        await inbox.put(message(instance, chat(number), str(number)))
    await inbox.put(message(instance, ANNA, "old"))
    answers: list[str] = []

    async def handler(notification: Notification) -> None:
        if isinstance(notification, IncomingMessageReceived) and notification.text == "hi":
            async with notification.conversation(timeout=1000) as talk:
                answers.append(await talk.ask("Name?"))

    processing = client.process(handler, inbox=inbox, polling=False)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        await anyio.sleep(60)
        await inbox.put(message(instance, ANNA, "Anna"))
        await anyio.sleep(60)
        processing.stop()
    assert answers == ["Anna"]
    assert await left(inbox, instance) == []


class LateInbox(MemoryInbox):
    """An inbox that returns the answer, when it is read again, only after the conversation has acknowledged it."""

    def __init__(self) -> None:
        super().__init__()
        self.read_again, self.acknowledged = anyio.Event(), anyio.Event()
        self._seen = 0

    async def waiting(self, instances: Collection[int], after: int, limit: int) -> Sequence[Entry]:
        entries = await super().waiting(instances, after, limit)
        self._seen += any('"answer"' in entry.body for entry in entries)
        if self._seen == 2 and not self.read_again.is_set():
            self.read_again.set()
            await self.acknowledged.wait()
        return entries


async def test_an_answer_that_is_acknowledged_while_it_is_read_again_is_not_handled(
    client: Client, instance: Instance
) -> None:
    inbox = LateInbox()
    await inbox.put(message(instance, ANNA, "hi"))
    for number in range(130):
        await inbox.put(message(instance, chat(number), str(number)))
    handled: list[str | None] = []

    async def handler(notification: Notification) -> None:
        handled.append(notification.text)
        if isinstance(notification, IncomingMessageReceived) and notification.text == "hi":
            async with notification.conversation() as talk:
                asked.set()
                await inbox.read_again.wait()
                assert (await talk.hear()).text == "answer"
                inbox.acknowledged.set()
        else:
            await anyio.sleep(2)

    asked = anyio.Event()
    processing = client.process(handler, inbox=inbox, polling=False, concurrency=3)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        await asked.wait()
        await inbox.put(message(instance, ANNA, "answer"))
        await anyio.sleep(1000)
        assert processing.counters.waiting == 0
        processing.stop()
    assert "answer" not in handled
    assert len(handled) == 131
    assert inbox.acknowledged.is_set()
    assert await left(inbox, instance) == []


class CountingInbox(MemoryInbox):
    """An inbox that counts the marks of crash suspects."""

    marks = 0

    async def failed(self, id: int, attempts: int, due: datetime, failure: str) -> None:  # noqa: A002
        self.marks += "Traceback" not in failure
        await super().failed(id, attempts, due, failure)


@pytest.mark.parametrize("seed", range(3))
async def test_each_chat_keeps_its_order_wherever_reading_pauses(client: Client, instance: Instance, seed: int) -> None:
    rng = random.Random(seed)
    inbox = CountingInbox()
    numbers = iter(range(10_000))
    chats = [chat(number) for number in range(60)]
    for _ in range(800):
        await inbox.put(message(instance, rng.choice(chats), str(next(numbers))))
    handled: dict[str | None, list[int]] = defaultdict(list)

    async def handler(notification: Notification) -> None:
        await anyio.sleep(rng.random() * 10)
        if rng.random() < 0.05:
            raise LookupError
        if rng.random() < 0.03 and isinstance(notification, IncomingMessageReceived):
            async with notification.conversation():
                await anyio.sleep(rng.random() * 200)  # it hears nothing, and returns what has arrived
        handled[notification.chat_id].append(int(notification.text or -1))

    async def arrive() -> None:
        for _ in range(700):
            await anyio.sleep(rng.random())
            await inbox.put(message(instance, rng.choice(chats), str(next(numbers))))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(arrive)
        await process_all(client, inbox, 1500, handler, attempts=50, concurrency=rng.choice((1, 3, 30)))
    assert sum(map(len, handled.values())) == 1500
    assert all(each == sorted(each) for each in handled.values())
    assert inbox.marks == len(chats)  # the first of each chat that was found at the start
    assert await left(inbox, instance) == []
