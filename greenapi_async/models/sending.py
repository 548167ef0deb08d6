"""What sending takes and answers. Manual: 1.3.3."""

import attrs

from greenapi_async.models.base import Model
from greenapi_async.models.sent import Sent

__all__ = ["ContactCard", "CustomPreview", "ForwardedMessages", "SentMessage"]


@attrs.frozen(kw_only=True)
class SentMessage(Sent):
    """A message that the server took into its outgoing queue."""


@attrs.frozen(kw_only=True)
class ForwardedMessages(Model):
    """The ids under which messages were forwarded."""

    messages: list[str]


@attrs.frozen(kw_only=True)
class ContactCard(Model):
    """A contact to send; one of the names, or the company, is needed."""

    phone_contact: int
    """In the international form without +, of 11 or 12 digits."""
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    company: str | None = None


@attrs.frozen(kw_only=True)
class CustomPreview:
    """What a link shows instead of its own preview. Beyond the manual."""

    title: str
    """Up to 300 characters, as the description and the link."""
    description: str | None = None
    link: str | None = None
    """The site's name under the preview."""
    url_file: str | None = None
    """Where the picture of a large preview is."""
    jpeg_thumbnail: str | None = attrs.field(default=None, repr=False)
    """The picture of a small preview, in Base64."""
