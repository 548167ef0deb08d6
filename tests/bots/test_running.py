"""``run`` in the main task of a process, and ``lifespan`` in the background of an application."""

import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

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
from greenapi_async.testing.transport import InProcessTransport

from .harness import ANNA, BORIS, replies

pytestmark = pytest.mark.anyio


class Echo(Router):
    """Repeats each message, after as many seconds as its number says, and records the events."""

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
    """Run ``work`` and raise SIGINT after each of these delays, in seconds."""
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
    async def test_an_invalid_router_raises_before_any_request(self, client: Client, instance: Instance) -> None:
        router = Router()

        @router.message()
        async def odd(notification: IncomingMessageReceived, database: complex) -> None: ...

        with pytest.raises(InvalidArgumentError, match="database: complex"):
            await run(router, clients=client, inbox=MemoryInbox())
        assert not instance.calls

    async def test_provide_is_passed_to_the_router(self, client: Client, instance: Instance) -> None:
        router, injected = Router(), list[complex]()

        @router.message()
        async def handler(number: complex) -> None:
            injected.append(number)

        instance.contact_writes(ANNA, "hi")
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox(), provide={complex: lambda: 1j}), 60)
        assert injected == [1j]

    async def test_hooks_run_before_and_after_processing_and_the_run_is_logged(
        self, router: Echo, client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "greenapi_async")
        instance.contact_writes(ANNA, "hi")
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox()), 60)
        assert router.notes == ["start", "begins hi", "ends hi", "stop"]
        assert replies(instance) == ["hi"]
        logged = [record.getMessage() for record in caplog.records if record.name == "greenapi_async"]
        assert logged == [
            "The bot is running for instance 1101000001",
            ("SIGINT received, shutting down: running handlers have 10 s to finish; a second signal cancels them"),
            ("The bot stopped: 3 received, 0 duplicates, 3 passed to handlers, 0 retried, 0 quarantined, 0 waiting"),
        ]

    async def test_the_first_signal_drains_handlers_and_leaves_the_rest_in_the_inbox(
        self, router: Echo, client: Client, instance: Instance
    ) -> None:
        inbox = MemoryInbox()
        for text in ("one 15", "two"):
            instance.contact_writes(ANNA, text)
        await until_signals(lambda: run(router, clients=client, inbox=inbox, drain=30), 10)
        assert router.notes == ["start", "begins one", "ends one", "stop"]
        assert await left(inbox, instance) == 1

    async def test_the_second_signal_cancels_handlers_at_once(
        self, router: Echo, client: Client, instance: Instance
    ) -> None:
        inbox = MemoryInbox()
        instance.contact_writes(ANNA, "one 3000")
        await until_signals(lambda: run(router, clients=client, inbox=inbox, drain=3000), 10, 10)
        assert anyio.current_time() < 100
        assert router.notes == ["start", "begins one", "stop"]
        assert await left(inbox, instance) == 1

    async def test_signal_handlers_are_restored(self, router: Echo, client: Client) -> None:
        before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox()), 10)
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before

    async def test_a_signal_handler_of_the_application_stays_in_place(self, router: Echo, client: Client) -> None:
        received: list[int] = []
        before = signal.signal(signal.SIGINT, lambda number, _: received.append(number))
        try:
            with anyio.move_on_after(30):
                await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox()), 10)
        finally:
            signal.signal(signal.SIGINT, before)
        assert received == [signal.SIGINT]
        assert anyio.current_time() >= 30

    async def test_a_signal_cancels_a_startup_hook(self, router: Echo, client: Client) -> None:
        router.on_start(anyio.sleep_forever)
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox()), 60)
        assert router.notes == ["start", "stop"]

    async def test_cancellation_from_outside_runs_the_shutdown_hooks(
        self, router: Echo, client: Client, instance: Instance
    ) -> None:
        instance.contact_writes(ANNA, "one 3000")
        with anyio.move_on_after(10):
            await run(router, clients=client, inbox=MemoryInbox())
        assert router.notes == ["start", "begins one", "stop"]

    async def test_shutdown_hooks_have_ten_seconds(
        self, router: Echo, client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        router.on_stop(anyio.sleep_forever)
        with anyio.move_on_after(10):
            await run(router, clients=client, inbox=MemoryInbox())
        assert 20 <= anyio.current_time() < 21
        assert warned(caplog) == ["The shutdown hooks did not finish within 10 s"]

    async def test_a_failing_startup_hook_ends_the_run_with_its_error(
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
        assert warned(caplog) == ["A shutdown hook failed"]
        assert "receiveNotification" not in {call.method for call in instance.calls}


class TestPreflightChecks:
    async def test_problems_are_logged_and_do_not_stop_the_bot(
        self, router: Echo, client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
    ) -> None:
        instance.contact_writes(ANNA, "hi")
        instance.settings["incomingWebhook"] = "no"
        instance.set_state("yellowCard")
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox()), 60)
        assert router.notes == ["start", "begins hi", "ends hi", "stop"]
        problems = (await client.ensure_ready()).problems
        assert len(problems) == 2
        assert warned(caplog) == [f"Instance 1101000001: {problem}" for problem in problems]

    @pytest.mark.parametrize("fault", [Fault(status=502), Fault(drop=True), Fault(delay=10_000)])
    async def test_a_failed_check_is_logged_and_the_bot_starts_within_fifteen_seconds(
        self, router: Echo, client: Client, instance: Instance, caplog: pytest.LogCaptureFixture, fault: Fault
    ) -> None:
        instance.contact_writes(ANNA, "hi")
        instance.fail("getStateInstance", fault, times=100)
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox()), 16)
        assert replies(instance) == ["hi"]
        assert warned(caplog)[-1].startswith("Instance 1101000001: the readiness check failed: ")

    @pytest.mark.parametrize(
        ("fault", "reason"),
        [(Fault(status=429), "getStateInstance 429: "), (Fault(delay=10_000), "no response within 2 s")],
    )
    async def test_an_api_that_does_not_answer_is_named_after_two_seconds(
        self,
        router: Echo,
        client: Client,
        instance: Instance,
        caplog: pytest.LogCaptureFixture,
        fault: Fault,
        reason: str,
    ) -> None:
        instance.fail("getStateInstance", fault, times=100)
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox()), 3)
        [warning] = warned(caplog)
        assert warning.startswith(f"Instance 1101000001: no result of the readiness check yet. Retrying: {reason}")

    async def test_a_signal_cancels_the_checks_and_no_hook_runs(
        self, router: Echo, client: Client, instance: Instance
    ) -> None:
        instance.fail("getStateInstance", Fault(delay=10_000))
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox()), 5)
        assert anyio.current_time() < 10
        assert router.notes == []

    async def test_a_failed_client_does_not_stop_the_others(
        self,
        router: Echo,
        client: Client,
        support_client: Client,
        instance: Instance,
        support: Instance,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.INFO, "greenapi_async")
        instance.token = "another"
        support.contact_writes(BORIS, "hi")
        await until_signals(lambda: run(router, clients=[client, support_client], inbox=MemoryInbox()), 60)
        assert replies(support, BORIS) == ["hi"]
        assert "The bot is running for instance 1101000002" in warned(caplog, logging.INFO)

    async def test_run_raises_when_every_client_has_failed(
        self, router: Echo, client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "greenapi_async")
        instance.token = "another"
        with pytest.raises(UnauthorizedError):
            await run(router, clients=client, inbox=MemoryInbox())
        assert router.notes == ["start", "stop"]
        assert not [words for words in warned(caplog, logging.INFO) if words.startswith("The bot is running")]

    async def test_fix_clears_the_webhook_url_and_waits_until_polls_are_accepted(
        self, router: Echo, client: Client, instance: Instance
    ) -> None:
        instance.settings["webhookUrl"] = "https://example.com"
        instance.lifecycle.settings_delay = 120
        instance.contact_writes(ANNA, "hi")
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox(), fix=True), 200)
        assert replies(instance) == ["hi"]

    async def test_without_polling_the_webhook_url_is_left_alone(
        self, router: Echo, client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
    ) -> None:
        instance.settings["webhookUrl"] = "https://example.com"
        with pytest.raises(InvalidArgumentError, match="webhook URL"):
            await run(router, clients=client, inbox=MemoryInbox(), fix=True, polling=False)
        async with lifespan(router, clients=client, inbox=MemoryInbox(), polling=False):
            await anyio.sleep(60)
        assert warned(caplog) == []
        assert not instance.calls

    async def test_a_signal_cancels_the_wait_for_settings(
        self, router: Echo, client: Client, instance: Instance
    ) -> None:
        instance.settings["webhookUrl"] = "https://example.com"
        instance.lifecycle.settings_delay = 120
        await until_signals(lambda: run(router, clients=client, inbox=MemoryInbox(), fix=True), 60)
        assert anyio.current_time() < 70
        assert router.notes == ["start", "stop"]


