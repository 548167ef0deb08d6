"""Port of the vendor's bot with text, command and regular expression filters, files, locations and contacts."""

import re

from greenapi_async import Client, FileMessage, IncomingCall, IncomingMessageReceived, SentMessage
from greenapi_async.bots import Command, Router, Text, filters
from greenapi_async.serialization.formatting import bold, escape
from greenapi_async.types import ContactCard

router = Router()


@router.message(filters.text("hi", "hello", ignore_case=True))
async def greet(notification: IncomingMessageReceived, text: Text) -> SentMessage:
    return await notification.reply(f"{bold(text.capitalize())}, {notification.sender_name or notification.sender}!")


@router.message(filters.command("report"))
async def report(notification: IncomingMessageReceived, command: Command) -> None:
    await notification.reply_file(command.text.encode(), file_name="report.txt", quote=True)


@router.message(filters.command("where"))
async def where(notification: IncomingMessageReceived) -> None:
    await notification.reply_location(58.0105, 56.2502, name_location="Office", typing_time=2000)
    await notification.reply_contact(ContactCard(phone_contact=79001234568, first_name="Boris"))


@router.message(filters.regex(r"^order (\d+)$"))
async def order(notification: IncomingMessageReceived, match: re.Match[str]) -> None:
    await notification.reply(f"Order {match[1]} is on its way.", link_preview=False)


@router.message(filters.media)
async def media(notification: IncomingMessageReceived, message: FileMessage, client: Client) -> None:
    await client.send_message(notification.chat_id, f"Received {message.file_name}.", typing_time=1000)


@router.message(filters.has_text)
async def fallback(notification: IncomingMessageReceived, text: Text) -> None:
    await notification.reply(f"I do not understand: {escape(text)}")


@router.on(IncomingCall)
async def call(notification: IncomingCall, client: Client) -> None:
    await client.send_message(notification.chat_id, "Please write to me.")
