"""What filters look at: a notification on its way to a handler."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import attrs

from greenapi_async.bots.states import Context
from greenapi_async.models.messages import Message
from greenapi_async.models.notifications import MessageNotification, Notification

__all__ = ["Event"]

_NOTHING: Final[Mapping[type, object]] = MappingProxyType({})


@attrs.define(eq=False)
class Event:
    """A notification, what is kept of its chat, and what filters have found in it."""

    notification: Notification
    context: Context[Any] | None = None
    """The state; None where nothing asks for it."""
    found: Mapping[type, object] = _NOTHING
    """What the filters that matched leave for the handler, by its type; replaced, never changed."""
    message: Message | None = attrs.field(init=False)
    """The notification's message, if it has one."""
    text: str | None = attrs.field(init=False)
    """The notification's human text."""
    _folded: str | None = attrs.field(default=None, init=False, repr=False)
    _first_word: str | None = attrs.field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        notification = self.notification
        self.message = notification.message if isinstance(notification, MessageNotification) else None
        self.text = notification.text

    @property
    def folded(self) -> str:
        """The text made comparable without case; empty where there is none."""
        if self._folded is None:
            self._folded = (self.text or "").casefold()
        return self._folded

    @property
    def first_word(self) -> str:
        """The first word of ``folded``; empty where there is none."""
        if self._first_word is None:
            self._first_word = next(iter(self.folded.split(None, 1)), "")
        return self._first_word
