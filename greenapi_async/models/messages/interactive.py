"""Interactive buttons, and what was pressed. Beyond the manual."""

from typing import ClassVar

import attrs

from greenapi_async.models.base import Model, wire
from greenapi_async.models.messages.base import WordlessMessage

__all__ = [
    "InteractiveButtons",
    "InteractiveButtonsReply",
    "InteractiveButtonsResponse",
    "ReceivedButton",
]


@attrs.frozen(kw_only=True)
class ReceivedButton(Model):
    """A button as it arrives: to copy, to call, to open a link, or to reply."""

    type: str | None = None
    button_id: str | None = None
    button_text: str | None = None
    copy_code: str | None = None
    phone_number: str | None = None
    url: str | None = None


@attrs.frozen(kw_only=True)
class InteractiveButtons(WordlessMessage):
    """A text with buttons."""

    types: ClassVar[tuple[str, ...]] = ("interactiveButtons",)
    wrappers: ClassVar[tuple[str, ...]] = ("interactiveButtons",)

    title_text: str | None = attrs.field(default=None, metadata=wire("titleText", "header"))
    content_text: str | None = attrs.field(default=None, metadata=wire("contentText", "body"))
    footer_text: str | None = attrs.field(default=None, metadata=wire("footerText", "footer"))
    buttons: list[ReceivedButton] | None = None

    @property
    def text(self) -> str | None:
        """The text above the buttons."""
        return self.content_text


@attrs.frozen(kw_only=True)
class InteractiveButtonsReply(InteractiveButtons):
    """A text with buttons that reply with their own text."""

    types = ("interactiveButtonsReply", "interactiveButtonReply")
    wrappers = ("interactiveButtonsReply", "interactiveButtonReply")


@attrs.frozen(kw_only=True)
class InteractiveButtonsResponse(WordlessMessage):
    """A button was pressed; ``stanza_id`` is the message it stands under."""

    types = ("interactiveButtonsResponse",)
    wrappers = ("interactiveButtonsResponse",)

    selected_index: int | None = None
    selected_id: str | None = None
    selected_display_text: str | None = None

    @property
    def text(self) -> str | None:
        """The button's text."""
        return self.selected_display_text
