"""Virtual time: which waits are skipped, and which take real time."""

import asyncio
import queue
import selectors
import socket
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import pytest

from greenapi_async import (
    ConversationEndedError,
    IncomingMessageReceived,
    MemoryInbox,
    SQLiteInbox,
    TimeoutExpiredError,
)
from greenapi_async.bots import Context, Router, State, StateGroup, filters
from greenapi_async.bots.storage import SQLiteStorage
from greenapi_async.inbox import worker
from greenapi_async.inbox.connection import SQLiteConnection
from greenapi_async.testing import Sandbox, threads

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio

DAY = 86_400


class Ordering(StateGroup[str], name="ordering"):
    size = State()


def bot() -> Router:
    router = Router()

    @router.message(filters.text("ask"))
    async def ask(notification: IncomingMessageReceived) -> None:
        try:
            async with notification.conversation(timeout=DAY) as talk:
                await notification.reply(f"Hello, {await talk.ask('Name?')}")
        except ConversationEndedError:
            await notification.reply("Too late")

    @router.message(filters.text("order"))
    async def order(notification: IncomingMessageReceived, context: Context[str]) -> None:
        await context.enter(Ordering.size, "tea")
        await notification.reply("Size?")

    @router.message(filters.state(Ordering.size))
    async def confirm(notification: IncomingMessageReceived, context: Context[str]) -> None:
        await notification.reply(f"{notification.text} {context.data}")
        await context.leave()

    @router.message()
    async def fallback(notification: IncomingMessageReceived) -> None:
        await notification.reply("?")

    return router


async def test_a_day_is_skipped_exactly(sandbox: Sandbox) -> None:
    start, real_start = sandbox.clock(), time.monotonic()
    with anyio.move_on_after(DAY):
        await anyio.sleep_forever()
    assert sandbox.clock() - start == pytest.approx(DAY, abs=1e-3)
    assert time.monotonic() - real_start < 60


