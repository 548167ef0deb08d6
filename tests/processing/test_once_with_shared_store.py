"""``once=`` from two processes that share an outbox, and a journal that lags."""

import functools
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import anyio
import anyio.lowlevel
import attrs
import httpx
import pytest

from greenapi_async import DeliveryUnknownError, QuotaExceededError
from greenapi_async.http.rate_limiter import MethodRateLimiter
from greenapi_async.inbox.outbox import Outbox, OutboxRecord
from greenapi_async.inbox.outbox_memory import MemoryOutbox
from greenapi_async.sandbox import Fault, Instance, Sandbox

from .once_sends import ANNA, KEY, KINDS, ORDER, all_messages, open_client, sent_texts

pytestmark = pytest.mark.anyio

T = TypeVar("T")

LOST = Fault(status=502, after_effect=True)
NOT_EXECUTED = Fault(status=502)
REFUSED = Fault(status=466)
FIRST_STEPS = range(1, 21)
"""A process may pause before and after each outbox call, and after each response; one send has up to 20 such steps."""
SECOND_STEPS = (1, 2, 3, 4, 6, 9, 13, 20)


async def _nothing() -> None:
    await anyio.lowlevel.checkpoint()


class StoreConnection(Outbox):
    """One process's connection to a store that several processes share."""

    def __init__(self, store: MemoryOutbox, pause: Callable[[], Awaitable[None]] = _nothing) -> None:
        self._store = store
        self._pause = pause

    async def _run(self, call: Callable[..., Awaitable[T]], *arguments: Any, **options: Any) -> T:
        await self._pause()
        result = await call(*arguments, **options)
        await self._pause()
        return result

    async def begin(
        self,
        id_instance: int,
        key: str,
        chat_id: str,
        digest: bytes,
        *,
        attempt: str = "",
        replaces: str | None = None,
        server_time: datetime | None = None,
    ) -> OutboxRecord:
        options = {"attempt": attempt, "replaces": replaces, "server_time": server_time}
        return await self._run(self._store.begin, id_instance, key, chat_id, digest, **options)

    async def sent(self, id_instance: int, key: str, id_message: str) -> None:
        await self._run(self._store.sent, id_instance, key, id_message)

    async def claim(self, id_instance: int, key: str, id_message: str) -> bool:
        return await self._run(self._store.claim, id_instance, key, id_message)

    async def is_claimed(self, id_instance: int, id_message: str) -> bool:
        return await self._run(self._store.is_claimed, id_instance, id_message)

    async def forget(self, id_instance: int, key: str, attempt: str = "") -> None:
        await self._run(self._store.forget, id_instance, key, attempt)


class Pause:
    """Stops a process at one of its steps, counted from 1, until it is released."""

    def __init__(self, step: int) -> None:
        self._steps_left = step
        self.stopped = anyio.Event()
        self.released = anyio.Event()

    async def __call__(self) -> None:
        self._steps_left -= 1
        if self._steps_left == 0:
            self.stopped.set()
            await self.released.wait()

    async def after_response(self, request: httpx.Request, response: httpx.Response) -> None:
        await self()


@attrs.define
class Processes:
    """Processes that share a store and send the same message."""

    sandbox: Sandbox
    instance: Instance
    store: MemoryOutbox = attrs.field(factory=lambda: MemoryOutbox(clock=anyio.current_time))

    async def send(self, pause: Pause) -> None:
        outbox = StoreConnection(self.store, pause)
        async with open_client(self.sandbox, self.instance, outbox, pause.after_response) as client:
            try:
                await client.send_message(ANNA, ORDER, once=KEY)
            except (DeliveryUnknownError, QuotaExceededError):
                pass
            finally:
                pause.stopped.set()

    async def interleave(self, first_step: int, second_step: int) -> None:
        """The first runs to its step, the second to its step; then the first ends, then the second."""
        first, second = Pause(first_step), Pause(second_step)
        async with anyio.create_task_group() as both:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self.send, first)
                await first.stopped.wait()
                both.start_soon(self.send, second)
                await second.stopped.wait()
                first.released.set()
            second.released.set()

    async def die(self, fault: Fault) -> None:
        """A process dies while it sends."""
        self.instance.fail("sendMessage", fault)
        async with open_client(self.sandbox, self.instance, StoreConnection(self.store)) as client:
            with anyio.move_on_after(1):
                await client.send_message(ANNA, ORDER, once=KEY)


