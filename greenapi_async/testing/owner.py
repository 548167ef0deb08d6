"""The owner of the bot's account, who writes from the phone."""

from typing import Any

import anyio
import anyio.lowlevel

from greenapi_async.testing.expectations import Chat
from greenapi_async.testing.messages import Message
from greenapi_async.testing.server import Server

__all__ = ["Owner"]


class Owner:
    """Owner of the account, with the phone that the instance is linked to; get it from ``sandbox.owner``.

    The bot is notified of what the owner sends (``OutgoingMessageReceived``) while the setting
    ``outgoing_message_webhook`` is on. ``hears`` of a person returns only what the bot sends. With several instances,
    that of the person or group decides whose phone it is.
    """

    def __init__(self, server: Server) -> None:
        self._server = server

    async def says(self, text: str, *, to: Chat, quote: Message | None = None) -> Message:
        """Send a text message from the phone.

        Args:
            text: The text.
            to: The person or group to write to.
            quote: Message to quote.

        Example:
            >>> await sandbox.owner.says("I will take over.", to=anna)
        """
        return await self.does("text", text, to=to, quote=quote)

    async def does(self, act: str, value: Any, *, to: Chat, quote: Message | None = None) -> Message:
        """Perform any action of the sandbox's control API on the phone.

        Args:
            act: Name of the action.
            value: Its argument.
            to: The person or group in whose chat it is done.
            quote: Message to quote.

        Returns:
            The message that the action created.

        Example:
            >>> await sandbox.owner.does("location", {"latitude": 58.0, "longitude": 56.2}, to=anna)
        """
        self._server.clock.install()
        await anyio.lowlevel.checkpoint()
        id_message = self._server.call(
            lambda: to.instance.phone_sends(
                to.id, {act: value}, quoted_message_id=quote.id if quote is not None else None
            )
        )
        return next(message for message in reversed(to.chat) if message.id == id_message)
