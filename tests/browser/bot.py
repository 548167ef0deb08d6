"""An echo bot: returns texts and files; answers "poll" with a poll and "menu" with buttons."""

import asyncio
import logging

from greenapi_async import (
    Client,
    FileMessage,
    IncomingMessageReceived,
    InteractiveButtonsResponse,
    MemoryInbox,
    Message,
    PollUpdateMessage,
    TextMessage,
)
from greenapi_async.bots import Router, filters, run
from greenapi_async.types import ReplyButton

router = Router()


@router.message(filters.text("poll"))
async def send_poll(notification: IncomingMessageReceived, client: Client) -> None:
    await client.send_poll(notification.chat_id, "Tea or coffee?", ["Tea", "Coffee"])


@router.message(filters.text("menu"))
async def send_menu(notification: IncomingMessageReceived, client: Client) -> None:
    buttons = [ReplyButton(button_id="1", button_text="Small"), ReplyButton(button_id="2", button_text="Large")]
    await client.send_interactive_buttons_reply(notification.chat_id, "Which size?", buttons)


@router.vote()
async def confirm_vote(notification: IncomingMessageReceived, message: PollUpdateMessage) -> None:
    chosen = [vote.option_name or "" for vote in message.votes or () if vote.option_voters]
    await notification.reply(f"Chosen: {', '.join(chosen)}")


@router.message(filters.kind(InteractiveButtonsResponse))
async def confirm_press(notification: IncomingMessageReceived) -> None:
    await notification.reply(f"Pressed: {notification.text}")


@router.message(filters.media)
async def send_back(notification: IncomingMessageReceived, message: FileMessage, client: Client) -> None:
    await client.send_file_by_url(notification.chat_id, message.download_url or "", message.file_name or "file")


@router.message(filters.kind(TextMessage))
async def echo(notification: IncomingMessageReceived, message: Message) -> None:
    await notification.reply(notification.text or "", quote=True)


async def main() -> None:
    async with Client.from_env() as client:
        await run(router, clients=client, inbox=MemoryInbox())


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    asyncio.run(main())
