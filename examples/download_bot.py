"""Save the files that people send, in one folder per person under downloads/.

Files over 20 MB are rejected. Set the environment variables of echo_bot.py.
"""

import asyncio
import logging
from pathlib import Path

from greenapi_async import Client, FileMessage, IncomingMessageReceived, PayloadTooLargeError, SQLiteInbox
from greenapi_async.bots import Router, filters, run

MAX_BYTES = 20_000_000

router = Router()


@router.message(filters.media)
async def save(notification: IncomingMessageReceived, message: FileMessage) -> None:
    path = await notification.download(folder(notification.sender), max_bytes=MAX_BYTES)
    await notification.reply(f"Saved: {path.name}, {message.mime_type}, {path.stat().st_size} bytes.", quote=True)


@router.error(PayloadTooLargeError)
async def too_large(notification: IncomingMessageReceived) -> None:
    await notification.reply(f"Files over {MAX_BYTES // 1_000_000} MB are not accepted.", quote=True)


@router.message(filters.private)
async def no_file(notification: IncomingMessageReceived) -> None:
    await notification.reply("Please send me a file.")


def folder(name: str) -> Path:
    path = Path("downloads", name)
    path.mkdir(parents=True, exist_ok=True)
    return path


async def main() -> None:
    async with Client.from_env() as client:
        await run(router, clients=client, inbox=SQLiteInbox("download_bot.db"))


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    asyncio.run(main())
