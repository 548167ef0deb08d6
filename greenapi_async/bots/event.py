"""Event: a notification while it is matched against filters, with the values that filters captured."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, cast, get_args

import attrs

from greenapi_async.bots.context import Context
from greenapi_async.models.messages import BaseMessage, Message
from greenapi_async.models.notifications import BaseNotification, MessageNotification, Notification

__all__ = ["EVENT_TYPES", "MESSAGE_TYPES", "NOTIFICATION_TYPES", "Event"]

NOTIFICATION_TYPES: Final = cast("frozenset[type[BaseNotification]]", frozenset(get_args(Notification)))
"""The concrete notification classes; their base classes are never instantiated."""
MESSAGE_TYPES: Final = cast("frozenset[type[BaseMessage]]", frozenset(get_args(Message)))
"""The concrete message classes; their base classes are never instantiated."""
EVENT_TYPES: Final = frozenset(one for one in MESSAGE_TYPES if one.is_event)
"""The message classes of events about another message: edits, deletions, reactions and votes."""
_NOTHING: Final[Mapping[type, object]] = MappingProxyType({})


@attrs.define(eq=False)
class Event:
    """The argument of a filter's ``test``: a notification, its conversation state and captured values.

    Attributes:
        notification: The notification.
        context: The conversation state; None if no filter or handler needs it.
        captured: Values that matching filters captured for the handler, by type. Replaced as a whole, never mutated.
        gathered: The messages that the handler gets together, with ``gather``.
        message: The notification's message, or None if it has none.
        text: The notification's text, or None if it has none.
    """

    notification: Notification
    context: Context[Any] | None = None
    captured: Mapping[type, object] = _NOTHING
    gathered: list[Any] = attrs.field(factory=list[Any], repr=False)
    message: Message | None = attrs.field(init=False)
    text: str | None = attrs.field(init=False)
    _folded: str | None = attrs.field(default=None, init=False, repr=False)
    _first_word: str | None = attrs.field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        notification = self.notification
        self.message = notification.message if isinstance(notification, MessageNotification) else None
        self.text = notification.text

    @property
    def folded(self) -> str:
        """The text, casefolded for case-insensitive comparison; empty if there is none."""
        if self._folded is None:
            self._folded = (self.text or "").casefold()
        return self._folded

    @property
    def first_word(self) -> str:
        """The first word of ``folded``; empty if there is none."""
        if self._first_word is None:
            self._first_word = next(iter(self.folded.split(None, 1)), "")
        return self._first_word
