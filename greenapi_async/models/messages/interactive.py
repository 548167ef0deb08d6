"""Interactive buttons, and the replies to them. Source: the vendor's documentation, beyond the manual."""

from typing import ClassVar

import attrs

from greenapi_async.models.base import Model, json_names
from greenapi_async.models.messages.base import NonTextMessage
from greenapi_async.models.messages.buttons import BUTTON_ID, BUTTON_TEXT

__all__ = [
    "InteractiveButtons",
    "InteractiveButtonsReply",
    "InteractiveButtonsResponse",
    "ReceivedButton",
]


@attrs.frozen(kw_only=True)
class ReceivedButton(Model):
    """A received button that copies a code, calls a number, opens a link or replies.

    Attributes:
        type: ``copy``, ``call``, ``url`` or ``reply``.
    """

    type: str | None = None
    button_id: str | None = None
    button_text: str | None = None
    copy_code: str | None = None
    phone_number: str | None = None
    url: str | None = None


@attrs.frozen(kw_only=True)
class InteractiveButtons(NonTextMessage):
    """A text with buttons."""

    types: ClassVar[tuple[str, ...]] = ("interactiveButtons",)
    wrappers: ClassVar[tuple[str, ...]] = ("interactiveButtons", "interactiveButtonsReply", "interactiveButtonReply")

    title_text: str | None = attrs.field(default=None, metadata=json_names("titleText", "header"))
    content_text: str | None = attrs.field(default=None, metadata=json_names("contentText", "body"))
    footer_text: str | None = attrs.field(default=None, metadata=json_names("footerText", "footer"))
    buttons: list[ReceivedButton] | None = None

    @property
    def text(self) -> str | None:
        """Text above the buttons."""
        return self.content_text


@attrs.frozen(kw_only=True)
class InteractiveButtonsReply(InteractiveButtons):
    """A text with buttons that reply with their own text."""

    types = ("interactiveButtonsReply", "interactiveButtonReply")


@attrs.frozen(kw_only=True)
class InteractiveButtonsResponse(NonTextMessage):
    """A pressed button of the message ``stanza_id``.

    It also arrives as ``TemplateButtonsReplyMessage``, with the same attributes.

    Attributes:
        selected_index: Position of the button; the first has 0.
    """

    types = ("interactiveButtonsResponse",)
    wrappers = ("interactiveButtonsResponse",)

    selected_index: int | None = None
    selected_id: str | None = attrs.field(default=None, metadata=json_names(*BUTTON_ID))
    selected_display_text: str | None = attrs.field(default=None, metadata=json_names(*BUTTON_TEXT))

    @property
    def text(self) -> str | None:
        """Text of the button."""
        return self.selected_display_text
