"""What can be given to a function by the annotation of its parameter, and how it is had when the function is run."""

import re
from collections.abc import Callable, Mapping
from operator import attrgetter
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

import attrs

from greenapi_async.base_client import BaseClient
from greenapi_async.bots.event import Event
from greenapi_async.bots.filters import Command
from greenapi_async.bots.kinds import NOTIFICATIONS
from greenapi_async.bots.signatures import Function, annotation_words
from greenapi_async.bots.states import Context
from greenapi_async.models.messages import BaseMessage
from greenapi_async.models.notifications import BaseNotification

__all__ = ["Give", "NotOffered", "Offer", "Run"]


@attrs.define(eq=False)
class Run:
    """One run of a handler."""

    event: Event
    error: Exception | None = None
    """What an error handler is for."""
    made: dict[Any, Any] = attrs.field(factory=dict[Any, Any])
    """What was provided for it."""


Give = Callable[[Run], Any]

_NOTIFICATION: Final[Give] = attrgetter("event.notification")
_MESSAGE: Final[Give] = attrgetter("event.message")
_CLIENT: Final[Give] = attrgetter("event.notification.client")
_CONTEXT: Final[Give] = attrgetter("event.context")
_ERROR: Final[Give] = attrgetter("error")
_FOUND: Final = {Command: "filters.command(...)", re.Match: "filters.regex(...)"}


class NotOffered(Exception):  # noqa: N818  told to the user as another
    """Why an annotation cannot be given."""


@attrs.frozen(kw_only=True)
class Offer:
    """What holds wherever the function is run."""

    notifications: frozenset[type[BaseNotification]]
    """The classes that may come."""
    messages: frozenset[type[BaseMessage]] | None
    """The classes that may come; None where there may be no message."""
    found: frozenset[type]
    """What filters have surely found."""
    errors: tuple[type[Exception], ...] = ()
    provided: Mapping[Any, Function]

    def find(self, annotation: Any) -> Give:
        """Give what an annotation stands for, when it is nothing that is provided; raises ``NotOffered``."""
        if get_origin(annotation) is Annotated:
            annotation = annotation.__origin__
        members = get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)
        wanted = tuple(get_origin(one) or one for one in members if one is not NoneType)
        if wanted and all(isinstance(one, type) for one in wanted):
            none_will_do = len(wanted) < len(members)
            give = self._by_class(wanted, none_will_do=none_will_do)
            if give is not None and not (re.Match in wanted and re.Match[bytes] in members):
                return give
        raise NotOffered("which nothing here gives")

    def _by_class(self, wanted: tuple[type, ...], *, none_will_do: bool) -> Give | None:
        if all(issubclass(one, BaseNotification) for one in wanted):
            return self._notification(wanted)
        if all(issubclass(one, BaseMessage) for one in wanted):
            return self._message(wanted, none_will_do=none_will_do)
        if self.errors and all(issubclass(one, BaseException) for one in wanted):
            return self._error(wanted)
        return self._one(wanted[0], none_will_do=none_will_do) if len(wanted) == 1 else None

    def _one(self, kind: type, *, none_will_do: bool) -> Give | None:
        if kind in _FOUND:
            return self._found(kind, none_will_do=none_will_do)
        if kind is Context:
            return _CONTEXT
        is_client = issubclass(kind, BaseClient) and all(hasattr(kind, name) for name in ("send_message", "read_chat"))
        return _CLIENT if is_client else None

    def _notification(self, wanted: tuple[type, ...]) -> Give:
        others = [one for one in self.notifications if not issubclass(one, wanted)]
        if others:
            raise NotOffered(f"but {_names(others)} may come here")
        return _NOTIFICATION

    def _message(self, wanted: tuple[type, ...], *, none_will_do: bool) -> Give:
        if none_will_do:
            return lambda run: run.event.message if isinstance(run.event.message, wanted) else None
        if self.messages is None:
            raise NotOffered("but what comes here need not have a message; filters.kind(...) sees to that")
        others = [one for one in self.messages if not issubclass(one, wanted)]
        if others:
            what = "any message" if len(others) > 6 else _names(others)
            raise NotOffered(f"but {what} may come here; filters.kind(...) sees to the class")
        return _MESSAGE

    def _error(self, wanted: tuple[type, ...]) -> Give:
        others = [one for one in self.errors if not issubclass(one, wanted)]
        if others:
            raise NotOffered(f"but {_names(others)} may come here")
        return _ERROR

    def _found(self, kind: type, *, none_will_do: bool) -> Give:
        if none_will_do:
            return lambda run: run.event.found.get(kind)
        if kind not in self.found:
            raise NotOffered(f"but no {_FOUND[kind]} has surely matched here")
        return lambda run: run.event.found[kind]

    def __str__(self) -> str:
        """All that may be asked for, in words."""
        words = [
            "Notification"
            if self.notifications >= NOTIFICATIONS
            else _names(self.notifications) + " or a base class of it"
        ]
        if self.messages is not None:
            words.append("Message" if len(self.messages) > 6 else _names(self.messages))
        words += [
            "Client",
            "Context[...]",
            *("re.Match[str]" if one is re.Match else one.__name__ for one in self.found),
        ]
        words += [one.__name__ for one in self.errors]
        words += map(annotation_words, self.provided)
        return ", ".join(words)


def _names(classes: "frozenset[type[Any]] | list[type[Any]]") -> str:
    names = sorted(one.__name__ for one in classes)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
