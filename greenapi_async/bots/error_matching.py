"""Error matching: the classes for which an exception is looked up among the error handlers.

The nearest class counts: first the exception's own class, then its base classes.

A group, as raised by a task group, is looked up first as ``ExceptionGroup``, for handlers that ask for groups. Then
each exception in it goes to the handler of its nearest class. A handler is called once per group. What is left, as a
group, goes to handlers of ``Exception``, and then to the router around.

The ordinary end of a conversation is not a failure: only handlers that name ``ConversationEndedError`` or a subclass
receive it, those of ``Exception`` and ``GreenAPIError`` do not.
"""

from collections.abc import Iterator, Sequence
from typing import Any, cast

from greenapi_async.errors import ConversationEndedError

__all__ = ["classes_of", "is_ordinary_end", "leaves_of", "without"]


def classes_of(error: Exception, *, in_group: bool = False) -> Sequence[type]:
    """Return the classes under which an exception is looked up, the nearest first.

    Args:
        error: The exception.
        in_group: Whether it is part of a group; handlers of ``Exception`` get the group.
    """
    classes = type(error).__mro__
    if isinstance(error, ExceptionGroup):
        return classes[: classes.index(ExceptionGroup) + 1]
    if isinstance(error, ConversationEndedError):
        return classes[: classes.index(ConversationEndedError) + 1]
    return classes[: classes.index(Exception)] if in_group else classes


def is_ordinary_end(group: ExceptionGroup[Exception]) -> bool:
    """Return whether a group consists of ended conversations."""
    return group.split(ConversationEndedError)[1] is None


def leaves_of(group: ExceptionGroup[Exception]) -> Iterator[Exception]:
    """Yield the exceptions in a group and in the groups in it."""
    for one in group.exceptions:
        if isinstance(one, ExceptionGroup):
            yield from leaves_of(cast("ExceptionGroup[Exception]", one))
        else:
            yield one


def without(group: ExceptionGroup[Exception], handled: Sequence[Exception]) -> ExceptionGroup[Exception] | None:
    """Return a group without some of its exceptions, or None if none is left."""
    if not handled:
        return group
    left: Any = group.subgroup(lambda one: not isinstance(one, BaseExceptionGroup) and one not in handled)
    return cast("ExceptionGroup[Exception] | None", left)
