"""What this version does not know."""

import attrs

from greenapi_async.models.messages.base import WordlessMessage

__all__ = ["UnknownMessage"]


@attrs.frozen(kw_only=True)
class UnknownMessage(WordlessMessage):
    """A message of a type that this version does not know; ``raw`` holds it whole."""
