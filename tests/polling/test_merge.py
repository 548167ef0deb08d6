import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Self

import anyio
import httpx
import pytest

from greenapi_async import (
    Client,
    ForbiddenError,
    IncomingMessageReceived,
    InvalidArgumentError,
    Notification,
    TextMessage,
    UnauthorizedError,
)
from greenapi_async.inbox.memory import MemoryInbox
from greenapi_async.polling.merge import MergedNotifications, merge
from greenapi_async.sandbox import Fault, Instance, Sandbox, create_app

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"
A = 1101000001
B = 1101000002
SECRET = "sandboxB5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b1c2d3e4f5"


@pytest.fixture
async def other(sandbox: Sandbox) -> Instance:
    return sandbox.add_instance(B, SECRET, phone="79876543211")


@pytest.fixture
async def other_client(sandbox: Sandbox, other: Instance) -> AsyncIterator[Client]:
    transport = httpx.ASGITransport(create_app(sandbox))
    async with Client(B, other.token, "http://sandbox", transport=transport) as client:
        yield client


@pytest.fixture
async def merged(client: Client, other_client: Client) -> MergedNotifications:
    return merge(client.notifications(), other_client.notifications())


class Scripted:
    """A custom source that yields these texts, then ends or fails."""

    __hash__ = None  # type: ignore[assignment]  # as objects that compare by value are

    def __init__(self, *texts: str, error: Exception | None = None, closing: Exception | None = None) -> None:
        self.acknowledged: list[str] = []
        self.closed = 0
        self._texts = list(texts)
        self._given: str | None = None
        self._error = error
        self._closing = closing

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scripted)

    def __aiter__(self) -> Self:
        if self._given is not None:
            self._texts.insert(0, self._given)
            self._given = None
        return self

    async def __anext__(self) -> Notification:
        if self._given is not None:
            self.acknowledged.append(self._given)
            self._given = None
        await anyio.sleep(1)
        if self._texts:
            self._given = self._texts.pop(0)
            return IncomingMessageReceived(id_instance=A, message=TextMessage(text=self._given))
        raise self._error or StopAsyncIteration

    def stop(self) -> None:
        self._texts.clear()

    async def aclose(self) -> None:
        await anyio.sleep(1)
        self.closed += 1
        if self._closing is not None:
            raise self._closing


def waiting(instance: Instance) -> list[str]:
    """Return the texts in the server's queue."""
    return [body["messageData"]["textMessageData"]["textMessage"] for body in instance.notifications.bodies()]


def calls(instance: Instance, method: str) -> int:
    return [call.method for call in instance.calls].count(method)


async def test_no_source_starves(merged: MergedNotifications, instance: Instance, other: Instance) -> None:
    for number in range(5):
        instance.contact_writes(ANNA, str(number))
        other.contact_writes(ANNA, str(number))
    seen: list[tuple[str | None, int | None]] = []
    async with merged as notifications:
        async for notification in notifications:
            await anyio.sleep(1)  # so that the other source has a notification ready
            seen.append((notification.text, notification.id_instance))
            if len(seen) == 10:
                break
    assert [text for text, _ in seen] == [str(number) for number in range(5) for _ in "AB"]
    assert all({first[1], second[1]} == {A, B} for first, second in zip(seen[::2], seen[1::2], strict=True))


async def test_a_busy_source_does_not_wait_for_a_silent_one(
    merged: MergedNotifications, instance: Instance, other: Instance
) -> None:
    for number in range(5):
        instance.contact_writes(ANNA, str(number))
    seen: list[str | None] = []
    with anyio.fail_after(5):
        async with merged as notifications:
            async for notification in notifications:
                seen.append(notification.text)
                if len(seen) == 5:
                    break
    assert seen == ["0", "1", "2", "3", "4"]


async def test_asking_for_the_next_acknowledges_only_the_previous_one(
    merged: MergedNotifications, instance: Instance, other: Instance
) -> None:
    for whose in (instance, other):
        whose.contact_writes(ANNA, "one")
        whose.contact_writes(ANNA, "two")
    kept: list[int] = []
    async with merged as notifications:
        async for _ in notifications:
            await anyio.sleep(1)
            kept.append(len(waiting(instance)) + len(waiting(other)))
            if len(kept) == 4:
                break
    assert kept == [4, 3, 2, 1]
    await anyio.sleep(60)
    assert len(waiting(instance)) + len(waiting(other)) == 1