@pytest.fixture
def processes(sandbox: Sandbox, instance: Instance) -> Processes:
    sandbox.enforce_rates = False
    return Processes(sandbox, instance)


async def check(processes: Processes) -> None:
    """Send once more: there is one message, and it has one id."""
    async with open_client(processes.sandbox, processes.instance, StoreConnection(processes.store)) as client:
        sent = await client.send_message(ANNA, ORDER, once=KEY)
    assert sent_texts(processes.instance) == [ORDER]
    assert sent.id_message == processes.instance.chats[ANNA].messages[0].id_message


@pytest.mark.parametrize("second_step", SECOND_STEPS)
@pytest.mark.parametrize("fault", [None, LOST, NOT_EXECUTED, REFUSED], ids=["-", "lost", "not executed", "refused"])
async def test_two_processes_at_once_send_one_message(sandbox: Sandbox, fault: Fault | None, second_step: int) -> None:
    sandbox.enforce_rates = False
    for first_step in FIRST_STEPS:
        processes = Processes(sandbox, sandbox.add_instance(1101000100 + first_step))
        if fault is not None:
            processes.instance.fail("sendMessage", fault)
        await processes.interleave(first_step, second_step)
        await check(processes)


@pytest.mark.parametrize("second_step", SECOND_STEPS)
@pytest.mark.parametrize("executed", [False, True])
async def test_two_processes_take_over_from_a_dead_one_and_send_one_message(
    sandbox: Sandbox, executed: bool, second_step: int
) -> None:
    sandbox.enforce_rates = False
    for first_step in FIRST_STEPS:
        processes = Processes(sandbox, sandbox.add_instance(1101000100 + first_step))
        await processes.die(Fault(delay=60, after_effect=executed))
        await processes.interleave(first_step, second_step)
        await check(processes)


@pytest.mark.parametrize("lag", [0, 30, 60, 119])
@pytest.mark.parametrize("count", [1, 2])
async def test_a_journal_that_lags_up_to_two_minutes_shows_the_message_in_time(
    processes: Processes, lag: float, count: int
) -> None:
    async def delay_journal(request: httpx.Request, response: httpx.Response) -> None:
        if "lastOutgoingMessages" in request.url.path:
            rows = json.loads(await response.aread())
            shown = [row for row in rows if row["timestamp"] + lag <= anyio.current_time()]
            response.stream = httpx.ByteStream(json.dumps(shown).encode())

    processes.instance.fail("sendMessage", LOST)
    async with anyio.create_task_group() as tasks:
        for _ in range(count):
            outbox = StoreConnection(processes.store)
            client = open_client(processes.sandbox, processes.instance, outbox, delay_journal)
            tasks.start_soon(functools.partial(client.send_message, ANNA, ORDER, once=KEY))
    await check(processes)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_send_that_waited_too_long_leaves_only_if_it_was_not_replaced(processes: Processes, kind: str) -> None:
    """The first process waits for its rate limiter when the second takes over."""
    limiter, send = MethodRateLimiter(), KINDS[kind]
    limiter.pause(kind, 300)
    outbox = StoreConnection(processes.store)
    first = open_client(processes.sandbox, processes.instance, outbox, rate_limiter=limiter)
    second = open_client(processes.sandbox, processes.instance, outbox)
    async with first, second:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(send, first, KEY)
            await anyio.sleep(1)
            await send(second, KEY)
        sent = await send(second, KEY)
    [message] = all_messages(processes.instance)
    assert message.id_message == sent.id_message


async def test_a_send_that_waited_and_was_not_replaced_leaves(processes: Processes) -> None:
    limiter = MethodRateLimiter()
    limiter.pause("sendMessage", 300)
    outbox = StoreConnection(processes.store)
    async with open_client(processes.sandbox, processes.instance, outbox, rate_limiter=limiter) as client:
        await client.send_message(ANNA, ORDER, once=KEY)
    assert [call.method for call in processes.instance.calls] == ["sendMessage"]
    await check(processes)
