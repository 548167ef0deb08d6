"""The classes that notifications and their messages come in; the classes above them have no objects of their own."""

from typing import Final, cast, get_args

from greenapi_async.models.messages import BaseMessage, Message
from greenapi_async.models.notifications import BaseNotification, Notification

__all__ = ["MESSAGES", "NOTIFICATIONS"]

NOTIFICATIONS: Final = cast("frozenset[type[BaseNotification]]", frozenset(get_args(Notification)))
MESSAGES: Final = cast("frozenset[type[BaseMessage]]", frozenset(get_args(Message)))