async def test_an_exception_in_the_body_is_raised_unchanged_and_acknowledges_nothing(
    merged: MergedNotifications, instance: Instance, other: Instance
) -> None:
    instance.contact_writes(ANNA, "one")
    other.contact_writes(ANNA, "one")
    error = LookupError("the body's")
    with pytest.raises(LookupError) as caught:
        async with merged as notifications:
            async for _ in notifications:
                await anyio.sleep(1)
                raise error
    assert caught.value is error
    assert error.__context__ is None
    assert (waiting(instance), waiting(other)) == (["one"], ["one"])


async def test_cancellation_does_not_hide_an_exception_in_the_body(
    merged: MergedNotifications, instance: Instance
) -> None:
    instance.contact_writes(ANNA, "one")
    came_out = False
    with anyio.CancelScope() as scope:
        try:
            async with merged as notifications:
                async for _ in notifications:
                    scope.cancel()
                    raise LookupError
        except LookupError:
            came_out = True
    assert came_out


async def test_breaking_immediately_still_acknowledges_the_previous_notification(
    merged: MergedNotifications, instance: Instance, other: Instance
) -> None:
    for whose in (instance, other):
        whose.contact_writes(ANNA, "one")
        whose.fail("deleteNotification", Fault(delay=2))
    seen: list[int | None] = []
    async with merged as notifications:
        async for notification in notifications:
            seen.append(notification.id_instance)
            if len(seen) == 2:
                break
            await anyio.sleep(1)
    done, broken = (instance, other) if seen[0] == A else (other, instance)
    assert (waiting(done), waiting(broken)) == ([], ["one"])


