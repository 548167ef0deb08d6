"""Running a bot: ``run`` as the process, ``lifespan`` beside an application."""

import logging
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Self

import anyio
import pytest

from greenapi_async import (
    Client,
    InboxLockedError,
    IncomingMessageReceived,
    InvalidArgumentError,
    MemoryInbox,
    SQLiteInbox,
    UnauthorizedError,
)
from greenapi_async.bots import Router, lifespan, run
from greenapi_async.sandbox import Fault, Instance, Sandbox, create_app
from greenapi_async.sandbox.server import SandboxServer
from greenapi_async.testing.transport import InProcessTransport

from .driving import ANNA, BORIS, replies

pytestmark = pytest.mark.anyio

PROCESS = """
import asyncio, logging, signal, sys, anyio, trio
from greenapi_async import Client, SQLiteInbox
from greenapi_async.bots import Router, run

url, token, path, loop = sys.argv[1:]
router = Router()

@router.message()
async def handler():
    print("begins", flush=True)
    try:
        await anyio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True)
    except BaseException:
        print("is cancelled", flush=True)
        raise
    print("ends", flush=True)

@router.on_stop
async def stops():
    print("stops", flush=True)

async def main():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    async with Client(1101000001, token, url, url) as client:
        await run(router, clients=client, inbox=SQLiteInbox(path), drain=60)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    print("goes on", flush=True)

logging.basicConfig(stream=sys.stdout, format="%(message)s")
logging.getLogger("greenapi_async").setLevel(logging.INFO)
trio.run(main) if loop == "trio" else asyncio.run(main())
"""


class Echo(Router):
    """Says what is said to it, after as many seconds as its number says, and notes what happened."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[str] = []
        self.message()(self.answer)
        self.on_start(self.starts)
        self.on_stop(self.stops)

    async def answer(self, notification: IncomingMessageReceived) -> None:
        words, _, seconds = (notification.text or "").partition(" ")
        self.notes.append(f"begins {words}")
        await anyio.sleep(float(seconds or 0))
        self.notes.append(f"ends {words}")
        await notification.reply(words)

    async def starts(self) -> None:
        self.notes.append("start")

    async def stops(self) -> None:
        await anyio.sleep(1)
        self.notes.append("stop")


@pytest.fixture
def router() -> Echo:
    return Echo()


@pytest.fixture
async def support(sandbox: Sandbox) -> Instance:
    return sandbox.add_instance(1101000002, "b" * 50, phone="79876543211")


@pytest.fixture
async def support_client(sandbox: Sandbox, support: Instance) -> AsyncIterator[Client]:
    transport = InProcessTransport(create_app(sandbox))
    async with Client(support.id_instance, support.token, "http://sandbox", transport=transport) as client:
        yield client


async def until_signals(work: Callable[[], Coroutine[Any, Any, None]], *after: float) -> None:
    """Let the process get a SIGINT after so many seconds, and another one so many seconds later."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(work)
        for seconds in after:
            await anyio.sleep(seconds)
            signal.raise_signal(signal.SIGINT)


def warned(caplog: pytest.LogCaptureFixture, level: int = logging.WARNING) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= level]


async def left(inbox: MemoryInbox, instance: Instance) -> int:
    return len(await inbox.waiting({instance.id_instance}, 0, 100))


