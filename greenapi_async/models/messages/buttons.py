"""Buttons, templates and lists, and the replies to them.

WhatsApp has retired them; phones and journals still contain some.
Source: manual 1.3.4, "Входящее сообщение с кнопками" and the following sections.
"""

from collections.abc import Mapping
from typing import Any, cast

import attrs

from greenapi_async.models.base import Model, json_names
from greenapi_async.models.messages.base import NonTextMessage

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


BUTTON_ID = ("selectedId", "selectedButtonId", "buttonId")
BUTTON_TEXT = ("selectedDisplayText", "selectedButtonText", "buttonText")
"""Spellings that servers use in the replies to all kinds of buttons."""


def _row_id(value: Any) -> Any:
    """Return the id of a selected row, which is given as such or in an object."""
    return cast("Mapping[str, Any]", value).get("selectedRowId") if isinstance(value, Mapping) else value


@attrs.frozen(kw_only=True)
class _ContentMessage(NonTextMessage):
    content_text: str | None = None
    footer: str | None = None

    @property
    def text(self) -> str | None:
        """Text above the buttons."""
        return self.content_text


@attrs.frozen(kw_only=True)
class MessageButton(Model):
    """A button that replies with its own text."""

    button_id: str | None = None
    button_text: str | None = None


@attrs.frozen(kw_only=True)
class ButtonsMessage(_ContentMessage):
    """A text with buttons."""

    types = ("buttonsMessage",)
    wrappers = ("buttonsMessage", "buttonMessageData")

    buttons: list[MessageButton] | None = None


@attrs.frozen(kw_only=True)
class UrlTemplateButton(Model):
    """A template's button that opens a link."""

    display_text: str | None = None
    url: str | None = None


@attrs.frozen(kw_only=True)
class CallTemplateButton(Model):
    """A template's button that calls a phone number."""

    display_text: str | None = None
    phone_number: str | None = None


@attrs.frozen(kw_only=True)
class QuickReplyTemplateButton(Model):
    """A template's button that replies with its own text."""

    display_text: str | None = None
    id: str | None = None


@attrs.frozen(kw_only=True)
class TemplateButton(Model):
    """A button of a template: exactly one of the three kinds is set.

    Attributes:
        index: Position of the button.
    """

    index: int | None = None
    url_button: UrlTemplateButton | None = None
    call_button: CallTemplateButton | None = None
    quick_reply_button: QuickReplyTemplateButton | None = None


@attrs.frozen(kw_only=True)
class TemplateMessage(_ContentMessage):
    """A text created from a template, with buttons."""

    types = ("templateMessage",)
    wrappers = ("templateMessage",)

    namespace: str | None = None
    element_name: str | None = None
    buttons: list[TemplateButton] | None = None


@attrs.frozen(kw_only=True)
class ListRow(Model):
    """A selectable row of a list."""

    row_id: str | None = None
    title: str | None = None
    description: str | None = None


@attrs.frozen(kw_only=True)
class ListSection(Model):
    """A titled group of rows."""

    title: str | None = None
    rows: list[ListRow] | None = None


@attrs.frozen(kw_only=True)
class ListMessage(_ContentMessage):
    """A text with a list to choose from.

    Attributes:
        button_text: Text of the button that opens the list.
    """

    types = ("listMessage",)
    wrappers = ("listMessage",)

    title: str | None = None
    button_text: str | None = None
    sections: list[ListSection] | None = None


@attrs.frozen(kw_only=True)
class ButtonsResponseMessage(NonTextMessage):
    """A pressed button of a ``ButtonsMessage``, whose id is ``stanza_id``."""

    types = ("buttonsResponseMessage",)
    wrappers = ("buttonsResponseMessage",)

    selected_button_id: str | None = attrs.field(
        default=None, metadata=json_names("selectedButtonId", "selectedId", "buttonId")
    )
    selected_button_text: str | None = attrs.field(
        default=None, metadata=json_names("selectedButtonText", "selectedDisplayText", "buttonText")
    )

    @property
    def text(self) -> str | None:
        """Text of the button."""
        return self.selected_button_text


@attrs.frozen(kw_only=True)
class TemplateButtonsReplyMessage(NonTextMessage):
    """A pressed button of a ``TemplateMessage`` or of interactive buttons, in the message ``stanza_id``.

    A pressed reply button also arrives as ``InteractiveButtonsResponse``, with the same attributes.

    Attributes:
        selected_index: Position of the button; the first has 0.
    """

    types = ("templateButtonsReplyMessage", "templateButtonReplyMessage")
    wrappers = ("templateButtonReplyMessage", "templateButtonsReplyMessage")

    selected_index: int | None = None
    selected_id: str | None = attrs.field(default=None, metadata=json_names(*BUTTON_ID))
    selected_display_text: str | None = attrs.field(default=None, metadata=json_names(*BUTTON_TEXT))

    @property
    def text(self) -> str | None:
        """Text of the button."""
        return self.selected_display_text


@attrs.frozen(kw_only=True)
class ListResponseMessage(NonTextMessage):
    """A selected row of a ``ListMessage``, whose id is ``stanza_id``.

    Attributes:
        single_select_reply: Id of the row.
    """

    types = ("listResponseMessage",)
    wrappers = ("listResponseMessage",)

    title: str | None = None
    list_type: str | None = None
    single_select_reply: str | None = attrs.field(
        default=None, metadata=json_names("singleSelectReply", "selectedRowId", convert=_row_id)
    )

    @property
    def text(self) -> str | None:
        """Title of the row."""
        return self.title
