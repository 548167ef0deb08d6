"""Size of an inbox's file, including its write-ahead log, while a million notifications pass through it.

By the inbox's clock they arrive evenly over 1,000,000 seconds (eleven and a half days), whatever their number.
Deduplication keys are kept for 24 to 25 hours, so the file grows for the first tenth of that time and must not grow
after it. Batches of eight are stored, read and done, as fast as the disk allows.
Usage: ``python tests/benchmarks/inbox_file.py [notifications]``.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from greenapi_async.inbox import SQLiteInbox
from greenapi_async.models.receiving import ReceivedNotification
from greenapi_async.polling.deduplication import received_entry

ID_INSTANCE = 1101000001
SECONDS = 1_000_000
START = 1_800_000_000
BATCH = 8
MAX_GROWTH = 1.1
"""Maximum size of the file relative to its size after a fifth of the notifications."""


def received(number: int) -> ReceivedNotification:
    chat = f"{79001230000 + number % 50}@c.us"
    body = {
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": ID_INSTANCE, "wid": "79876543210@c.us", "typeInstance": "whatsapp"},
        "timestamp": START + number,
        "idMessage": f"F7AEC1B7086ECDC7{number:016X}",
        "senderData": {"chatId": chat, "sender": chat, "chatName": "Ivan", "senderName": "Ivan"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": f"hello {number}"}},
    }
    return ReceivedNotification(receipt_id=number, body=body, raw={"receiptId": number, "body": body})


async def flow(path: Path, count: int) -> list[float]:
    """Return the megabytes on disk after each tenth."""
    started = 0
    inbox = SQLiteInbox(path, clock=lambda: START + started * SECONDS / count)
    sizes: list[float] = []
    async with inbox:
        while started < count:
            numbers = range(started, min(started + BATCH, count))
            started = numbers.stop
            assert all(await asyncio.gather(*(inbox.put(received_entry(ID_INSTANCE, received(n))) for n in numbers)))
            entries = await inbox.waiting({ID_INSTANCE}, 0, 2 * BATCH)
            assert len(entries) == len(numbers)
            await asyncio.gather(*(inbox.done(entry.id) for entry in entries))
            if started * 10 // count > len(sizes):
                sizes.append(sum(file.stat().st_size for file in path.parent.iterdir()) / 1024 / 1024)
    return sizes


def main(count: int = 1_000_000) -> float:
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        sizes = asyncio.run(flow(Path(folder) / "inbox.db", count))
    each = (time.perf_counter() - start) / count * 1e6
    growth = sizes[-1] / sizes[1]
    sys.stdout.write(
        f"{count:,} notifications stored and done, {each:.0f} us each; MB on disk after each tenth: "
        f"{', '.join(f'{size:.1f}' for size in sizes)}\n"
    )
    assert len(sizes) == 10
    assert max(sizes[2:]) <= MAX_GROWTH * sizes[1], "the file keeps growing"
    return growth


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
