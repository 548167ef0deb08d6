"""The messengers that an instance can be of: WhatsApp, MAX and Telegram.

Source: the vendor's pages and clients of MAX and Telegram.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal, get_args

import attrs

from greenapi_async.sandbox.payloads.schema import CHAT_ID, NUMBER_ID, is_group

__all__ = ["MAX", "MESSENGERS", "STATES", "TELEGRAM", "WHATSAPP", "Messenger", "State"]

State = Literal[
    "notAuthorized", "authorized", "blocked", "sleepMode", "starting", "yellowCard", "suspended", "pendingPassword"
]
STATES: tuple[State, ...] = get_args(State)


@attrs.frozen(kw_only=True)
class Messenger:
    """Facts about the instances of one messenger.

    Attributes:
        name: Its name.
        type_instance: Its name in `instanceData`.
        path: What may stand in front of `waInstance` in its paths.
        first_instance: The number of the first instance.
        chat_id: The form of its chat ids.
        formats: What the server says about a chat id of another form.
        states: The states of its instances.
        quotes_beside: Whether a text that quotes another message stays a `textMessage`.
    """

    name: str
    type_instance: str
    path: str = ""
    first_instance: int
    chat_id: re.Pattern[str] = NUMBER_ID
    formats: str = "'user_id' or '-group_id'"
    states: tuple[State, ...]
    quotes_beside: bool = False

    @property
    def has_numbers(self) -> bool:
        """True if chat ids are numbers, and message ids unique within one chat only."""
        return self.chat_id is NUMBER_ID

    def is_person(self, chat_id: str) -> bool:
        """Return whether a chat id is that of a private chat."""
        return self.chat_id.fullmatch(chat_id) is not None and not is_group(chat_id)


WHATSAPP: Final = Messenger(
    name="whatsapp",
    type_instance="whatsapp",
    first_instance=1101000001,
    chat_id=CHAT_ID,
    formats="'phone_number@c.us' or 'group_id@g.us'",
    states=STATES[:-1],
)
MAX: Final = Messenger(
    name="max",
    type_instance="v3",
    path="/v3",
    first_instance=3100000001,
    states=("notAuthorized", "authorized", "blocked", "starting", "suspended"),
    quotes_beside=True,
)
TELEGRAM: Final = Messenger(
    name="telegram",
    type_instance="telegram",
    first_instance=4100000001,
    states=("notAuthorized", "authorized", "blocked", "starting", "suspended", "pendingPassword"),
)
MESSENGERS: Final[Mapping[str, Messenger]] = {each.name: each for each in (WHATSAPP, MAX, TELEGRAM)}