class TestRun:
    async def test_a_wrong_router_fails_before_anything_is_sent(self, client: Client, instance: Instance) -> None:
        router = Router()

        @router.message()
        async def odd(notification: IncomingMessageReceived, database: complex) -> None: ...

        with pytest.raises(InvalidArgumentError, match="database: complex"):
            await run(router, clients=client, inbox=MemoryInbox())
        assert not instance.calls

    async def test_what_is_provided_and_stored_is_given(self, client: Client, instance: Instance) -> None:
        router, made = Router(), list[complex]()

        @router.message()
        async def handler(number: complex) -> None:
            made.append(number)

        instance.contact_writes(ANNA, "hi")
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox(), provide={complex: lambda: 1j}), 60)
        assert made == [1j]

    async def test_hooks_run_around_all_that_is_handled_and_the_log_tells_of_it(
        self, router: Echo, client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "greenapi_async")
        instance.contact_writes(ANNA, "hi")
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox()), 60)
        assert router.notes == ["start", "begins hi", "ends hi", "stop"]
        assert replies(instance) == ["hi"]
        said = [record.getMessage() for record in caplog.records if record.name == "greenapi_async"]
        assert said == [
            "the bot runs for instance 1101000001",
            "SIGINT: no more is begun, and handlers have 10 s to end; a second ends them at once",
            (
                "the bot has stopped: 3 received, 0 of them twice, 3 handed to handlers, 0 put off, "
                "0 put into quarantine, 0 waiting"
            ),
        ]

    async def test_the_first_signal_drains_and_the_rest_waits_in_the_inbox(
        self, router: Echo, client: Client, instance: Instance
    ) -> None:
        inbox = MemoryInbox()
        for text in ("one 15", "two"):
            instance.contact_writes(ANNA, text)
        await until_signals(lambda: run(router, clients=client, inbox=inbox, drain=30), 10)
        assert router.notes == ["start", "begins one", "ends one", "stop"]
        assert await left(inbox, instance) == 1

    async def test_the_second_signal_cancels_at_once(self, router: Echo, client: Client, instance: Instance) -> None:
        inbox = MemoryInbox()
        instance.contact_writes(ANNA, "one 3000")
        await until_signals(lambda: run(router, clients=client, inbox=inbox, drain=3000), 10, 10)
        assert anyio.current_time() < 100
        assert router.notes == ["start", "begins one", "stop"]
        assert await left(inbox, instance) == 1

    async def test_signals_are_as_before_when_it_has_ended(self, router: Echo, client: Client) -> None:
        before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox()), 10)
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before

    async def test_a_handler_of_the_applications_own_keeps_its_signal(self, router: Echo, client: Client) -> None:
        heard: list[int] = []
        before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
        try:
            with anyio.move_on_after(30):
                await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox()), 10)
        finally:
            signal.signal(signal.SIGINT, before)
        assert heard == [signal.SIGINT]
        assert anyio.current_time() >= 30

    async def test_a_signal_cuts_a_start_that_waits(self, router: Echo, client: Client) -> None:
        router.on_start(anyio.sleep_forever)
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox()), 60)
        assert router.notes == ["start", "stop"]

    async def test_what_is_cancelled_from_outside_runs_its_last_hooks(
        self, router: Echo, client: Client, instance: Instance
    ) -> None:
        instance.contact_writes(ANNA, "one 3000")
        with anyio.move_on_after(10):
            await run(router, clients=client, inbox=MemoryInbox())
        assert router.notes == ["start", "begins one", "stop"]

    async def test_hooks_of_the_stop_have_ten_seconds(
        self, router: Echo, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        router.on_stop(anyio.sleep_forever)
        with anyio.move_on_after(10):
            await run(router, clients=client, inbox=MemoryInbox())
        assert 20 <= anyio.current_time() < 21
        assert warned(caplog) == ["the hooks of the stop did not end within 10 s"]

    async def test_a_hook_of_the_start_that_fails_ends_it_and_its_error_is_raised(
        self, router: Echo, client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
    ) -> None:
        @router.on_start
        async def fails() -> None:
            raise LookupError("no database")

        @router.on_stop
        async def fails_too() -> None:
            raise RuntimeError("no database to close")

        with pytest.raises(LookupError, match="no database"):
            await run(router, clients=client, inbox=MemoryInbox())
        assert router.notes == ["start", "stop"]
        assert warned(caplog) == ["a hook of the stop failed"]
        assert "receiveNotification" not in {call.method for call in instance.calls}


class TestTheLookAtTheInstances:
    async def test_what_is_in_the_way_is_logged_and_stops_nothing(
        self, router: Echo, client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
    ) -> None:
        instance.contact_writes(ANNA, "hi")
        instance.settings["outgoingWebhook"] = "no"
        instance.set_state("yellowCard")
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox()), 60)
        assert router.notes == ["start", "begins hi", "ends hi", "stop"]
        assert warned(caplog) == [
            "instance 1101000001: Sending is suspended for spam: reboot() the instance, and send less.",
            (
                "instance 1101000001: There are no notifications of the statuses of sent messages: "
                "set_settings(outgoing_webhook=True)."
            ),
        ]

    @pytest.mark.parametrize("fault", [Fault(status=502), Fault(drop=True), Fault(delay=10_000)])
    async def test_trouble_on_the_network_is_logged_and_the_bot_starts_within_fifteen_seconds(
        self, router: Echo, client: Client, instance: Instance, caplog: pytest.LogCaptureFixture, fault: Fault
    ) -> None:
        instance.contact_writes(ANNA, "hi")
        instance.fail("getStateInstance", fault, times=100)
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox()), 16)
        assert replies(instance) == ["hi"]
        [warning] = warned(caplog)
        assert warning.startswith("instance 1101000001 could not be looked at: ")

    async def test_a_signal_cuts_the_look_and_no_hook_runs(
        self, router: Echo, client: Client, instance: Instance
    ) -> None:
        instance.fail("getStateInstance", Fault(delay=10_000))
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox()), 5)
        assert anyio.current_time() < 10
        assert router.notes == []

    async def test_one_client_that_fails_does_not_stop_the_others(
        self, router: Echo, client: Client, support_client: Client, instance: Instance, support: Instance
    ) -> None:
        instance.token = "another"
        support.contact_writes(BORIS, "hi")
        await until_signals(lambda: run(router, clients=[client, support_client], inbox=MemoryInbox()), 60)
        assert replies(support, BORIS) == ["hi"]

    async def test_it_raises_when_every_client_has_failed(
        self, router: Echo, client: Client, instance: Instance
    ) -> None:
        instance.token = "another"
        with pytest.raises(UnauthorizedError):
            await run(router, clients=client, inbox=MemoryInbox())
        assert router.notes == ["start", "stop"]

    async def test_a_webhook_url_that_is_mended_is_waited_for(
        self, router: Echo, client: Client, instance: Instance
    ) -> None:
        instance.settings["webhookUrl"] = "https://example.com"
        instance.lifecycle.settings_delay = 120
        instance.contact_writes(ANNA, "hi")
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox(), mend=True), 200)
        assert replies(instance) == ["hi"]

    async def test_without_polls_the_webhook_url_is_left_alone(
        self, router: Echo, client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
    ) -> None:
        instance.settings["webhookUrl"] = "https://example.com"
        with pytest.raises(InvalidArgumentError, match="webhook URL"):
            await run(router, clients=client, inbox=MemoryInbox(), mend=True, polling=False)
        async with lifespan(router, clients=client, inbox=MemoryInbox(), polling=False):
            await anyio.sleep(60)
        assert warned(caplog) == []
        assert not instance.calls

    async def test_a_signal_cuts_that_wait(self, router: Echo, client: Client, instance: Instance) -> None:
        instance.settings["webhookUrl"] = "https://example.com"
        instance.lifecycle.settings_delay = 120
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox(), mend=True), 60)
        assert anyio.current_time() < 70
        assert router.notes == ["start", "stop"]


