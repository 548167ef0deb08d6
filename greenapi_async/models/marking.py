"""What marking as read answers. Manual: 1.3.9."""

import attrs

from greenapi_async.models.base import Model

__all__ = ["ReadMark"]


@attrs.frozen(kw_only=True)
class ReadMark(Model):
    """The answer of readChat."""

    set_read: bool | None = None
