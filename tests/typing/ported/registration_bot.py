"""Port of the vendor's bot that asks for a login and a password in states, and checks their lengths."""

import attrs

from greenapi_async import IncomingMessageReceived
from greenapi_async.bots import Context, Router, State, StateGroup, Text, filters

router = Router()


@attrs.frozen
class User:
    name: str = ""
    password: str = ""


class Registration(StateGroup[User], name="registration"):
    name = State()
    password = State()


@router.message(filters.command("cancel") & ~filters.no_state)
async def cancel(notification: IncomingMessageReceived, context: Context[User]) -> None:
    await notification.reply("Cancelled.")
    await context.leave()


@router.message(filters.command("register"))
async def register(notification: IncomingMessageReceived, context: Context[User]) -> None:
    await notification.reply("Choose a name of 5 to 20 characters.")
    await context.enter(Registration.name, User())


@router.message(filters.state(Registration.name), filters.has_text)
async def name(notification: IncomingMessageReceived, text: Text, context: Context[User]) -> None:
    if 5 <= len(text) <= 20:
        await notification.reply("Choose a password of 8 to 20 characters.")
        await context.enter(Registration.password, User(name=text))
    else:
        await notification.reply("5 to 20 characters, please.")


@router.message(filters.state(Registration.password), filters.has_text)
async def password(notification: IncomingMessageReceived, text: Text, context: Context[User]) -> None:
    if context.data is None or not 8 <= len(text) <= 20:
        await notification.reply("8 to 20 characters, please.")
        return
    await notification.reply(f"Welcome, {context.data.name}. Your password has {len(text)} characters.")
    await context.leave()


@router.message(filters.state(Registration.name) | filters.state(Registration.password))
async def no_text(notification: IncomingMessageReceived) -> None:
    await notification.reply("Please write it as a text.")
