"""What this version does not know, or could not read."""

import attrs

from greenapi_async.models.base import LIFTED
from greenapi_async.models.notifications.base import BaseNotification

__all__ = ["MalformedNotification", "UnknownNotification"]


@attrs.frozen(kw_only=True)
class UnknownNotification(BaseNotification):
    """A notification of a type that this version does not know; ``raw`` holds it whole."""


@attrs.frozen(kw_only=True)
class MalformedNotification(BaseNotification):
    """A notification of a known type that could not be read; ``raw`` holds it whole."""

    error: str = attrs.field(metadata=LIFTED)
    """What could not be read, and why; may quote what somebody wrote."""