async def test_the_sending_delay_is_skipped(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    start = sandbox.clock()
    for number in range(100):
        await sandbox.client.send_message(anna.id, str(number))
    assert await anna.hears("99", timeout=60)
    assert sandbox.clock() - start == pytest.approx(99 * 0.5, abs=2)


async def test_a_conversation_times_out_after_a_day(sandbox: Sandbox) -> None:
    anna, boris = sandbox.contact("79001234567"), sandbox.contact("79001234568")
    async with sandbox.runs(bot()):
        await anna.says("ask")
        await boris.says("ask")
        assert await anna.hears("Name?")
        assert await boris.hears("Name?")
        await boris.says("Boris")
        assert await boris.hears("Hello, Boris")
        assert await anna.hears_nothing(timeout=DAY - 60)
        assert await anna.hears("Too late", timeout=120)


@pytest.mark.parametrize("location", ["in memory", "on disk"])
async def test_inboxes_and_states_follow_the_sandbox_clock(sandbox: Sandbox, tmp_path: Path, location: str) -> None:
    anna = sandbox.contact("79001234567")
    disk = SQLiteInbox(tmp_path / "inbox.db", clock=sandbox.clock) if location == "on disk" else None
    storage = SQLiteStorage(disk, clock=sandbox.clock) if disk is not None else None
    async with sandbox.runs(bot(), inbox=disk, storage=storage, receive_timeout=60):
        await anna.says("order")
        assert await anna.hears("Size?")
        await anyio.sleep(DAY - 600)
        await anna.says("large")
        assert await anna.hears("large tea")
        await anna.says("order")
        assert await anna.hears("Size?")
        await anyio.sleep(DAY + 600)
        await anna.says("large")
        assert await anna.hears("?")


async def test_a_worker_thread_takes_real_time(sandbox: Sandbox) -> None:
    with anyio.fail_after(25):  # a jump would end it at once
        assert await anyio.to_thread.run_sync(_slow) == "done"


async def test_a_worker_thread_of_another_limiter_takes_real_time(sandbox: Sandbox) -> None:
    with anyio.fail_after(25):
        assert await anyio.to_thread.run_sync(_slow, limiter=anyio.CapacityLimiter(1)) == "done"


async def test_a_child_process_takes_real_time(sandbox: Sandbox) -> None:
    code = "import time; time.sleep(0.3); print('done')"
    with anyio.fail_after(25):
        done = await anyio.run_process([sys.executable, "-c", code])
        assert done.stdout.split() == [b"done"]
        async with await anyio.open_process([sys.executable, "-c", code]) as process:
            assert process.stdout
            assert (await process.stdout.receive()).split() == [b"done"]


async def test_a_child_process_that_does_not_end_is_skipped_after_a_limit(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "PROCESS_LIMIT", 0.2)
    async with await anyio.open_process([sys.executable, "-c", "input()"]) as process:
        await anyio.sleep(3600)
        process.kill()


async def test_time_passes_while_a_thread_works(sandbox: Sandbox) -> None:
    release: queue.SimpleQueue[None] = queue.SimpleQueue()
    with anyio.move_on_after(0.1) as scope:
        await anyio.to_thread.run_sync(release.get, abandon_on_cancel=True)
    release.put(None)
    assert scope.cancelled_caught


async def test_time_jumps_only_after_a_quiet_period_if_a_socket_could_answer(sandbox: Sandbox) -> None:
    ours, theirs = socket.socketpair()

    async def readable() -> None:
        await anyio.wait_readable(ours)

    with ours, theirs:
        ours.setblocking(False)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(readable)
            real_start = time.monotonic()
            await anyio.sleep(3600)
            assert 0.04 <= time.monotonic() - real_start < 60
            theirs.send(b"a")


async def test_time_jumps_only_after_a_quiet_period_if_an_unknown_thread_could_call(sandbox: Sandbox) -> None:
    release = threading.Event()
    thread = threading.Thread(target=release.wait, name="a database driver")
    thread.start()
    real_start = time.monotonic()
    await anyio.sleep(3600)
    assert 0.04 <= time.monotonic() - real_start < 60
    release.set()
    thread.join()


async def test_retries_take_no_real_time(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    sandbox.fail("getSettings", status=503, times=3)
    sandbox.fail("sendMessage", status=429)
    await sandbox.client.get_settings()
    await sandbox.client.send_message(anna.id, "hello")
    assert await anna.hears("hello")
    sandbox.fail("getContacts", delay=3600, times=10)
    with pytest.raises(TimeoutExpiredError):
        await sandbox.client.get_contacts()


async def test_the_clock_works_before_and_in_the_event_loop(sandbox: Sandbox) -> None:
    assert abs(sandbox.clock() - time.time()) < 3600
    anna = sandbox.contact("79001234567")
    await anyio.sleep(DAY)
    assert (await anna.says("hi")).timestamp == int(sandbox.clock())
    inbox = MemoryInbox(clock=sandbox.clock)
    recovered = await sandbox.client.recover(inbox, since=timedelta(hours=1))
    assert recovered.stored == 1


@pytest.mark.sandbox(time="real")
async def test_virtual_time_can_be_disabled(sandbox: Sandbox) -> None:
    start = time.monotonic()
    await anyio.sleep(0.2)
    assert time.monotonic() - start >= 0.19
    assert abs(sandbox.clock() - time.time()) < 5


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_an_executor_takes_real_time(sandbox: Sandbox) -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(25):
        assert await loop.run_in_executor(None, _slow) == "done"
        assert await asyncio.to_thread(_slow) == "done"


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_time_of_a_loop_never_goes_back(sandbox: Sandbox) -> None:
    loop = asyncio.get_running_loop()
    await anyio.sleep(DAY)
    virtual, patched = loop.time(), loop.run_in_executor
    sandbox.clock.uninstall()
    assert loop.time() >= virtual
    assert loop.run_in_executor != patched
    real_start = time.monotonic()
    await anyio.sleep(0.1)
    assert time.monotonic() - real_start >= 0.09


class RacingSelector(selectors.SelectSelector):
    """Runs a function right after the event loop has polled and found nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.after_poll: Callable[[], None] | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(timeout)
        if timeout == 0 and not ready and self.after_poll is not None:
            after_poll, self.after_poll = self.after_poll, None
            after_poll()
        return ready


RACING = RacingSelector()


@pytest.mark.parametrize("anyio_backend", [("asyncio", {"loop_factory": lambda: asyncio.SelectorEventLoop(RACING)})])
async def test_a_thread_that_finishes_between_poll_and_jump_is_not_skipped(sandbox: Sandbox, tmp_path: Path) -> None:
    release, connection = threading.Event(), SQLiteConnection(tmp_path / "any.db")

    def finish() -> None:
        release.set()
        while worker.at_work():
            time.sleep(0.001)

    def wait(_: object) -> None:
        release.wait()

    RACING.after_poll = finish
    start = sandbox.clock()
    with anyio.move_on_after(DAY):
        await connection.run(connection.bare, wait)
    assert sandbox.clock() - start < DAY / 2


def _slow() -> str:
    time.sleep(0.2)
    return "done"
