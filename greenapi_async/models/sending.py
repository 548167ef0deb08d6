"""What sending answers. Manual: 1.3.3."""

import attrs

from greenapi_async.models.base import Model

__all__ = ["SentMessage"]


@attrs.frozen(kw_only=True)
class SentMessage(Model):
    """A message that the server took into its outgoing queue."""

    id_message: str
