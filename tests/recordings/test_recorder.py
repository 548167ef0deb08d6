"""Recording of an instance: on disk before it is deleted on the server, whatever the network does."""

import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from greenapi_async import Client, UnauthorizedError
from greenapi_async.errors import RecordingError
from greenapi_async.sandbox import Fault, Instance
from greenapi_async.sandbox.simulation.catalogue import KINDS
from greenapi_async.testing.recordings import RecordedNotification, Recorder, Redactor, open_recording, read_recording

pytestmark = pytest.mark.anyio


async def record(client: Client, path: Path, count: int) -> Recorder:
    """Record until ``count`` notifications are recorded."""
    with open_recording(path, client.id_instance)[0] as file:

        def on_recorded(_: RecordedNotification) -> None:
            if recorder.count == count:
                recorder.stop()

        recorder = Recorder(client, file, Redactor([]), on_recorded=on_recorded)
        await recorder.run()
        return recorder


def ids(path: Path) -> list[Any]:
    return [recorded.body["idMessage"] for recorded in read_recording(path)]


async def test_every_kind_is_recorded_as_received(client: Client, instance: Instance, tmp_path: Path) -> None:
    """Only the token of an order, with which its details can be read, is removed."""
    for kind, variants in KINDS.items():
        for variant in variants:
            instance.produce(kind, variant=variant)
    bodies = instance.notifications.bodies()
    await record(client, tmp_path / "a", len(bodies))
    without_token = json.loads(json.dumps(bodies).replace(json.dumps("QUJDREVGR0g="), json.dumps("***")))
    assert [recorded.body for recorded in read_recording(tmp_path / "a")] == without_token
    assert not instance.notifications.bodies()


async def test_nothing_is_lost_or_duplicated_while_the_server_fails(
    client: Client, instance: Instance, tmp_path: Path
) -> None:
    expected = [instance.contact_writes("79001234567@c.us", str(number)) for number in range(20)]
    for method in ("receiveNotification", "deleteNotification"):
        instance.fail(method, Fault(status=502), 3)
        instance.fail(method, Fault(drop=True, after_effect=True), 3)
        instance.fail(method, Fault(truncate=True), 3)
    await record(client, tmp_path / "a", 20)
    assert ids(tmp_path / "a") == expected
    assert not instance.notifications.bodies()


async def test_a_notification_that_cannot_be_written_stays_on_the_server(
    client: Client, instance: Instance, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    expected = [instance.contact_writes("79001234567@c.us", str(number)) for number in range(5)]
    with open_recording(path, client.id_instance)[0] as file:

        def on_recorded(_: RecordedNotification) -> None:
            if recorder.count == 2:
                path.rename(tmp_path / "b")
                (tmp_path / "b").unlink()

        recorder = Recorder(client, file, Redactor([]), on_recorded=on_recorded)
        with pytest.raises(RecordingError, match="the file was removed"):
            await recorder.run()
    assert [body["idMessage"] for body in instance.notifications.bodies()] == expected[2:]


@pytest.mark.parametrize("body", [{}, {"typeWebhook": 5}, {"deep": None}, {"x" * 10: [1, [2, [3]]]}])
async def test_unknown_notifications_are_recorded_unchanged(
    client: Client, instance: Instance, tmp_path: Path, body: dict[str, Any]
) -> None:
    instance.queue_notification(body)
    await record(client, tmp_path / "a", 1)
    assert [recorded.body for recorded in read_recording(tmp_path / "a")] == [body]


@pytest.mark.parametrize("depth", [200, 600, 5_000])
async def test_a_body_nested_too_deeply_blocks_nothing(
    client: Client, instance: Instance, depth: int, tmp_path: Path
) -> None:
    deep = '{"receiptId": 1, "body": {"typeWebhook": "x", "a": ' + "[" * depth + "]" * depth + "}}"
    last = instance.produce("textMessage")
    instance.fail("receiveNotification", Fault(body=deep))
    await record(client, tmp_path / "a", 2)
    first, second = read_recording(tmp_path / "a")
    assert '"x"' in first.body if isinstance(first.body, str) else first.body["typeWebhook"] == "x"
    assert second.body["idMessage"] == last


async def test_stop_interrupts_a_pending_poll(client: Client, instance: Instance, tmp_path: Path) -> None:
    with open_recording(tmp_path / "a", client.id_instance)[0] as file:
        recorder = Recorder(client, file, Redactor([]))
        began = anyio.current_time()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(recorder.run)
            polled = anyio.Event()
            with instance.calls.changes.listening(polled.set):
                await polled.wait()
            recorder.stop()
        assert anyio.current_time() - began < 5


async def test_an_error_that_needs_intervention_is_raised(client: Client, instance: Instance, tmp_path: Path) -> None:
    instance.token = "another"
    with pytest.raises(UnauthorizedError):
        await record(client, tmp_path / "a", 1)
