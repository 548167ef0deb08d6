"""Protocols for the client behind a notification or a sent message; models import nothing above them."""

import os
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, TypeAlias, TypeVar, overload

if TYPE_CHECKING:
    from greenapi_async.models.buttons import ReplyButton
    from greenapi_async.models.files import File, Progress, SentFile, Writer
    from greenapi_async.models.forms import FormTexts
    from greenapi_async.models.notifications import (
        IncomingMessageReceived,
        MessageNotification,
        OutgoingMessageStatus,
    )
    from greenapi_async.models.sending import ContactCard, CustomPreview, SentMessage
    from greenapi_async.models.service import ReadMark
    from greenapi_async.models.states import MessageStatus

__all__ = ["BoundClient", "Cancel", "Conversation"]

T = TypeVar("T")

Cancel: TypeAlias = str | Collection[str] | Callable[[Any], bool]
"""Words with which a person cancels a conversation, or a function of a message that decides it, such as a filter."""


class Conversation(Protocol):
    """A dialogue with one person in one chat: while the block lasts, their new messages go here and to no handler.

    Pressed buttons and chosen list rows are messages. Edits, reactions, deletions and votes are not: they go to their
    handlers, ``router.edited``, ``router.reaction``, ``router.deleted`` and ``router.vote``.

    Open it with ``async with notification.conversation() as talk``. A handler that runs again, after a restart or a
    failure, is answered from what was recorded: nothing is asked twice. A handler that lets
    ``ConversationTimeoutError`` or ``ConversationCancelledError`` out has finished: it is not retried.
    """

    async def __aenter__(self) -> Self:
        """Start listening."""
        ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop listening; messages that were not consumed go to the handlers."""
        ...

    async def say(self, text: str) -> "SentMessage":
        """Send a text without waiting for an answer.

        Args:
            text: The text, 1 to 20,000 characters.
        """
        ...

    async def hear(
        self, question: str | None = None, *, check: "Callable[[IncomingMessageReceived], bool] | None" = None
    ) -> "IncomingMessageReceived":
        """Return the person's next message, of any type: also a sticker, a pressed button or a chosen list row.

        Args:
            question: Text to send first; None sends nothing.
            check: Function of a message, such as a filter of ``bots.filters``: return the first message of anybody in
                the chat for which it returns true. Messages that do not pass go to the handlers. The person, and nobody
                else, can cancel. Who has an open conversation in the chat answers that. None waits for the person.

        Raises:
            ConversationTimeoutError: No message arrived within the conversation's timeout.
            ConversationCancelledError: The person cancelled it.
            ConversationEndedError: A message for a handler with ``interrupts=True`` arrived.

        Example:
            >>> answer = await talk.hear("Who drives?", check=filters.text("me", ignore_case=True))
            >>> driver = answer.sender
        """
        ...

    async def ask(self, question: str) -> str:
        """Send a question and return the text of the answer.

        An answer without text, such as a sticker, repeats the question.

        Args:
            question: The text to send.

        Raises:
            ConversationTimeoutError: No message arrived within the conversation's timeout.
            ConversationCancelledError: The person cancelled it.
            ConversationEndedError: A message for a handler with ``interrupts=True`` arrived.
        """
        ...

    async def choose(self, question: str, options: Sequence[str], *, again: str | None = None) -> str:
        """Send a question with numbered options and return the chosen option.

        The person answers with the number or the text of an option; any other answer repeats the question.

        Args:
            question: The text above the options.
            options: Two or more different, non-empty texts.
            again: The text above the options when the question is repeated; None repeats ``question``.

        Raises:
            InvalidArgumentError: ``options`` are fewer than two, empty or not distinct.
            ConversationTimeoutError: No message arrived within the conversation's timeout.
            ConversationCancelledError: The person cancelled it.
            ConversationEndedError: A message for a handler with ``interrupts=True`` arrived.
        """
        ...

    async def form(
        self,
        kind: type[T],
        *,
        texts: "FormTexts | None" = None,
        translate: Callable[[str], str] | None = None,
        known: Mapping[str, object] | None = None,
        confirm: bool = True,
    ) -> T:
        """Ask for the fields of an attrs class, one after the other, and return the object.

        Fields may be ``str``, ``int``, ``float``, ``Decimal``, ``bool``, ``date``, ``time``, ``datetime`` (naive), an
        ``Enum`` (an option per member: its value, if that is a text, or its name), a ``Literal``, one of these or None,
        any type with ``choices``, or with a converter of texts; and a ``list`` or ``tuple[..., ...]`` of options.
        ``question`` of ``greenapi_async.bots`` sets the text of a question and its choices, as ``metadata`` of the
        field.

        An answer of the wrong type, or one for which the converter or the validator of the field raises a
        ``ValueError``, is explained, and the question repeated. The person sends "back" to return to the previous
        question, and "skip" to leave out a field that has a default or may be None. In the end a summary is sent, where
        answers can be changed by their number. Errors that the class raises about several fields are shown there.

        A form consists of ``ask``: timeout and cancelling are those of the conversation, and it continues after a
        restart. Converters and validators run again then.

        Args:
            kind: The class.
            texts: The words "back" and "skip", and all texts beside the questions; None uses English ones.
            translate: Translates each text that is sent: questions, options, labels, ``texts``, and those of errors.
            known: Values of fields by their name; they are not asked for.
            confirm: Whether the summary is sent. Without it, the form ends with the last answer.

        Raises:
            InvalidArgumentError: The class cannot be a form, or a known value is not valid; nothing was sent.
            ConversationTimeoutError: No message arrived within the conversation's timeout.
            ConversationCancelledError: The person cancelled it.
            ConversationEndedError: A message for a handler with ``interrupts=True`` arrived.

        Example:
            >>> @attrs.frozen
            ... class Booking:
            ...     day: date = attrs.field(metadata=question("Which day?"))
            ...     persons: int = attrs.field(validator=attrs.validators.ge(1))
            ...     note: str | None = None
            >>> booking = await talk.form(Booking)
        """
        ...

    async def step(self, name: str, function: Callable[..., Awaitable[T]], *args: object) -> T:
        """Call a function once, even if the handler runs again after a restart or a failure.

        The result is recorded when the function has returned; after a crash in between it is called again. Later runs
        of the handler get the recorded result.

        Args:
            name: Name of the step, which must not change from run to run.
            function: Async function.
            *args: Its arguments.

        Returns:
            The result as JSON gives it back: tuples become lists, for example.

        Raises:
            InvalidArgumentError: JSON cannot represent the result.

        Example:
            >>> booked = await talk.step("reserve", reserve_table, when)
        """
        ...


class BoundClient(Protocol):
    """The part of ``Client`` that notifications and sent messages use."""

    @property
    def id_instance(self) -> int:
        """The instance's id."""
        ...

    def _learn_messenger(self, type_instance: str | None) -> None: ...

    def conversation(
        self, chat_id: str, *, sender: str | None = None, timeout: float = 120.0, cancel: Cancel | None = None
    ) -> Conversation:
        """See ``Client.conversation``."""
        ...

    async def send_message(
        self,
        chat_id: str,
        message: str,
        *,
        quoted_message_id: str | None = None,
        link_preview: bool | None = None,
        archive_chat: bool | None = None,
        typing_time: int | None = None,
        typing_type: str | None = None,
        type_preview: Literal["small", "large"] | None = None,
        custom_preview: "CustomPreview | None" = None,
        once: str | None = None,
    ) -> "SentMessage":
        """See ``Client.send_message``."""
        ...

    async def send_poll(
        self,
        chat_id: str,
        message: str,
        options: Sequence[str],
        *,
        multiple_answers: bool | None = None,
        is_anonymous: bool | None = None,
        quoted_message_id: str | None = None,
        typing_time: int | None = None,
        typing_type: str | None = None,
        once: str | None = None,
    ) -> "SentMessage":
        """See ``Client.send_poll``."""
        ...

    async def send_location(
        self,
        chat_id: str,
        latitude: float,
        longitude: float,
        *,
        name_location: str | None = None,
        address: str | None = None,
        quoted_message_id: str | None = None,
        typing_time: int | None = None,
        typing_type: str | None = None,
    ) -> "SentMessage":
        """See ``Client.send_location``."""
        ...

    async def send_contact(
        self,
        chat_id: str,
        contact: "ContactCard",
        *,
        quoted_message_id: str | None = None,
        typing_time: int | None = None,
        typing_type: str | None = None,
    ) -> "SentMessage":
        """See ``Client.send_contact``."""
        ...

    async def send_interactive_buttons_reply(
        self,
        chat_id: str,
        body: str,
        buttons: "Sequence[ReplyButton]",
        *,
        header: str | None = None,
        footer: str | None = None,
        typing_time: int | None = None,
    ) -> "SentMessage":
        """See ``Client.send_interactive_buttons_reply``."""
        ...

    async def send_file_by_upload(
        self,
        chat_id: str,
        file: "File",
        *,
        file_name: str | None = None,
        caption: str | None = None,
        quoted_message_id: str | None = None,
        typing_time: int | None = None,
        typing_type: Literal["recording"] | None = None,
        progress: "Progress | None" = None,
    ) -> "SentFile":
        """See ``Client.send_file_by_upload``."""
        ...

    async def edit_message(self, chat_id: str, id_message: str, message: str) -> "SentMessage":
        """See ``Client.edit_message``."""
        ...

    async def delete_message(self, chat_id: str, id_message: str) -> None:
        """See ``Client.delete_message``."""
        ...

    async def read_chat(self, chat_id: str, *, id_message: str | None = None) -> "ReadMark":
        """See ``Client.read_chat``."""
        ...

    @overload
    async def download(
        self,
        file: "MessageNotification",
        path: str | os.PathLike[str],
        *,
        max_bytes: int | None = None,
        progress: "Progress | None" = None,
    ) -> Path: ...
    @overload
    async def download(
        self,
        file: "MessageNotification",
        path: None = None,
        *,
        max_bytes: int | None = None,
        progress: "Progress | None" = None,
    ) -> bytes: ...
    @overload
    async def download(
        self,
        file: "MessageNotification",
        path: "Writer",
        *,
        max_bytes: int | None = None,
        progress: "Progress | None" = None,
    ) -> int: ...
    @overload
    async def download(
        self,
        file: "MessageNotification",
        path: "str | os.PathLike[str] | Writer | None" = None,
        *,
        max_bytes: int | None = None,
        progress: "Progress | None" = None,
    ) -> Path | bytes | int: ...

    async def wait_for_status(
        self, id_message: str, status: "MessageStatus", *, timeout: float, chat_id: str | None = None
    ) -> "OutgoingMessageStatus":
        """See ``Client.wait_for_status``."""
        ...
