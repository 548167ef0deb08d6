"""Messages that are text. Manual: 1.3.4, "Входящее текстовое сообщение" and the section on URLs and advertisements."""

import attrs

from greenapi_async.models.base import wire
from greenapi_async.models.messages.base import BaseMessage

__all__ = ["ExtendedTextMessage", "QuotedMessage", "TextMessage"]


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
    text_message: str | None = None
    """What stands beside the preview in journals and quotes: the same text, or an advertisement's link."""
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
