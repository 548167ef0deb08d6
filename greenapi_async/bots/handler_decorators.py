"""Handler decorators: the methods of a router that register handlers, one for each kind of notification."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from greenapi_async.bots.event import EVENT_TYPES, MESSAGE_TYPES
from greenapi_async.bots.filters import Filter
from greenapi_async.bots.gathering import Gather
from greenapi_async.bots.registration import check_gather, check_notification_classes, plan_handler
from greenapi_async.bots.registry import Registry
from greenapi_async.bots.signatures import caller_locals, require_function
from greenapi_async.models.messages import (
    BaseMessage,
    DeletedMessage,
    EditedMessage,
    PollUpdateMessage,
    ReactionMessage,
)
from greenapi_async.models.notifications import BaseNotification, IncomingMessageReceived
from greenapi_async.processing.waiters import Interruption

__all__ = ["HandlerDecorators"]

_NEW_MESSAGES = MESSAGE_TYPES - EVENT_TYPES

HandlerFunction = TypeVar("HandlerFunction", bound=Callable[..., object])


class HandlerDecorators:
    """Base class of ``Router``: decorators that register handlers."""

    _registry: Registry

    def message(
        self, *filters: Filter, interrupts: Interruption = False, gather: float | None = None, at_most: float = 30
    ) -> Callable[[HandlerFunction], HandlerFunction]:
        """Register a handler of new incoming messages, among them pressed buttons and chosen list rows.

        Edits, reactions, deletions and votes are not new messages: they have ``edited``, ``reaction``, ``deleted`` and
        ``vote``. This handler gets them only if a filter matches because it names their class, as
        ``filters.kind(ReactionMessage)`` and ``filters.poll(...)`` do.

        Args:
            *filters: All of them must match; without filters every new incoming message matches.
            interrupts: True if such a message ends the conversation that waits for it, with ``ConversationEndedError``,
                and is then handled as usual; ``"keep"`` if the conversation goes on after it was handled. Both need
                filters that are neither async nor about states. With False the message is an answer.
            gather: Seconds for which a person must be quiet; then the handler gets what they wrote in the chat as one
                list, by the annotation ``list[IncomingMessageReceived]``; one that asks for a single message instead is
                refused when the router is compiled. All are acknowledged together. Filters decide for each message; a
                message that another handler matches ends the list. None handles each message alone.
            at_most: Seconds after the first message with which the list ends in any case.

        Raises:
            InvalidArgumentError: An argument is not a filter or not valid, or the decorated object is not a function.

        Example:
            >>> @router.message(filters.text("hi", ignore_case=True))
            ... async def greet(notification: IncomingMessageReceived) -> None:
            ...     await notification.reply("Hello!")
        """
        gathered = check_gather(gather, at_most, interrupts=interrupts)
        return self._register(
            "message", (IncomingMessageReceived,), filters, _NEW_MESSAGES, interrupts=interrupts, gather=gathered
        )

    def edited(self, *filters: Filter) -> Callable[[HandlerFunction], HandlerFunction]:
        """Register a handler of edits of incoming messages.

        ``notification.text`` is the new text, ``message.stanza_id`` the id of the edited message. Edits arrive while
        the setting ``edited_message_webhook`` is on. Edits made on the account's own phone are outgoing: use
        ``on(OutgoingMessageReceived, filters.kind(EditedMessage))``.

        Args:
            *filters: All of them must match; without filters every edit matches.

        Raises:
            InvalidArgumentError: An argument is not a filter, the filters exclude edits, or the decorated object is
                not a function.

        Example:
            >>> @router.edited(filters.command("pay"))
            ... async def edited(notification: IncomingMessageReceived, message: EditedMessage) -> None:
            ...     await notification.reply("Editing does not change a payment. Send a new command.")
        """
        return self._register("edited", (IncomingMessageReceived,), filters, frozenset({EditedMessage}))

    def reaction(self, *filters: Filter) -> Callable[[HandlerFunction], HandlerFunction]:
        """Register a handler of reactions from others.

        ``notification.text`` is the emoji; it is empty if the reaction was removed.

        Args:
            *filters: All of them must match; without filters every reaction matches.

        Raises:
            InvalidArgumentError: An argument is not a filter, the filters exclude reactions, or the decorated object
                is not a function.

        Example:
            >>> @router.reaction(filters.text("👍"))
            ... async def liked(notification: IncomingMessageReceived, message: ReactionMessage) -> None:
            ...     print(notification.sender, "likes a message")
        """
        return self._register("reaction", (IncomingMessageReceived,), filters, frozenset({ReactionMessage}))

    def deleted(self, *filters: Filter) -> Callable[[HandlerFunction], HandlerFunction]:
        """Register a handler of messages that their authors delete for everyone.

        ``message.stanza_id`` is the id of the deleted message. Deletions arrive while the setting
        ``deleted_message_webhook`` is on.

        Args:
            *filters: All of them must match; without filters every deletion matches.

        Raises:
            InvalidArgumentError: An argument is not a filter, the filters exclude deletions, or the decorated object
                is not a function.

        Example:
            >>> @router.deleted()
            ... async def forget(notification: IncomingMessageReceived, message: DeletedMessage) -> None:
            ...     orders.pop(message.stanza_id, None)
        """
        return self._register("deleted", (IncomingMessageReceived,), filters, frozenset({DeletedMessage}))

    def vote(self, *filters: Filter) -> Callable[[HandlerFunction], HandlerFunction]:
        """Register a handler of votes in polls.

        ``message.stanza_id`` is the id of the poll, ``message.votes`` has the current votes of all voters. Votes arrive
        while the setting ``poll_message_webhook`` is on.

        Args:
            *filters: All of them must match; without filters every vote matches.

        Raises:
            InvalidArgumentError: An argument is not a filter, the filters exclude votes, or the decorated object is
                not a function.

        Example:
            >>> @router.vote(filters.poll(polls))
            ... async def count(notification: IncomingMessageReceived, message: PollUpdateMessage) -> None:
            ...     for vote in message.votes or []:
            ...         print(vote.option_name, len(vote.option_voters or []))
        """
        return self._register("vote", (IncomingMessageReceived,), filters, frozenset({PollUpdateMessage}))

    def on(
        self, kind: type[BaseNotification], /, *wanted: type[BaseNotification] | Filter
    ) -> Callable[[HandlerFunction], HandlerFunction]:
        """Register a handler of notifications of some classes.

        It gets every notification of the classes: with ``IncomingMessageReceived`` or ``OutgoingMessageReceived`` also
        edits, reactions, deletions and votes. ``notification.message.is_event`` tells them from new messages.

        Args:
            kind: A notification class; its subclasses are included.
            *wanted: More notification classes, and filters that must all match.

        Raises:
            InvalidArgumentError: An argument is neither a notification class nor a filter, or the decorated object
                is not a function.

        Example:
            >>> @router.on(OutgoingMessageStatus)
            ... async def status(notification: OutgoingMessageStatus) -> None:
            ...     print(notification.id_message, notification.status)
        """
        kinds = [kind, *(one for one in wanted if isinstance(one, type))]
        check_notification_classes(kinds)
        return self._register("on", kinds, [one for one in wanted if not isinstance(one, type)], None)

    def _register(
        self,
        name: str,
        kinds: Sequence[type[BaseNotification]],
        filters: Sequence[Filter],
        messages: frozenset[type[BaseMessage]] | None,
        *,
        interrupts: Interruption = False,
        gather: Gather | None = None,
    ) -> Callable[[HandlerFunction], HandlerFunction]:
        complete = plan_handler(name, kinds, filters, messages, interrupts=interrupts, gather=gather)

        def register(function: HandlerFunction) -> HandlerFunction:
            registered = require_function(function, "A handler", caller_locals())
            self._registry.add(self._registry.entries, complete(registered))
            return function

        return register
