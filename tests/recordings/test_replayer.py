"""Replaying a recording to a bot: at a speed or step by step, with current times."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import anyio
import pytest

from greenapi_async import Client, IncomingMessageReceived
from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.simulation.catalogue import KINDS
from greenapi_async.testing.recordings import RecordedNotification, ReplayedNotification, ReplayResult, replay
from greenapi_async.testing.recordings.replayer import shift_times

pytestmark = pytest.mark.anyio
THEN = 1_600_000_000


def text(number: int, at: float, chat_id: str = "79001234567@c.us") -> RecordedNotification:
    sender = "79001234567@c.us"
    body = {
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": 1101000001, "wid": "79876543210@c.us", "typeInstance": "whatsapp"},
        "timestamp": int(THEN + at) - 2,
        "idMessage": f"F7AEC1B7086ECDC7E6E45923F5ED{number:04}",
        "senderData": {"chatId": chat_id, "sender": sender, "chatName": "Anna", "senderName": "Anna"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": str(number)}},
    }
    return RecordedNotification(at=THEN + at, receipt_id=number, body=body)


@asynccontextmanager
async def bot(
    client: Client, heard: list[tuple[float, IncomingMessageReceived]], takes: float = 0
) -> AsyncGenerator[None]:
    """Record what is received and when; acknowledge it ``takes`` seconds later."""

    async def listen() -> None:
        async for notification in client.notifications():
            assert isinstance(notification, IncomingMessageReceived)
            heard.append((anyio.current_time(), notification))
            await anyio.sleep(takes)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        yield
        tasks.cancel_scope.cancel()


async def play(
    client: Client, instance: Instance, recording: Sequence[RecordedNotification], *, takes: float = 0, **options: Any
) -> tuple[list[tuple[float, IncomingMessageReceived]], ReplayResult]:
    heard: list[tuple[float, IncomingMessageReceived]] = []
    async with bot(client, heard, takes):
        result = await replay(recording, instance, **options)
    return heard, result


async def test_a_speed_scales_the_intervals_of_the_recording(client: Client, instance: Instance) -> None:
    recording = [text(0, 0), text(1, 10), text(2, 10), text(3, 5), text(4, 60)]
    heard, result = await play(client, instance, recording, speed=10)
    assert [notification.text for _, notification in heard] == ["0", "1", "2", "3", "4"]
    assert [at - heard[0][0] for at, _ in heard] == pytest.approx([0, 1, 1, 1, 6], abs=0.1)
    assert result == ReplayResult(queued=5, acknowledged=5, complete=True)


async def test_speed_0_replays_as_fast_as_the_bot_acknowledges(client: Client, instance: Instance) -> None:
    recording = [text(number, number * 3600) for number in range(250)]
    heard, result = await play(client, instance, recording, speed=0)
    assert [notification.text for _, notification in heard] == [str(number) for number in range(250)]
    assert heard[-1][0] - heard[0][0] < 60
    assert result.complete


async def test_step_waits_for_each_acknowledgement(client: Client, instance: Instance) -> None:
    waiting: list[int] = []
    recording = [text(number, number * 3600) for number in range(5)]

    def on_change(_: ReplayedNotification) -> None:
        waiting.append(len(instance.notifications))

    heard, result = await play(client, instance, recording, takes=7, step=True, on_change=on_change)
    assert result == ReplayResult(queued=5, acknowledged=5, complete=True)
    assert waiting == [0] * 10
    assert [after - before for (before, _), (after, _) in pairwise(heard)] == pytest.approx([7] * 4, abs=0.1)


async def test_times_are_shifted_unless_they_are_kept(client: Client, instance: Instance, sandbox: Sandbox) -> None:
    heard, _ = await play(client, instance, [text(0, 0), text(1, 100)], speed=1)
    for at, notification in heard:
        assert notification.timestamp is not None
        assert notification.timestamp.timestamp() == pytest.approx(at - 2, abs=2)
    kept, _ = await play(client, instance, [text(2, 0)], keep_times=True)
    assert kept[0][1].raw == text(2, 0).body


def test_only_documented_times_are_shifted_in_their_own_type() -> None:
    body = {
        "timestamp": "1600000000",
        "a": [{"timestamp": 1600000000000}],
        "inviteExpiration": 0,
        "idMessage": "1600000000",
    }
    assert shift_times(body, 10.4) == {
        "timestamp": "1600000010",
        "a": [{"timestamp": 1600000010400}],
        "inviteExpiration": 0,
        "idMessage": "1600000000",
    }
    assert shift_times({"timestamp": "9" * 5000}, 1) == {"timestamp": "9" * 5000}
    assert shift_times({"timestamp": True, "x": None, "y": {"timestamp": "soon"}}, 1) == {
        "timestamp": True,
        "x": None,
        "y": {"timestamp": "soon"},
    }


async def test_the_replay_ends_when_nothing_is_acknowledged(instance: Instance) -> None:
    began = anyio.current_time()
    result = await replay([text(0, 0), text(1, 0)], instance, step=True, patience=12)
    assert result == ReplayResult(queued=1, acknowledged=0)
    assert anyio.current_time() - began == pytest.approx(12, abs=0.1)
    result = await replay([text(0, 0), text(1, 0)], instance, speed=1, patience=12)
    assert result == ReplayResult(queued=2, acknowledged=0)


async def test_the_bot_can_answer_quote_and_read_replayed_messages(client: Client, instance: Instance) -> None:
    group = "120363347693198097@g.us"
    recording = [text(0, 0), text(1, 0, group)]

    async def answer() -> None:
        async for notification in client.notifications():
            await notification.reply("yes", quote=True)
            assert (await notification.mark_read()).set_read

    instance.settings["outgoingWebhook"] = "no"
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(answer)
        await replay(recording, instance, speed=0)
        tasks.cancel_scope.cancel()
    await anyio.sleep(5)
    for chat_id in ("79001234567@c.us", group):
        asked, answered = instance.chat(chat_id)
        assert (answered.status, answered.quoted_message_id) == ("delivered", asked.id_message)


async def test_every_kind_can_be_replayed_and_non_objects_are_skipped(client: Client, instance: Instance) -> None:
    for kind, variants in KINDS.items():
        for variant in variants:
            instance.produce(kind, variant=variant)
    bodies: list[Any] = [*instance.notifications.bodies(), {"senderData": 5, "messageData": [], "idMessage": {}}]
    instance.notifications.clear()
    strange: list[Any] = ["a text", None, {}]
    recording = [RecordedNotification(at=THEN, body=body) for body in [*strange, *bodies]]
    got: list[Any] = []
    result = ReplayResult()
    notifications = client.notifications()

    async def listen() -> None:
        got.extend([notification.raw async for notification in notifications])

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        await replay(recording, instance, speed=0, keep_times=True, result=result)
        notifications.stop()
    assert got == bodies
    assert result == ReplayResult(queued=len(bodies), acknowledged=len(bodies), skipped=3, complete=True)


@pytest.mark.parametrize("speed", [-1.0, float("nan"), float("inf")])
async def test_an_invalid_speed_is_rejected(instance: Instance, speed: float) -> None:
    with pytest.raises(ValueError, match="speed must be"):
        await replay([], instance, speed=speed)
