"""Messages: what a notification carries, what a journal lists, and what a quote shows. Manual: 1.3.4 and 1.3.5.

Each class names the wrappers its fields may stand in (``textMessageData`` in a notification, nothing in a journal or a
quote); the codec lifts them out, so that one class is read from every shape. To add a type: one class, and its line in
``Message``.
"""

from typing import ClassVar, TypeAlias

import attrs

from greenapi_async.models.base import LIFTED, Model, wire

__all__ = ["BaseMessage", "ExtendedTextMessage", "Message", "QuotedMessage", "TextMessage", "UnknownMessage"]


@attrs.frozen(kw_only=True)
class BaseMessage(Model):
    """What is common to messages."""

    types: ClassVar[tuple[str, ...]] = ()
    """The manual's words for it in ``typeMessage``, compared without case."""
    wrappers: ClassVar[tuple[str, ...]] = ()

    type_message: str | None = None
    """As the server spelled it."""
    stanza_id: str | None = None
    """The id of this message when it is a quote, or of the message it refers to."""
    participant: str | None = None
    """Who wrote the message that ``stanza_id`` names."""
    is_forwarded: bool | None = None
    forwarding_score: int | None = None
    """How often it was passed on."""
    quoted: "Message | None" = attrs.field(default=None, metadata=LIFTED)
    """The message this one answers."""


@attrs.frozen(kw_only=True)
class TextMessage(BaseMessage):
    """A text."""

    types = ("textMessage",)
    wrappers = ("textMessageData",)

    text: str | None = attrs.field(default=None, metadata=wire("textMessage", "text"))
    is_template_message: bool | None = None
    """Whether it was made from a template."""


@attrs.frozen(kw_only=True)
class ExtendedTextMessage(BaseMessage):
    """A text with a link and its preview, or an advertisement."""

    types = ("extendedTextMessage",)
    wrappers = ("extendedTextMessageData", "extendedTextMessage")

    text: str | None = attrs.field(default=None, metadata=wire("text", "textMessage"))
    description: str | None = None
    title: str | None = None
    jpeg_thumbnail: str | None = attrs.field(default=None, repr=False)
    """Base64."""
    preview_type: str | None = None
    contains_auto_reply: bool | None = None
    """This and the following are of advertisements."""
    media_type: str | None = None
    show_ad_attribution: bool | None = None
    source_id: str | None = None
    source_type: str | None = None
    source_url: str | None = None
    conversion_source: str | None = None
    entry_point_conversion_app: str | None = None
    thumbnail_url: str | None = None


@attrs.frozen(kw_only=True)
class QuotedMessage(BaseMessage):
    """A text that answers another message, which is ``quoted``; that may be missing."""

    types = ("quotedMessage",)
    wrappers = ("extendedTextMessageData", "extendedTextMessage")

    text: str | None = attrs.field(default=None, metadata=wire("text", "textMessage"))


@attrs.frozen(kw_only=True)
class UnknownMessage(BaseMessage):
    """A message of a type that this version does not know; ``raw`` holds it whole."""

    @property
    def text(self) -> None:
        """None: what its text would be is not known."""


Message: TypeAlias = TextMessage | ExtendedTextMessage | QuotedMessage | UnknownMessage
