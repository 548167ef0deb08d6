"""Buttons, templates and lists, and what was chosen in them. Manual: 1.3.4, "Входящее сообщение с кнопками" and after.

WhatsApp has retired them; phones and journals still hold some.
"""

import attrs

from greenapi_async.models.base import Model
from greenapi_async.models.messages.base import WordlessMessage

__all__ = [
    "ButtonsMessage",
    "ButtonsResponseMessage",
    "CallTemplateButton",
    "ListMessage",
    "ListResponseMessage",
    "ListRow",
    "ListSection",
    "MessageButton",
    "QuickReplyTemplateButton",
    "TemplateButton",
    "TemplateButtonsReplyMessage",
    "TemplateMessage",
    "UrlTemplateButton",
]


@attrs.frozen(kw_only=True)
class _Contents(WordlessMessage):
    content_text: str | None = None
    footer: str | None = None

    @property
    def text(self) -> str | None:
        """The text above the buttons."""
        return self.content_text


@attrs.frozen(kw_only=True)
class MessageButton(Model):
    """A button with a text of its own."""

    button_id: str | None = None
    button_text: str | None = None


@attrs.frozen(kw_only=True)
class ButtonsMessage(_Contents):
    """A text with buttons."""

    types = ("buttonsMessage",)
    wrappers = ("buttonsMessage", "buttonMessageData")

    buttons: list[MessageButton] | None = None


@attrs.frozen(kw_only=True)
class UrlTemplateButton(Model):
    """Opens a link."""

    display_text: str | None = None
    url: str | None = None


@attrs.frozen(kw_only=True)
class CallTemplateButton(Model):
    """Calls a number."""

    display_text: str | None = None
    phone_number: str | None = None


@attrs.frozen(kw_only=True)
class QuickReplyTemplateButton(Model):
    """Answers with its text."""

    display_text: str | None = None
    id: str | None = None


@attrs.frozen(kw_only=True)
class TemplateButton(Model):
    """One of three kinds of buttons, in its place."""

    index: int | None = None
    url_button: UrlTemplateButton | None = None
    call_button: CallTemplateButton | None = None
    quick_reply_button: QuickReplyTemplateButton | None = None


@attrs.frozen(kw_only=True)
class TemplateMessage(_Contents):
    """A text made from a template, with buttons."""

    types = ("templateMessage",)
    wrappers = ("templateMessage",)

    namespace: str | None = None
    element_name: str | None = None
    buttons: list[TemplateButton] | None = None


@attrs.frozen(kw_only=True)
class ListRow(Model):
    """A row to choose."""

    row_id: str | None = None
    title: str | None = None
    description: str | None = None


@attrs.frozen(kw_only=True)
class ListSection(Model):
    """Rows under a title."""

    title: str | None = None
    rows: list[ListRow] | None = None


@attrs.frozen(kw_only=True)
class ListMessage(_Contents):
    """A text with a list to choose from."""

    types = ("listMessage",)
    wrappers = ("listMessage",)

    title: str | None = None
    button_text: str | None = None
    sections: list[ListSection] | None = None


@attrs.frozen(kw_only=True)
class ButtonsResponseMessage(WordlessMessage):
    """A button of a ``ButtonsMessage`` was pressed; ``stanza_id`` is that message."""

    types = ("buttonsResponseMessage",)
    wrappers = ("buttonsResponseMessage",)

    selected_button_id: str | None = None
    selected_button_text: str | None = None

    @property
    def text(self) -> str | None:
        """The button's text."""
        return self.selected_button_text


@attrs.frozen(kw_only=True)
class TemplateButtonsReplyMessage(WordlessMessage):
    """A button of a ``TemplateMessage`` was pressed; ``stanza_id`` is that message."""

    types = ("templateButtonsReplyMessage", "templateButtonReplyMessage")
    wrappers = ("templateButtonReplyMessage", "templateButtonsReplyMessage")

    selected_index: int | None = None
    selected_id: str | None = None
    selected_display_text: str | None = None

    @property
    def text(self) -> str | None:
        """The button's text."""
        return self.selected_display_text


@attrs.frozen(kw_only=True)
class ListResponseMessage(WordlessMessage):
    """A row of a ``ListMessage`` was chosen; ``stanza_id`` is that message."""

    types = ("listResponseMessage",)
    wrappers = ("listResponseMessage",)

    title: str | None = None
    list_type: str | None = None
    single_select_reply: str | None = None
    """The row's id."""

    @property
    def text(self) -> str | None:
        """The row's title."""
        return self.title
