"""What a handler raises: a failed attempt, or the end of the run."""

import argparse
import asyncio

import anyio
import pytest

from greenapi_async import Client, MemoryInbox, Notification
from greenapi_async.sandbox import Instance

from .handling import ANNA, BORIS, left, nothing, run

pytestmark = pytest.mark.anyio


class CustomExit(BaseException):
    """Raised by some framework."""


def parse_command() -> None:
    argparse.ArgumentParser(exit_on_error=True).parse_args(["--unknown"])


FAILURES = [
    SystemExit(2),
    GeneratorExit(),
    CustomExit(),
    BaseExceptionGroup("several", [SystemExit(1), LookupError()]),
    BaseExceptionGroup("nested", [BaseExceptionGroup("inner", [GeneratorExit(), CustomExit()])]),
    asyncio.CancelledError(),
    BaseExceptionGroup("cancelled", [asyncio.CancelledError()]),
]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
async def test_what_is_no_exception_is_a_failed_attempt_too(
    client: Client, instance: Instance, failure: BaseException
) -> None:
    instance.contact_writes(ANNA, "poison")
    instance.contact_writes(ANNA, "fine")
    runs: list[str | None] = []

    async def handler(notification: Notification) -> None:
        runs.append(notification.text)
        if notification.text == "poison":
            raise failure

    inbox = MemoryInbox()
    assert await run(client, 1, handler, inbox, attempts=3) == ["fine"]
    assert runs == ["poison", "poison", "poison", "fine"]
    [entry] = await inbox.quarantined()
    assert entry.attempts == 3
    assert type(failure).__name__ in (entry.failure or "")


async def test_argparse_in_a_handler_ends_no_run(
    client: Client, instance: Instance, capsys: pytest.CaptureFixture[str]
) -> None:
    instance.contact_writes(ANNA, "/order --unknown")
    instance.contact_writes(BORIS, "fine")

    async def handler(notification: Notification) -> None:
        if notification.text != "fine":
            parse_command()

    inbox = MemoryInbox()
    assert await run(client, 1, handler, inbox, attempts=1) == ["fine"]
    assert "unrecognized arguments" in capsys.readouterr().err
    assert "SystemExit: 2" in ((await inbox.quarantined())[0].failure or "")


async def test_a_key_that_exits_ends_no_run(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "poison")
    instance.contact_writes(ANNA, "fine")

    def key(notification: Notification) -> str:
        if notification.text == "poison":
            raise SystemExit
        return "lane"

    inbox = MemoryInbox()
    assert await run(client, 1, nothing, inbox, key=key) == ["fine"]
    assert len(await inbox.quarantined()) == 1


@pytest.mark.parametrize("grouped", [False, True])
async def test_an_interrupt_from_the_keyboard_ends_the_run_and_is_no_attempt(
    client: Client, instance: Instance, anyio_backend_name: str, *, grouped: bool
) -> None:
    if anyio_backend_name == "asyncio" and not grouped:
        pytest.skip("asyncio ends the event loop")
    instance.contact_writes(ANNA, "one")

    async def handler(_: Notification) -> None:
        if grouped:
            raise BaseExceptionGroup("several", [LookupError(), KeyboardInterrupt()])
        raise KeyboardInterrupt

    inbox = MemoryInbox()
    with pytest.raises(BaseExceptionGroup) as caught:
        await client.process(handler, inbox=inbox)
    assert caught.group_contains(KeyboardInterrupt)
    [entry] = await left(inbox, instance)
    assert entry.attempts == 0


async def test_a_handler_that_raises_because_it_is_cut_short_has_not_failed(client: Client, instance: Instance) -> None:
    for chat in (ANNA, BORIS):
        instance.contact_writes(chat, chat)

    async def handler(notification: Notification) -> None:
        try:
            await anyio.sleep_forever()
        except BaseException as error:
            if notification.chat_id == ANNA:
                raise LookupError from error
            raise BaseExceptionGroup("several", [error, LookupError()]) from None

    inbox = MemoryInbox()
    processing = client.process(handler, inbox=inbox, drain=5, attempts=1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        await anyio.sleep(10)
        processing.stop()
    assert [entry.attempts for entry in await left(inbox, instance)] == [0, 0]
    assert await inbox.quarantined() == []


async def test_the_log_names_the_chat_and_has_the_traceback_of_repeated_failures_once(
    client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    instance.contact_writes(ANNA, "hi")
    causes = iter(["disk", "disk", "network"])

    async def handler(notification: Notification) -> None:
        if cause := next(causes, None):
            raise LookupError(cause)

    assert await run(client, 1, handler, MemoryInbox()) == ["hi"]
    records = [record for record in caplog.records if record.getMessage().startswith("Handler failed")]
    assert all(f"(instance {client.id_instance}, chat {ANNA}, message " in each.getMessage() for each in records)
    assert [record.exc_info is not None for record in records] == [True, False, True]
    assert records[1].getMessage().endswith("; it raised the same LookupError again")
