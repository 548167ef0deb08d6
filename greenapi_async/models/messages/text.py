"""Text messages.

Source: manual 1.3.4, "Входящее текстовое сообщение" and the section on URLs and advertisements.
"""

import attrs

from greenapi_async.models.base import json_names
from greenapi_async.models.messages.base import BaseMessage

__all__ = ["ExtendedTextMessage", "QuotedMessage", "TextMessage"]


@attrs.frozen(kw_only=True)
class TextMessage(BaseMessage):
    """A text message.

    Attributes:
        is_template_message: Whether the text was created from a template.
    """

    types = ("textMessage",)
    wrappers = ("textMessageData",)

    text: str | None = attrs.field(default=None, metadata=json_names("textMessage", "text"))
    is_template_message: bool | None = None


@attrs.frozen(kw_only=True)
class ExtendedTextMessage(BaseMessage):
    """A text with a link preview, or a message from an advertisement.

    Attributes:
        text_message: Journals and quotes only: the text again, or the advertisement's link.
        description: Description in the preview.
        title: Title of the preview.
        jpeg_thumbnail: Preview in Base64; see ``thumbnail``.
        contains_auto_reply: Like all following fields, only for advertisements.
    """

    types = ("extendedTextMessage",)
    wrappers = ("extendedTextMessageData", "extendedTextMessage")

    text: str | None = attrs.field(default=None, metadata=json_names("text", "textMessage"))
    text_message: str | None = None
    description: str | None = None
    title: str | None = None
    jpeg_thumbnail: str | None = attrs.field(default=None, repr=False)
    preview_type: str | None = None
    contains_auto_reply: bool | None = None
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
    """A text that replies to another message, ``quoted``, which may be missing."""

    types = ("quotedMessage",)
    wrappers = ("extendedTextMessageData", "extendedTextMessage")

    text: str | None = attrs.field(default=None, metadata=json_names("text", "textMessage"))
