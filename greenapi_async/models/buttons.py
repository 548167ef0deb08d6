"""Buttons to send under a message. Beyond the manual."""

from typing import TypeAlias

import attrs

__all__ = ["CallButton", "CopyButton", "InteractiveButton", "ReplyButton", "UrlButton"]


@attrs.frozen(kw_only=True)
class ReplyButton:
    """A button that answers with its own text."""

    button_id: str
    button_text: str
    """Up to 25 characters."""


@attrs.frozen(kw_only=True)
class CopyButton(ReplyButton):
    """A button that copies a code."""

    type: str = attrs.field(default="copy", init=False)
    copy_code: str


@attrs.frozen(kw_only=True)
class CallButton(ReplyButton):
    """A button that calls a number."""

    type: str = attrs.field(default="call", init=False)
    phone_number: str


@attrs.frozen(kw_only=True)
class UrlButton(ReplyButton):
    """A button that opens a link."""

    type: str = attrs.field(default="url", init=False)
    url: str


InteractiveButton: TypeAlias = CopyButton | CallButton | UrlButton
