"""Resolver: what dependency injection can supply for the annotation of a parameter, apart from providers.

Resolution happens once, when the router is compiled. Its result is a getter that reads the argument from an
invocation, so that nothing is inspected while notifications are handled.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin

import attrs

from greenapi_async.base_client import BaseClient
from greenapi_async.bots.annotations import UnresolvableError
from greenapi_async.bots.context import Context
from greenapi_async.bots.event import NOTIFICATION_TYPES, Event
from greenapi_async.bots.filters import Command, Text
from greenapi_async.bots.signatures import Function, format_annotation
from greenapi_async.models.messages import BaseMessage
from greenapi_async.models.notifications import BaseNotification, IncomingMessageReceived

__all__ = ["Getter", "Invocation", "Resolver"]


@attrs.define(eq=False)
class Invocation:
    """One run of a handler."""

    event: Event
    error: Exception | None = None
    """The exception that an error handler handles."""
    dependencies: dict[Any, Any] = attrs.field(factory=dict[Any, Any])
    """Values of the providers, by type."""


Getter = Callable[[Invocation], Any]

_NOTIFICATION: Final[Getter] = attrgetter("event.notification")
_GATHERED: Final[Getter] = attrgetter("event.gathered")
_MESSAGE: Final[Getter] = attrgetter("event.message")
_CLIENT: Final[Getter] = attrgetter("event.notification.client")
_CONTEXT: Final[Getter] = attrgetter("event.context")
_ERROR: Final[Getter] = attrgetter("error")
_CAPTURED_BY: Final = {Command: "filters.command(...)", re.Match: "filters.regex(...)", Text: "filters.has_text"}
_OF_ONE_MESSAGE: Final = (BaseNotification, BaseMessage, *_CAPTURED_BY)
_MOST_LISTED: Final = 6
"""Message classes that an error message lists; if there are more, it says "any message"."""


@attrs.frozen(kw_only=True)
class Resolver:
    """The guarantees that hold for every invocation of one function, and the getters they allow."""

    notifications: frozenset[type[BaseNotification]]
    """Notification classes that can reach it."""
    messages: frozenset[type[BaseMessage]] | None
    """Message classes that can reach it; None if a notification without message can reach it."""
    captures: frozenset[type]
    """Types of the values that filters are certain to have captured."""
    errors: tuple[type[Exception], ...] = ()
    """Exceptions that it handles; empty unless it is an error handler."""
    providers: Mapping[Any, Function]
    gathers: bool = False
    """True if messages are gathered for it."""

    def resolve(self, annotation: Any) -> Getter:
        """Return the getter for an annotation without a provider; raise ``UnresolvableError`` if there is none.

        Args:
            annotation: The annotation, without type aliases and ``Annotated``.
        """
        if get_origin(annotation) in {list, Sequence} and _is_message(get_args(annotation)[0]):
            if self.gathers:
                return _GATHERED
            raise UnresolvableError("but it is called for each message; use @router.message(gather=3)")
        members = _members(annotation)
        wanted = tuple(get_origin(one) or one for one in members if one is not NoneType)
        if wanted and all(isinstance(one, type) for one in wanted):
            optional = len(wanted) < len(members)
            getter = self._by_class(wanted, optional=optional)
            if getter is not None and not (re.Match in wanted and re.Match[bytes] in members):
                return getter
        raise UnresolvableError("which nothing provides")

    def is_all(self, getter: Getter) -> bool:
        """Return whether a getter returns all messages that were gathered."""
        return getter is _GATHERED

    def is_of_one(self, annotation: Any) -> bool:
        """Return whether an annotation asks for a single message, its notification, or what a filter read in it.

        Args:
            annotation: The annotation, without type aliases and ``Annotated``.
        """
        kinds = (get_origin(one) or one for one in _members(annotation))
        return any(isinstance(one, type) and issubclass(one, _OF_ONE_MESSAGE) for one in kinds)

    @property
    def notification(self) -> Getter:
        """The getter of the notification, whatever its class; of all of them, if they are gathered."""
        return _GATHERED if self.gathers else _NOTIFICATION

    def _by_class(self, wanted: tuple[type, ...], *, optional: bool) -> Getter | None:
        if all(issubclass(one, BaseNotification) for one in wanted):
            return self._notification(wanted)
        if all(issubclass(one, BaseMessage) for one in wanted):
            return self._message(wanted, optional=optional)
        if self.errors and all(issubclass(one, BaseException) for one in wanted):
            return self._error(wanted)
        return self._single(wanted[0], optional=optional) if len(wanted) == 1 else None

    def _single(self, kind: type, *, optional: bool) -> Getter | None:
        if kind is Text:
            return self._text(optional=optional)
        if kind in _CAPTURED_BY or kind in self.captures:
            return self._captured(kind, optional=optional)
        if kind is Context:
            return _CONTEXT
        is_client = issubclass(kind, BaseClient) and all(hasattr(kind, name) for name in ("send_message", "read_chat"))
        return _CLIENT if is_client else None

    def _notification(self, wanted: tuple[type, ...]) -> Getter:
        others = [one for one in self.notifications if not issubclass(one, wanted)]
        if others:
            raise UnresolvableError(f"but it can receive {_join(others)}{_advise_union(wanted, others)}")
        return _NOTIFICATION

    def _message(self, wanted: tuple[type, ...], *, optional: bool) -> Getter:
        if optional:
            return lambda invocation: invocation.event.message if isinstance(invocation.event.message, wanted) else None
        if self.messages is None:
            raise UnresolvableError("but it can receive notifications without a message; add filters.kind(...)")
        others = [one for one in self.messages if not issubclass(one, wanted)]
        if others:
            what = "any message" if len(others) > _MOST_LISTED else _join(others)
            raise UnresolvableError(f"but it can receive {what}{_advise_union(wanted, others)}; add filters.kind(...)")
        return _MESSAGE

    def _error(self, wanted: tuple[type, ...]) -> Getter:
        others = [one for one in self.errors if not issubclass(one, wanted)]
        if others:
            raise UnresolvableError(f"but it can receive {_join(others)}{_advise_union(wanted, others)}")
        return _ERROR

    def _captured(self, kind: type, *, optional: bool) -> Getter:
        if optional:
            return lambda invocation: invocation.event.captured.get(kind)
        if kind not in self.captures:
            raise UnresolvableError(f"but {_CAPTURED_BY[kind]} is not certain to have matched")
        return lambda invocation: invocation.event.captured[kind]

    def _text(self, *, optional: bool) -> Getter:
        if optional:
            return lambda invocation: Text(invocation.event.text) if invocation.event.text is not None else None
        if Text not in self.captures:
            raise UnresolvableError(f"but {_CAPTURED_BY[Text]} is not certain to have matched")
        return lambda invocation: Text(invocation.event.text)

    def __str__(self) -> str:
        """The annotations that can be resolved."""
        names = [
            "Notification"
            if self.notifications >= NOTIFICATION_TYPES
            else f"{_join(self.notifications)} or a base class of it"
        ]
        if self.gathers:
            names.insert(0, "list[IncomingMessageReceived]")
        if self.messages is not None:
            names.append("Message" if len(self.messages) > _MOST_LISTED else _join(self.messages))
        names += [
            "Client",
            "Context[...]",
            *("re.Match[str]" if one is re.Match else one.__name__ for one in _by_name(self.captures)),
        ]
        names += [one.__name__ for one in self.errors]
        names += map(format_annotation, self.providers)
        return ", ".join(names)


def _members(annotation: Any) -> tuple[Any, ...]:
    """Return the members of a union; anything else is its only member."""
    return get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)


def _is_message(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(IncomingMessageReceived, kind)


def _by_name(classes: Iterable[type[Any]]) -> list[type[Any]]:
    return sorted(classes, key=attrgetter("__name__"))


def _join(classes: Iterable[type[Any]]) -> str:
    names = [one.__name__ for one in _by_name(classes)]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _advise_union(wanted: tuple[type, ...], others: list[type[Any]]) -> str:
    """Return the advice to annotate the union of all classes; empty if they are too many to list."""
    if len(others) > _MOST_LISTED:
        return ""
    names = dict.fromkeys(one.__name__ for one in (*wanted, *_by_name(others)))
    return f" too; annotate it as {' | '.join(names)}"
