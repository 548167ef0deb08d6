"""Own messages: the ids of what this client sends, and the requests whose answer with the id is not there yet.

They tell the messages of the bot apart from those that the owner of the account writes on the phone. A notification can
arrive before the answer to the request that sent the message.
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from greenapi_async.models.chat_ids import is_chat_number, may_be_same_chat
from greenapi_async.models.identities import Identities

__all__ = ["Flight", "OwnMessages", "ids_of"]

MAX_IDS: Final = 10_000
"""Ids of sent messages that are remembered."""


class Flight:
    """A request that sends a message to a chat.

    Args:
        chat_id: The chat.
    """

    def __init__(self, chat_id: str) -> None:
        self.chat_id = chat_id


class OwnMessages:
    """The messages that one client has sent, and those that it is sending.

    Args:
        identities: Which ids belong to the same person.
    """

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._flights: set[Flight] = set()
        self._sent: OrderedDict[str, frozenset[str]] = OrderedDict()

    def depart(self, flight: Flight) -> None:
        """Note that a request leaves."""
        self._flights.add(flight)

    def land(self, flight: Flight, ids: Iterator[str]) -> None:
        """Note that a request was answered or has failed, with the ids of the messages that it has sent."""
        self._flights.discard(flight)
        for id_message in ids:
            self._sent[id_message] = self._sent.pop(id_message, frozenset[str]()) | {flight.chat_id}
            if len(self._sent) > MAX_IDS:
                self._sent.popitem(last=False)

    def in_flight(self, chat_id: str) -> set[Flight]:
        """Return the requests to a chat that are not answered."""
        return {flight for flight in self._flights if self._may_be_same(flight.chat_id, chat_id)}

    def has(self, id_message: str | None, chat_id: str) -> bool:
        """Return whether a message was sent by this client.

        Args:
            id_message: Its id; on MAX and Telegram it is unique within its chat only.
            chat_id: Its chat.
        """
        recipients = self._sent.get(id_message or "", ())
        return any(not is_chat_number(chat_id) or self._may_be_same(each, chat_id) for each in recipients)

    def _may_be_same(self, one: str, other: str) -> bool:
        return other in self._identities.ids_of(one) or may_be_same_chat(one, other)


def ids_of(answer: object) -> Iterator[str]:
    """Yield the ids of the messages that a method has sent, from its answer."""
    found: Any = getattr(answer, "id_message", None) or getattr(answer, "messages", None)
    if isinstance(answer, Mapping):
        found = cast("Mapping[str, Any]", answer).get("idMessage")
    for each in [found] if isinstance(found, str) else found or ():
        if isinstance(each, str):
            yield each
