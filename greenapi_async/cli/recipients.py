"""Chats as people name them: a phone number in any spelling, or a chat id.

Digits alone are a phone number on WhatsApp, and the id of a chat on MAX and Telegram: there, the same digits as a phone
number are somebody else. So the server is asked which messenger the instance has, unless it is configured.
"""

import re

from greenapi_async.client import Client
from greenapi_async.models.chat_ids import chat_id

__all__ = ["is_ambiguous", "resolve_chat"]


def is_ambiguous(chat: str) -> bool:
    """Return whether a chat depends on the messenger.

    Args:
        chat: What was given.
    """
    return re.fullmatch(r"\s*-?[0-9]+\s*", chat) is not None


async def resolve_chat(client: Client, chat: str) -> str:
    """Return the id of a chat.

    Args:
        client: The client of the instance; it learns the messenger, if that matters.
        chat: Phone number or chat id.

    Raises:
        InvalidArgumentError: It is neither.
        GreenAPIError: The server does not tell the messenger.
    """
    if client.messenger is None and is_ambiguous(chat):
        await client.get_settings()
    return chat_id(chat, messenger=client.messenger)
