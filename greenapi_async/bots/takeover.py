"""Human takeover: the bot is silent where the owner of the account writes; see ``processing.takeovers``."""

from typing import Final, cast

from greenapi_async._internal.checks import is_positive
from greenapi_async.bots.filters import Filter
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.bound import Cancel
from greenapi_async.models.notifications import OutgoingMessageReceived
from greenapi_async.processing.takeovers import Takeover
from greenapi_async.processing.words import matcher

__all__ = ["takeover"]

MAX_MINUTES: Final = 527_040


def takeover(*, minutes: float = 30, keyword: Cancel | None = "/bot", ignore: Filter | None = None) -> Takeover:
    """Return the option ``takeover`` of a router: the bot is silent in a chat while the owner writes there.

    The pause of a chat begins when the owner of the account writes there on the phone. It ends ``minutes`` after the
    owner's last message, or when the owner sends the keyword. It is stored in the inbox, so a restart does not end it.

    During the pause, new messages of the chat go to no handler, except to those with ``interrupts``. What a
    handler of the chat sends there raises ``ChatTakenOverError``; a handler that lets it out has finished.
    Conversations that have begun are suspended: what they send waits, what the person writes is no answer, and the time
    for an answer begins anew when the pause is over. Handlers of other notifications run; those of the owner's messages
    may also send. What the application or the handler of another chat sends to the chat is sent.

    Args:
        minutes: How long the bot is silent after the owner's last message; at most a year.
        keyword: A message with which the owner ends the pause, or several: each must be the whole message, in upper or
            lower case; the person sees it. Or a function that is given a message and returns whether it ends the pause,
            such as a filter. None if there is none.
        ignore: Messages of the owner that begin no pause, such as commands for the bot:
            ``ignore=filters.command("price")``. Messages in the chat with oneself never do.

    Raises:
        InvalidArgumentError: An argument is not valid.

    Example:
        >>> router = Router(takeover=takeover(minutes=30, keyword="/bot"))
    """
    if not is_positive(minutes, MAX_MINUTES):
        raise InvalidArgumentError(
            f"minutes must be a positive number, at most {MAX_MINUTES} (a year), got {minutes!r}"
        )
    if ignore is not None and not (isinstance(cast("object", ignore), Filter) and ignore.decides_at_once):
        raise InvalidArgumentError(
            f"ignore must be a filter, neither of the state nor async, got {ignore!r}. "
            'Example: takeover(ignore=filters.command("price"))'
        )
    return Takeover(minutes * 60, matcher("keyword", keyword), ignore if ignore is not None else _never)


def _never(_: OutgoingMessageReceived) -> bool:
    return False