class TestLifespan:
    async def test_the_bot_runs_beside_the_block_and_leaving_drains(
        self, router: Echo, client: Client, instance: Instance
    ) -> None:
        instance.contact_writes(ANNA, "one 15")
        async with lifespan(router, clients=client, inbox=MemoryInbox(), drain=30) as processing:
            assert router.notes == ["start"]
            await anyio.sleep(10)
            assert processing.counters.waiting == 1
            assert not processing.stopped
        assert router.notes == ["start", "begins one", "ends one", "stop"]
        assert replies(instance) == ["one"]

    async def test_a_router_that_is_wrong_does_not_let_the_block_begin(self, client: Client) -> None:
        router = Router()

        @router.message()
        async def odd(database: complex) -> None: ...

        with pytest.raises(InvalidArgumentError):
            async with lifespan(router, clients=client, inbox=MemoryInbox()):
                pytest.fail("the block began")

    async def test_what_the_block_raises_comes_out_as_it_is(
        self, router: Echo, client: Client, instance: Instance
    ) -> None:
        instance.contact_writes(ANNA, "one 5")
        error = ValueError("of the block")
        with pytest.raises(ValueError, match="of the block") as caught:
            async with lifespan(router, clients=client, inbox=MemoryInbox()):
                await anyio.sleep(10)
                raise error
        assert caught.value is error
        assert router.notes == ["start", "begins one", "ends one", "stop"]

    async def test_a_bot_that_fails_is_logged_and_the_block_goes_on(
        self, router: Echo, client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
    ) -> None:
        instance.token = "another"
        async with lifespan(router, clients=[client], inbox=MemoryInbox()) as processing:
            await anyio.sleep(60)
            assert processing.stopped
            assert isinstance(processing.failures[instance.id_instance], UnauthorizedError)
        assert router.notes == ["start", "stop"]
        ended = [words for words in warned(caplog, logging.ERROR) if words.startswith("the bot has ended")]
        assert len(ended) == 1
        assert "receiveNotification 401" in ended[0]

    async def test_a_block_that_is_cancelled_does_not_wait_for_handlers(
        self, router: Echo, client: Client, instance: Instance
    ) -> None:
        instance.contact_writes(ANNA, "one 3000")
        with anyio.move_on_after(10):
            async with lifespan(router, clients=client, inbox=MemoryInbox(), drain=3000):
                await anyio.sleep_forever()
        assert anyio.current_time() < 20
        assert router.notes == ["start", "begins one", "stop"]

    async def test_signals_are_the_applications(self, router: Echo, client: Client) -> None:
        before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
        async with lifespan(router, clients=client, inbox=MemoryInbox()):
            await anyio.sleep(10)
            assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


