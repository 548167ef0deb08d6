"""``opt_out_router``: a router for the messages with which people opt out of broadcasts and back in."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from greenapi_async.bots.dispatch import SKIP, Skip
from greenapi_async.bots.filters import where
from greenapi_async.bots.router import Router
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.base import Inbox
from greenapi_async.models.notifications import IncomingMessageReceived, Notification
from greenapi_async.outgoing.opt_out_words import Language
from greenapi_async.outgoing.opt_outs import OptOuts, find_opt_out

if TYPE_CHECKING:
    from greenapi_async.processing.client_protocol import ProcessClient

# ProcessClient's private members are for this package.
# pyright: reportPrivateUsage=false

__all__ = ["opt_out_router"]


def opt_out_router(*, languages: Mapping[str, Language] | None = None, inbox: Inbox | None = None) -> Router:
    """Return a router that handles "stop", "unsubscribe" and the like, confirms it, and lets people come back.

    Include it before handlers of all messages, but after your own handlers of such words, as of the command "/stop":
    the first handler that matches gets the message. Whoever opted out is in ``client.opt_outs``, and
    ``client.broadcast`` skips them.

    In a conversation, words such as "stop" are answers, or cancel it; they do not opt out. Words that can mean nothing
    else, such as "unsubscribe", come here, and the conversation goes on. "start" comes here only from people who have
    opted out.

    Args:
        languages: Words and confirmations; None for ``types.LANGUAGES``. For your own confirmations, pass for example
            ``{"en": attrs.evolve(LANGUAGES["en"], stopped="Bye!")}``.
        inbox: Where opt-outs are stored; None for the inbox of the run.

    Example:
        >>> router = Router()
        >>> router.include(opt_out_router())
    """
    router = Router()

    def is_certain(notification: Notification) -> bool:
        word = find_opt_out(notification, languages)
        return word is not None and word.is_certain

    def is_word(notification: Notification) -> bool:
        return find_opt_out(notification, languages) is not None

    async def handle(notification: IncomingMessageReceived) -> Skip | None:
        client = cast("ProcessClient", notification.client)
        used = inbox or client._waiters.inbox
        if used is None:
            raise InvalidArgumentError(
                "opt-outs are stored in an inbox, and there is no run; use opt_out_router(inbox=)"
            )
        return None if await OptOuts(used, client).handle(notification, languages=languages) else SKIP

    router.message(where(is_certain), interrupts="keep")(handle)
    router.message(where(is_word))(handle)
    return router