async def test_a_failed_final_acknowledgement_is_logged_and_hides_no_error(
    merged: MergedNotifications, instance: Instance, other: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    for whose in (instance, other):
        whose.contact_writes(ANNA, "one")
        whose.fail("deleteNotification", Fault(status=502), times=100)
    with pytest.raises(LookupError):
        async with merged as notifications:
            await anext(notifications)
            await anext(notifications)
            raise LookupError
    assert [record.getMessage() for record in caplog.records if "could not acknowledge" in record.getMessage()]
    assert (waiting(instance), waiting(other)) == (["one"], ["one"])


@pytest.mark.parametrize("texts", [["one"], []])
async def test_a_cancelled_loop_acknowledges_nothing(
    merged: MergedNotifications, instance: Instance, other: Instance, texts: list[str]
) -> None:
    for text in texts:
        instance.contact_writes(ANNA, text)
        other.contact_writes(ANNA, text)
    with anyio.move_on_after(30) as scope:
        async with merged as notifications:
            async for _ in notifications:
                await anyio.sleep_forever()
    assert scope.cancelled_caught
    assert (waiting(instance), waiting(other)) == (texts, texts)


async def test_a_shielded_body_is_acknowledged_despite_cancellation(
    merged: MergedNotifications, instance: Instance
) -> None:
    instance.contact_writes(ANNA, "one")
    with anyio.move_on_after(10) as scope:
        async with merged as notifications:
            async for _ in notifications:
                with anyio.CancelScope(shield=True):
                    await anyio.sleep(20)
    assert scope.cancelled_caught
    assert waiting(instance) == []


@pytest.mark.parametrize("in_body", [True, False])
async def test_asyncio_cancellation_propagates(
    merged: MergedNotifications, instance: Instance, in_body: bool, anyio_backend_name: str
) -> None:
    if anyio_backend_name != "asyncio":
        pytest.skip("trio has no such cancellation")
    instance.contact_writes(ANNA, "one")
    before = asyncio.all_tasks()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(10), merged as notifications:  # which cancels this task
            async for _ in notifications:
                if in_body:
                    await anyio.sleep_forever()
    assert waiting(instance) == (["one"] if in_body else [])
    assert asyncio.all_tasks() == before


async def test_stop_ends_all_sources_after_acknowledging_the_current_notification(
    merged: MergedNotifications, instance: Instance, other: Instance
) -> None:
    for whose in (instance, other):
        whose.contact_writes(ANNA, "one")
        whose.contact_writes(ANNA, "two")
        whose.fail("deleteNotification", Fault(delay=2))
    seen: list[int | None] = []
    async with merged as notifications:
        async for notification in notifications:
            await anyio.sleep(1)
            notifications.stop()
            seen.append(notification.id_instance)
        assert len(seen) == 1
        assert sorted([waiting(instance), waiting(other)]) == [["one", "two"], ["two"]]
    assert sorted([waiting(instance), waiting(other)]) == [["one", "two"], ["two"]]


async def test_stop_interrupts_pending_polls(merged: MergedNotifications) -> None:
    async def stop() -> None:
        await anyio.sleep(1)
        merged.stop()

    start = anyio.current_time()
    async with anyio.create_task_group() as tasks, merged as notifications:
        tasks.start_soon(stop)
        async for _ in notifications:
            pytest.fail("the loop yielded a notification")
    assert anyio.current_time() - start == pytest.approx(1)


async def test_a_source_stopped_in_advance_yields_nothing(merged: MergedNotifications, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    merged.stop()
    async with merged as notifications:
        assert [notification async for notification in notifications] == []
    assert waiting(instance) == ["one"]


async def test_stopping_one_source_does_not_stop_the_others(
    client: Client, other_client: Client, instance: Instance, other: Instance
) -> None:
    first = client.notifications()
    async with merge(first, other_client.notifications()) as notifications:
        instance.contact_writes(ANNA, "one")
        assert (await anext(notifications)).text == "one"
        first.stop()
        other.contact_writes(ANNA, "two")
        assert (await anext(notifications)).text == "two"
        await anyio.sleep(1)
        assert waiting(instance) == []


async def test_a_failed_source_is_logged_once_and_does_not_stop_the_others(
    merged: MergedNotifications, instance: Instance, other: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    other.contact_writes(ANNA, "from the one that fails")
    other.fail("deleteNotification", Fault(status=401))
    seen: list[str | None] = []
    with pytest.raises(ExceptionGroup, match="1 of 2 sources failed") as caught:
        async with merged as notifications:
            async for notification in notifications:
                seen.append(notification.text)
                if len(seen) == 4:
                    notifications.stop()
                await anyio.sleep(100)
                instance.contact_writes(ANNA, str(len(seen)))
    assert seen == ["from the one that fails", "1", "2", "3"]
    assert [type(error) for error in caught.value.exceptions] == [UnauthorizedError]
    assert [type(error) for _, error in merged.failures] == [UnauthorizedError]
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.getMessage().startswith(f"source 2 of 2, instance {B}, failed")
    assert "UnauthorizedError: " in record.getMessage()
    assert SECRET not in caplog.text
    assert waiting(instance) == ["4"]


async def test_if_all_sources_fail_all_their_errors_are_raised(
    merged: MergedNotifications, instance: Instance, other: Instance
) -> None:
    instance.fail("receiveNotification", Fault(status=401))
    other.fail("receiveNotification", Fault(status=403, delay=5))
    with pytest.raises(ExceptionGroup, match="2 of 2 sources failed") as caught:
        async with merged as notifications:
            async for _ in notifications:
                pytest.fail("the loop yielded a notification")
    assert [type(error) for error in caught.value.exceptions] == [UnauthorizedError, ForbiddenError]


async def test_the_failure_of_the_only_source_is_raised_unchanged(client: Client, instance: Instance) -> None:
    instance.fail("receiveNotification", Fault(status=401))
    with pytest.raises(UnauthorizedError):
        async with merge(client.notifications()) as notifications:
            await anext(notifications)


async def test_leaving_the_context_stops_all_sources(
    client: Client, other_client: Client, instance: Instance, other: Instance
) -> None:
    sources = client.notifications(), other_client.notifications()
    start = anyio.current_time()
    async with merge(*sources) as notifications:
        await anyio.sleep(1)
    assert anyio.current_time() - start == pytest.approx(1)
    polls = calls(instance, "receiveNotification"), calls(other, "receiveNotification")
    instance.contact_writes(ANNA, "late")
    await anyio.sleep(300)
    assert (calls(instance, "receiveNotification"), calls(other, "receiveNotification")) == polls
    for iterator in (notifications, *sources):
        with pytest.raises(StopAsyncIteration):
            await anext(iterator)


async def test_breaking_the_loop_redelivers_the_notification(merged: MergedNotifications, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    async with merged as notifications:
        for _ in range(2):
            async for notification in notifications:
                assert notification.text == "one"
                break
        assert waiting(instance) == ["one"]


async def test_an_inbox_redelivers_unfinished_entries(
    client: Client, other_client: Client, instance: Instance, other: Instance
) -> None:
    inbox = MemoryInbox(clock=anyio.current_time)
    instance.contact_writes(ANNA, "one")
    other.contact_writes(ANNA, "two")

    async def take(count: int) -> list[str]:
        texts: list[str] = []
        async with merge(client.notifications(inbox=inbox), other_client.notifications(inbox=inbox)) as notifications:
            async for notification in notifications:
                texts.append(notification.text or "")
                if len(texts) == count:
                    break
                await anyio.sleep(1)
        return texts

    first, broken = await take(2)
    assert {first, broken} == {"one", "two"}
    assert waiting(instance) == waiting(other) == []
    assert await take(1) == [broken]


async def test_acknowledged_notifications_are_not_redelivered_and_none_is_lost(
    client: Client, other_client: Client, instance: Instance, other: Instance
) -> None:
    random = Random(5)  # the same in every run
    every = {f"{name} {number}" for name in "AB" for number in range(40)}
    for text in sorted(every, key=lambda text: int(text.split()[1])):
        (instance if text.startswith("A") else other).contact_writes(ANNA, text)
    done: list[str] = []
    while len(done) < len(every):
        handled = ""
        async with merge(client.notifications(), other_client.notifications()) as notifications:
            async for notification in notifications:
                done += [handled] if handled else []
                handled = notification.text or ""
                await anyio.sleep(random.choice([0, 0.01, 1]))
                if random.random() < 0.2:
                    break
                if len(done) == len(every) - 1:
                    notifications.stop()
            else:
                done.append(handled)
    assert len(done) == len(every)
    assert set(done) == every
    assert waiting(instance) == waiting(other) == []


async def test_custom_sources_can_be_merged() -> None:
    first, second = Scripted("one", "two"), Scripted("three")
    async with merge(first, second) as notifications:
        assert sorted([notification.text or "" async for notification in notifications]) == ["one", "three", "two"]
    assert (first.acknowledged, second.acknowledged) == (["one", "two"], ["three"])
    assert (first.closed, second.closed) == (1, 1)


async def test_a_source_is_closed_despite_cancellation() -> None:
    source = Scripted("one")
    with anyio.move_on_after(10):
        async with merge(source):
            await anyio.sleep_forever()
    assert (source.acknowledged, source.closed) == ([], 1)


async def test_an_exception_of_one_source_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    first = Scripted(error=KeyError("line\nbreak"))
    merged = merge(first, Scripted("one", "two", closing=OSError("not closed")))
    with pytest.raises(ExceptionGroup) as caught:
        async with merged as notifications:
            assert [(await anext(notifications)).text for _ in range(2)] == ["one", "two"]
            await anext(notifications)
    assert [type(error) for error in caught.value.exceptions] == [KeyError]
    assert merged.failures == [(first, caught.value.exceptions[0])]
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2
    assert "\n" not in messages[0]
    assert "could not be closed: OSError" in messages[1]


async def test_iterating_without_a_context_raises_with_advice(merged: MergedNotifications) -> None:
    with pytest.raises(RuntimeError, match=r"async with merge\(\.\.\.\) as notifications: async for"):
        async for _ in merged:
            pytest.fail("no context")
    with pytest.raises(RuntimeError, match="async with"):
        await anext(merged)


async def test_a_context_can_be_entered_only_once(merged: MergedNotifications) -> None:
    async with merged:
        pass
    with pytest.raises(RuntimeError, match="again"):
        async with merged:
            pytest.fail("it was used")


async def test_two_tasks_cannot_share_one_loop(merged: MergedNotifications) -> None:
    async with anyio.create_task_group() as tasks, merged as notifications:

        async def other() -> None:
            with pytest.raises(RuntimeError, match="another task"):
                await anext(notifications)
            notifications.stop()

        tasks.start_soon(other)
        assert [notification async for notification in notifications] == []


@pytest.mark.parametrize("twice", [True, False])
async def test_no_sources_and_duplicate_sources_are_rejected(client: Client, twice: bool) -> None:
    sources = [client.notifications()] * 2 if twice else []
    with pytest.raises(InvalidArgumentError, match="twice" if twice else "at least one source"):
        merge(*sources)


def test_merge_can_be_created_outside_an_event_loop() -> None:
    assert merge(Scripted()).failures == []
