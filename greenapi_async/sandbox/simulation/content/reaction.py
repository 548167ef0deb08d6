"""A reaction to a message."""

from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class ReactionContent:
    """An emoji on somebody's message; an empty one takes it back."""

    emoji: str
    stanza_id: str
    participant: str

    @property
    def text(self) -> str:
        """The emoji."""
        return self.emoji

    def data(self) -> dict[str, Any]:
        """Give the `messageData`."""
        return {
            "typeMessage": "reactionMessage",
            "extendedTextMessageData": {"text": self.emoji},
            "quotedMessage": {"stanzaId": self.stanza_id, "participant": self.participant},
        }

    def flat(self) -> dict[str, Any]:
        """Give the flat shape, which is the same."""
        return self.data()

    def quote(self) -> dict[str, Any]:
        """Give nothing: nobody can quote a reaction."""
        return {}

    def forwarded_on(self) -> "ReactionContent":
        """Give it as it is."""
        return self
