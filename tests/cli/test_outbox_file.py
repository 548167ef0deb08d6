"""The file of idempotency keys, used by many tasks of one command."""

from pathlib import Path

import anyio
import pytest

from greenapi_async import InboxLockedError, SQLiteInbox
from greenapi_async.cli import outbox_file
from greenapi_async.cli.outbox_file import OutboxFile

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"


async def test_tasks_of_one_command_do_not_shut_each_other_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_file, "TURN_TIMEOUT", 0.0)
    outbox, are_new = OutboxFile(tmp_path / "keys.db"), list[bool]()

    async def send(number: int) -> None:
        record = await outbox.begin(1101000001, f"order {number}", ANNA, b"digest")
        are_new.append(record.id_message is None)
        await outbox.sent(1101000001, f"order {number}", f"ID{number}")

    for _ in range(2):
        async with anyio.create_task_group() as tasks:
            for number in range(10):
                tasks.start_soon(send, number)
    assert are_new == [True] * 10 + [False] * 10


async def test_no_task_waits_longer_than_another_for_a_file_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_file, "TURN_TIMEOUT", 1.0)
    outbox, refused = OutboxFile(tmp_path / "bot.db"), list[int]()

    async def send(number: int) -> None:
        with pytest.raises(InboxLockedError):
            await outbox.begin(1101000001, f"order {number}", ANNA, b"digest")
        refused.append(number)

    async with SQLiteInbox(tmp_path / "bot.db"):
        with anyio.fail_after(60):
            async with anyio.create_task_group() as tasks:
                for number in range(200):
                    tasks.start_soon(send, number)
    assert len(refused) == 200
    await outbox.check()
