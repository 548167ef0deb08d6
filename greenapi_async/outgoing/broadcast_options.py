"""Arguments of ``Client.broadcast``, checked before anything is stored or sent."""

import math
from collections.abc import AsyncIterable, Iterable, Mapping
from typing import Any, Final, Literal, cast

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.outgoing.broadcast_client import BroadcastClient
from greenapi_async.outgoing.broadcast_content import BroadcastContent, check_message
from greenapi_async.outgoing.broadcast_monitor import OnProgress
from greenapi_async.outgoing.broadcast_pace import Pace
from greenapi_async.outgoing.broadcast_preparation import OptOutList
from greenapi_async.outgoing.broadcast_recipients import Recipients

__all__ = ["BroadcastOptions", "check_options"]

MAX_NAME: Final = 100


@attrs.frozen(kw_only=True)
class BroadcastOptions:
    """Arguments of ``Client.broadcast``."""

    name: str
    recipients: Recipients | None
    content: BroadcastContent
    pace: Pace
    check: bool
    opt_outs: OptOutList | Literal["inbox"] | None
    on_progress: OnProgress | None
    settle: float


def check_options(client: BroadcastClient, options: BroadcastOptions) -> None:
    """Check the arguments; their types are checked too, because they are often read from files.

    Args:
        client: The client.
        options: The arguments.

    Raises:
        InvalidArgumentError: One of them is not valid.
    """
    name: Any = options.name
    if not isinstance(name, str) or not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        raise InvalidArgumentError(f"name is {name!r}; expected a string of 1 to {MAX_NAME} printable characters")
    recipients: Any = options.recipients
    if isinstance(recipients, str | bytes) or not isinstance(recipients, Iterable | AsyncIterable | None):
        raise InvalidArgumentError(
            f"recipients is of type {type(cast('object', recipients)).__name__}; expected a list, or an iterator, of "
            "phone numbers, chat ids or Recipient objects"
        )
    settle: Any = options.settle
    if isinstance(settle, bool) or not isinstance(settle, int | float) or not 0 <= settle < math.inf:
        raise InvalidArgumentError(f"settle is {settle!r}; expected seconds, 0 or more")
    if options.on_progress not in (None, "terminal") and not callable(options.on_progress):
        raise InvalidArgumentError(f"on_progress is {options.on_progress!r}; expected a function or 'terminal'")
    if options.opt_outs not in (None, "inbox") and not hasattr(options.opt_outs, "contains"):
        raise InvalidArgumentError(
            f"opt_outs is {options.opt_outs!r}; expected 'inbox', or an object with async def contains(chat_id)"
        )
    _check_content(client, options.content)


def _check_content(client: BroadcastClient, content: BroadcastContent) -> None:
    if callable(content):
        return
    if isinstance(content, Mapping) and content:
        for message in content.values():
            check_message(client, message)
    else:
        check_message(client, content)