class TestLifespan:
    async def test_the_bot_runs_during_the_block_and_leaving_drains_handlers(
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

    async def test_an_invalid_router_raises_before_the_block(self, client: Client) -> None:
        router = Router()

        @router.message()
        async def odd(database: complex) -> None: ...

        with pytest.raises(InvalidArgumentError):
            async with lifespan(router, clients=client, inbox=MemoryInbox()):
                pytest.fail("the block began")

    async def test_an_exception_of_the_block_is_raised_unchanged(
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

    async def test_a_failed_bot_is_logged_and_the_block_keeps_running(
        self, router: Echo, client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
    ) -> None:
        instance.token = "another"
        async with lifespan(router, clients=[client], inbox=MemoryInbox()) as processing:
            await anyio.sleep(60)
            assert processing.stopped
            assert isinstance(processing.failures[instance.id_instance], UnauthorizedError)
        assert router.notes == ["start", "stop"]
        ended = [words for words in warned(caplog, logging.ERROR) if words.startswith("The bot stopped with an error")]
        assert len(ended) == 1
        assert "receiveNotification" in ended[0]
        assert "401" in ended[0]

    async def test_cancelling_the_block_cancels_handlers(
        self, router: Echo, client: Client, instance: Instance
    ) -> None:
        instance.contact_writes(ANNA, "one 3000")
        with anyio.move_on_after(10):
            async with lifespan(router, clients=client, inbox=MemoryInbox(), drain=3000):
                await anyio.sleep_forever()
        assert anyio.current_time() < 20
        assert router.notes == ["start", "begins one", "stop"]

    async def test_lifespan_handles_no_signals(self, router: Echo, client: Client) -> None:
        before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
        async with lifespan(router, clients=client, inbox=MemoryInbox()):
            await anyio.sleep(10)
            assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


class TestSQLiteInbox:
    """In real time, because the file is written in a thread."""

    @pytest.fixture(params=["asyncio", "trio"])
    def anyio_backend(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    async def test_a_locked_inbox_raises_before_the_block(self, router: Echo, client: Client, tmp_path: Path) -> None:
        async with SQLiteInbox(tmp_path / "bot.db"):
            with pytest.raises(InboxLockedError):
                async with lifespan(router, clients=client, inbox=SQLiteInbox(tmp_path / "bot.db")):
                    pytest.fail("the block began")
        assert router.notes == []


async def test_a_second_process_on_one_inbox_ends_with_one_line(
    router: Echo, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    async with SQLiteInbox(tmp_path / "bot.db"):
        with pytest.raises(InboxLockedError) as caught:
            await run(router, clients=client, inbox=SQLiteInbox(tmp_path / "bot.db"))
    sys.excepthook(caught.type, caught.value, caught.tb)
    shown = capsys.readouterr().err
    assert (shown.startswith("The bot stopped: "), shown.count("\n")) == (True, 1)
    assert "bot.db is in use by another process" in shown


async def test_only_the_error_that_ended_the_bot_is_shortened(
    router: Echo,
    client: Client,
    instance: Instance,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    others: list[BaseException] = []

    def note(kind: object, value: BaseException, traceback: object) -> None:
        others.append(value)

    monkeypatch.setattr(sys, "excepthook", note)
    instance.token = "another"
    errors: list[Exception] = []
    for _ in range(2):
        with pytest.raises(UnauthorizedError) as caught:
            await run(router, clients=client, inbox=MemoryInbox())
        errors.append(caught.value)
    other = UnauthorizedError("not of a bot")
    for error in (*errors, other):
        sys.excepthook(type(error), error, None)
    assert others == [other]
    assert capsys.readouterr().err.count("The bot stopped: ") == 2
