"""Bots for the tests of takeovers."""

from typing import Any

from greenapi_async import (
    ConversationEndedError,
    IncomingMessageReceived,
)
from greenapi_async.bots import Router, filters

MINUTE = 60


def echo(router: Router) -> Router:
    @router.message()
    async def answers(notification: IncomingMessageReceived) -> None:
        await notification.reply(f"answer to {notification.text}")

    return router


def survey(router: Router, heard: list[Any], *, timeout: float = 600) -> Router:
    @router.message(filters.command("survey"))
    async def asks(notification: IncomingMessageReceived) -> None:
        try:
            async with notification.conversation(timeout=timeout) as talk:
                heard.append((await talk.ask("Name?"), await talk.ask("Age?")))
        except ConversationEndedError as error:
            heard.append(type(error))
            raise
        await notification.reply("Thanks")

    return echo(router)
