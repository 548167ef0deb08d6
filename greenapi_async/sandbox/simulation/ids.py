"""Ids of messages, in the two forms of the manual's examples and in those of MAX and Telegram, and tokens."""

from collections.abc import Callable
from random import Random

import attrs

from greenapi_async.sandbox.simulation.messengers import MAX, Messenger

__all__ = ["MessageIds", "incoming_id", "new_token", "number_id", "outgoing_id"]


@attrs.define(eq=False)
class MessageIds:
    """Source of the ids of an account's messages; those of MAX and Telegram are unique within one chat only."""

    _messenger: Messenger
    _random: Random = attrs.field(repr=False)
    _clock: Callable[[], float] = attrs.field(repr=False)
    _last: dict[str, int] = attrs.field(factory=dict[str, int], init=False, repr=False)

    def new(self, chat_id: str, *, incoming: bool) -> str:
        """Generate the id of a message in a chat."""
        if not self._messenger.has_numbers:
            return (incoming_id if incoming else outgoing_id)(self._random)
        least = number_id(self._messenger, self._clock())
        self._last[chat_id] = max(least, self._last.get(chat_id, 0) + 1)
        return str(self._last[chat_id])


def number_id(messenger: Messenger, at: float) -> int:
    """Return the first id of a moment, such as 115689763107266127 of MAX and 1769676078000 of Telegram."""
    return (int(at * 1000) << 16) + 1 if messenger is MAX else int(at) * 1000 + 1


def outgoing_id(random: Random) -> str:
    """Generate the id of an outgoing message, such as 3EB0C767D097B7C7C030."""
    return f"3EB0{random.getrandbits(64):016X}"


def incoming_id(random: Random) -> str:
    """Generate the id of an incoming message, such as F7AEC1B7086ECDC7E6E45923F5EDB825."""
    return f"{random.getrandbits(128):032X}"


def new_token(random: Random) -> str:
    """Generate the token of an instance, such as bde035edae3fc00bc116bd112297908d8145e5ba8decc5d884."""
    return f"{random.getrandbits(200):050x}"