class TestAFile:
    """In true time, because the file's thread takes some."""

    @pytest.fixture(params=["asyncio", "trio"])
    def anyio_backend(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    async def test_that_another_has_open_does_not_let_the_block_begin(
        self, router: Echo, client: Client, tmp_path: Path
    ) -> None:
        async with SQLiteInbox(tmp_path / "bot.db"):
            with pytest.raises(InboxLockedError):
                async with lifespan(router, clients=client, inbox=SQLiteInbox(tmp_path / "bot.db")):
                    pytest.fail("the block began")
        assert router.notes == []


class Process:
    """A bot in a process of its own, whose handler ends when it is told to."""

    def __init__(self, url: str, token: str, inbox: Path, loop: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROCESS, url, token, str(inbox), loop],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.__exit__(None, None, None)

    def gets(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def says(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def ends(self) -> list[str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.close()
        said = [line.partition(":")[0] for line in self._process.stdout.read().splitlines()]
        assert self._process.wait(30) == 0
        return said


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
class TestASignalToTheProcess:
    """Where the loop has a handler of SIGINT, and the process none."""

    @pytest.fixture
    def process(self, tmp_path: Path, loop: str, number: signal.Signals) -> Iterator[Process]:
        sandbox = Sandbox(seed=1)
        instance = sandbox.add_instance()
        instance.contact_writes(ANNA, "hi")
        with (
            SandboxServer(sandbox) as server,
            Process(server.url, instance.token, tmp_path / "bot.db", loop) as process,
        ):
            assert process.says() == "the bot runs for instance 1101000001"
            assert process.says() == "begins"
            process.gets(number)
            assert process.says().startswith(f"{number.name}: no more is begun")
            yield process

    def test_lets_handlers_end(self, process: Process) -> None:
        assert process.ends() == ["ends", "the bot has stopped", "stops", "goes on"]

    def test_cancels_them_when_it_is_the_second(self, process: Process, number: signal.Signals) -> None:
        process.gets(number)
        assert process.says() == "is cancelled"
        assert process.ends() == ["the bot has stopped", "stops", "goes on"]
