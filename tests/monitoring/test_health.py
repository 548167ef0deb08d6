"""Health of an instance and of a run: what is found, and how soon it is noticed that it is repaired."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import anyio
import anyio.lowlevel
import pytest

from greenapi_async import Client, InboxUnavailableError, MemoryInbox, Notification, Processing
from greenapi_async._internal.concurrency import Background
from greenapi_async.inbox import Entry
from greenapi_async.sandbox import Fault, Instance, Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport
from greenapi_async.types import ProcessingHealth

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"
FOREVER = 10_000


async def ignore(_: Notification) -> None:
    await anyio.lowlevel.checkpoint()


@asynccontextmanager
async def running(clients: Sequence[Client], inbox: MemoryInbox | None = None) -> AsyncGenerator[Processing]:
    from greenapi_async import process

    processing = process(ignore, clients=clients, inbox=inbox or MemoryInbox())

    async def run() -> None:
        await processing.run(signals=False)

    async with Background(run):
        await anyio.sleep(1)
        yield processing
        processing.stop()


def summary(health: ProcessingHealth) -> str:
    return " | ".join(health.problems)


async def test_a_working_instance_is_healthy(client: Client) -> None:
    health = await client.health(queues=True)
    assert health.ok
    assert health.authorized
    assert health.state == "authorized"
    assert health.last_contact is not None
    assert abs((datetime.now(UTC) - health.last_contact).total_seconds()) < 60
    assert health.queued_messages == health.queued_notifications == 0
    assert health.last_webhook is None


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(status=401), "401"),
        (Fault(status=403), "403"),
        (Fault(status=502, body="<html>Bad Gateway</html>"), "502"),
        (Fault(drop=True), "getStateInstance"),
        (Fault(delay=3600), "did not answer within 3 s"),
    ],
)
async def test_a_failing_api_is_a_problem_within_seconds(
    client: Client, instance: Instance, fault: Fault, words: str
) -> None:
    instance.fail("getStateInstance", fault, times=FOREVER)
    begin = anyio.current_time()
    health = await client.health()
    assert anyio.current_time() - begin <= 3
    assert not health.ok
    assert health.authorized is None
    [problem] = health.problems
    assert words in problem
    instance.faults.clear()
    await anyio.sleep(15)  # what was not answered stays in the rate limiter for a while
    assert (await client.health()).ok


async def test_too_many_requests_are_no_problem(client: Client, instance: Instance) -> None:
    instance.fail("getStateInstance", Fault(status=429), times=FOREVER)
    health = await client.health()
    assert health.ok
    assert health.authorized is None
    assert "429" in health.warnings[0]


async def test_each_state_says_what_to_do(client: Client, instance: Instance) -> None:
    instance.set_state("blocked")
    health = await client.health()
    assert health.authorized is False
    assert health.problems == ("WhatsApp has banned the account: request a review in WhatsApp on the phone.",)


async def test_a_run_is_healthy_while_it_runs(client: Client, instance: Instance) -> None:
    processing = client.process(ignore, inbox=MemoryInbox())
    assert summary(await processing.health()) == "The run has not started, or is shutting down."
    async with running([client]) as processing:
        health = await processing.health()
        assert health.ok
        assert (health.running, health.ended, health.waiting, health.quarantined) == (True, False, 0, 0)
        assert [each.id_instance for each in health.instances] == [client.id_instance]
    assert processing.ended
    assert summary(await processing.health()) == "The run has ended."


async def test_a_wrong_token_stops_the_run_and_is_named(client: Client, instance: Instance) -> None:
    instance.fail("receiveNotification", Fault(status=401), times=FOREVER)
    processing = client.process(ignore, inbox=MemoryInbox())
    with pytest.raises(Exception, match="401"):
        await processing.run(signals=False)
    health = await processing.health()
    assert health.ended
    assert "401" in summary(health)


async def test_an_instance_that_fails_is_named_beside_others(client: Client, sandbox: Sandbox) -> None:
    second = sandbox.add_instance(1101000002, "2" * 50)
    transport = InProcessTransport(create_app(sandbox))
    async with (
        Client(second.id_instance, second.token, "http://sandbox", transport=transport) as other,
        running([client, other]) as processing,
    ):
        second.fail("receiveNotification", Fault(status=401), times=FOREVER)
        await anyio.sleep(30)
        [problem] = (await processing.health()).problems
        assert problem.startswith(f"Instance {second.id_instance}: Polling has stopped: receiveNotification")


async def test_polls_that_fail_are_a_problem_although_the_state_is_right(client: Client, instance: Instance) -> None:
    async with running([client]) as processing:
        instance.fail("receiveNotification", Fault(status=502), times=FOREVER)
        await anyio.sleep(40)
        [problem] = (await processing.health()).problems
        assert "Polls have failed for" in problem
        assert "receiveNotification 502" in problem
        instance.faults.clear()
        await anyio.sleep(60)
        assert (await processing.health()).ok


async def test_a_state_is_asked_for_once_by_several_probes(client: Client, instance: Instance) -> None:
    async with running([client]) as processing:
        await processing.health(max_age=5)
        before = sum(call.method == "getStateInstance" for call in instance.calls)
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(lambda: processing.health(max_age=5))
        assert sum(call.method == "getStateInstance" for call in instance.calls) == before
        instance.set_state("notAuthorized")
        await anyio.sleep(6)
        assert "No phone is linked" in summary(await processing.health(max_age=5))


class FullInbox(MemoryInbox):
    """Inbox on a disk that is full until it is told otherwise."""

    full = False
    hangs = False

    async def check(self) -> None:
        if self.hangs:
            await anyio.sleep_forever()
        if self.full:
            raise InboxUnavailableError("disk full")


async def test_an_idle_bot_notices_that_its_inbox_cannot_store(client: Client) -> None:
    inbox = FullInbox()
    async with running([client], inbox) as processing:
        inbox.full = True
        assert summary(await processing.health()).startswith("The inbox is unavailable: disk full")
        inbox.full, inbox.hangs = False, True
        assert "it did not answer within 3 s" in summary(await processing.health())
        assert "it did not answer within 3 s" in summary(await processing.health())


async def test_the_quarantine_is_a_warning(client: Client, instance: Instance) -> None:
    inbox = MemoryInbox()
    await inbox.put(Entry(id_instance=client.id_instance, body="{}"))
    await inbox.quarantine(1, 5, "Traceback")
    async with running([client], inbox) as processing:
        health = await processing.health()
        assert health.ok
        assert health.quarantined == 1
        assert "quarantine" in health.warnings[0]
