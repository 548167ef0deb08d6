"""Reactions."""

from typing import Any

import attrs

__all__ = ["ReactionContent"]


@attrs.frozen(kw_only=True)
class ReactionContent:
    """A reaction to a message; an empty emoji removes it."""

    emoji: str
    stanza_id: str
    participant: str

    @property
    def text(self) -> str:
        """The emoji."""
        return self.emoji

    def data(self) -> dict[str, Any]:
        """Return the `messageData` of a notification."""
        return {
            "typeMessage": "reactionMessage",
            "extendedTextMessageData": {"text": self.emoji},
            "quotedMessage": {"stanzaId": self.stanza_id, "participant": self.participant},
        }

    def flat(self) -> dict[str, Any]:
        """Return the flat fields of a journal row, which are the same."""
        return self.data()

    def quote(self) -> dict[str, Any]:
        """Return nothing: a reaction cannot be quoted."""
        return {}

    def as_forwarded(self) -> "ReactionContent":
        """Return the content unchanged."""
        return self
