"""Guarded sends: what the handlers of a chat send there while the owner has taken it over.

A send of a handler without a conversation raises ``ChatTakenOverError``. If its conversation has begun, it waits until
the pause is over. This is decided when the send begins, and again right before each of its requests leaves: it may have
waited at the rate limiter or for a retry, where it must not wait for minutes, because that would occupy a slot.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol, TypeVar

from greenapi_async.errors import ChatTakenOverError
from greenapi_async.models.notifications import OutgoingMessageReceived
from greenapi_async.processing.item import current_item
from greenapi_async.processing.own_messages import Flight
from greenapi_async.processing.slot import suspended
from greenapi_async.processing.takeovers import Takeovers

__all__ = ["GuardedSends"]

_SENDS: Final = ("send", "forward", "edit")
"""Beginnings of the names of methods that people notice."""
_INDICATOR: Final = "sendTyping"

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Perform(Protocol[T_co]):
    """Sends a message."""

    def __call__(self, *, before: Callable[[], Awaitable[None]]) -> Awaitable[T_co]:
        """Send it.

        Args:
            before: Called before each request, when nothing is left to wait for; prevents the request by raising.
        """
        ...


class SendOnce(Protocol[T]):
    """Sends a message, unless it was sent."""

    def __call__(self, *, send: Perform[T]) -> Awaitable[T]:
        """Send it.

        Args:
            send: Sends it.
        """
        ...


class _TakenOver(Exception):  # noqa: N818  not an error of the client, which would decide about a retry
    """The chat was taken over while a request waited for its turn."""


class GuardedSends:
    """The messages that one client sends.

    Args:
        takeovers: The chats that the owner has taken over.
    """

    def __init__(self, takeovers: Takeovers) -> None:
        self._takeovers = takeovers

    def concerns(self, method: str, values: Any) -> bool:
        """Return whether a request is a message to a chat.

        Args:
            method: The method of the API.
            values: Its arguments by their JSON names.
        """
        return method.startswith(_SENDS) and isinstance(values.get("chatId"), str)

    async def send(self, method: str, chat_id: str, perform: Perform[T]) -> T:
        """Send a message, unless its handler must be silent.

        Args:
            method: The method of the API.
            chat_id: The chat.
            perform: Sends it.

        Raises:
            ChatTakenOverError: The owner has taken over the chat.
        """
        flight = Flight(chat_id)
        return await self._send(chat_id, lambda: self._fly(flight, perform), may_wait=method != _INDICATOR)

    async def send_once(self, chat_id: str, once: SendOnce[T], send: Perform[T]) -> T:
        """Send a message, unless it was sent or its handler must be silent.

        Args:
            chat_id: The chat.
            once: Sends it at most once.
            send: Sends it.

        Raises:
            ChatTakenOverError: The owner has taken over the chat.
        """
        flight = Flight(chat_id)

        def fly(*, before: Callable[[], Awaitable[None]]) -> Awaitable[T]:
            return self._fly(flight, send, before)

        sent = await self._send(chat_id, lambda: once(send=fly), may_wait=True)
        await self._takeovers.land(flight, sent)  # it may have been found
        return sent

    async def _send(self, chat_id: str, work: Callable[[], Awaitable[T]], *, may_wait: bool) -> T:
        while True:
            await self._permit(chat_id, may_wait=may_wait)
            try:
                return await work()
            except ChatTakenOverError:
                continue  # raised again by _permit, which may wait instead

    async def _fly(self, flight: Flight, perform: Perform[T], before: Callable[[], Awaitable[None]] | None = None) -> T:
        """Perform a request, and note what is under way to the chat."""

        async def depart() -> None:
            if before is not None:
                await before()
            await self._depart(flight)

        answer: T | None = None
        try:
            answer = await perform(before=depart)
        except _TakenOver:
            raise _taken_over(flight.chat_id) from None
        finally:
            await self._takeovers.land(flight, answer)
        return answer

    async def _permit(self, chat_id: str, *, may_wait: bool) -> None:
        """Return when the running handler may send to a chat; a conversation that has begun waits for that."""
        while self._is_of_handler(chat_id):
            await self._takeovers.settle(chat_id)
            if not self._takeovers.seconds_left(chat_id):
                return
            item = current_item.get()
            if not may_wait or item is None or item.journal is None or not item.journal.has_begun:
                raise _taken_over(chat_id)
            async with suspended(for_person=True):
                await self._takeovers.until_over(chat_id)

    def _is_of_handler(self, chat_id: str) -> bool:
        """Return whether a send is that of a handler of the chat; handlers of the owner's own messages are free."""
        item = current_item.get()
        if item is None or item.id_instance != self._takeovers.id_instance:
            return False
        if isinstance(item.notification, OutgoingMessageReceived):
            return False
        return item.chat_id is not None and chat_id in self._takeovers.identities.ids_of(item.chat_id)

    async def _depart(self, flight: Flight) -> None:
        """Note that a request leaves now; called for each attempt."""
        await self._takeovers.land(flight, None)
        if self._takeovers.seconds_left(flight.chat_id) and self._is_of_handler(flight.chat_id):
            raise _TakenOver
        self._takeovers.depart(flight)


def _taken_over(chat_id: str) -> ChatTakenOverError:
    return ChatTakenOverError(f"nothing was sent to {chat_id}, because the owner has taken over the chat")
