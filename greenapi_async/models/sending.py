"""Arguments and answers of the sending methods. Source: manual 1.3.3."""

from typing import cast

import attrs

from greenapi_async.models.base import Model
from greenapi_async.models.phones import phone_to_wire
from greenapi_async.models.sent import Sent

__all__ = ["ContactCard", "CustomPreview", "ForwardedMessages", "SentMessage"]


@attrs.frozen(kw_only=True)
class SentMessage(Sent):
    """A message that the server accepted into its outgoing queue."""


@attrs.frozen(kw_only=True)
class ForwardedMessages(Model):
    """Answer of forwardMessages.

    Attributes:
        messages: Ids of the new messages; empty if the answer has none that can be read.
    """

    messages: list[str]


def _as_number(phone: int | str | None) -> int | None:
    return None if phone is None else cast("int", phone_to_wire(phone))


@attrs.frozen(kw_only=True)
class ContactCard(Model):
    """A contact to send. At least one name or the company is required.

    Attributes:
        phone_contact: Phone number in international form, 7 to 15 digits, as a number or a string. Only in the outgoing
            queue it may be None.
    """

    phone_contact: int | None = attrs.field(converter=_as_number)
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    company: str | None = None


@attrs.frozen(kw_only=True)
class CustomPreview:
    """A preview that replaces the link's own preview.

    Attributes:
        title: 1 to 300 characters.
        description: Up to 300 characters.
        link: Name of the site under the preview, up to 300 characters.
        url_file: URL of the image of a large preview.
        jpeg_thumbnail: Image of a small preview, in Base64.

    Source: the vendor's documentation, beyond the manual.
    """

    title: str
    description: str | None = None
    link: str | None = None
    url_file: str | None = None
    jpeg_thumbnail: str | None = attrs.field(default=None, repr=False)
