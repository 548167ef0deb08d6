"""Buttons to send with a message. Source: the vendor's documentation, beyond the manual."""

from typing import TypeAlias, cast

import attrs

__all__ = ["CallButton", "CopyButton", "InteractiveButton", "ReplyButton", "UrlButton"]


@attrs.frozen(kw_only=True)
class ReplyButton:
    """A button that replies with its own text.

    Attributes:
        button_text: 1 to 25 characters.
    """

    button_id: str
    button_text: str


@attrs.frozen(kw_only=True)
class CopyButton(ReplyButton):
    """A button that copies a code to the clipboard."""

    type: str = attrs.field(default="copy", init=False)
    copy_code: str


def _as_text(number: str | int) -> str:
    return str(number) if type(number) is int else cast("str", number)


@attrs.frozen(kw_only=True)
class CallButton(ReplyButton):
    """A button that calls a phone number.

    Attributes:
        phone_number: The number as a string or an integer; short numbers are allowed.
    """

    type: str = attrs.field(default="call", init=False)
    phone_number: str = attrs.field(converter=_as_text)


@attrs.frozen(kw_only=True)
class UrlButton(ReplyButton):
    """A button that opens a link."""

    type: str = attrs.field(default="url", init=False)
    url: str


InteractiveButton: TypeAlias = CopyButton | CallButton | UrlButton
