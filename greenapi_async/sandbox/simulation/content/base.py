"""The interface of message contents, and the forwarding fields that most of them share."""

from typing import Any, Protocol, Self

import attrs

__all__ = ["Content", "Forwardable"]


class Content(Protocol):
    """The content of a message."""

    @property
    def text(self) -> str:
        """The text that a person reads in it."""
        ...

    def data(self) -> dict[str, Any]:
        """Return the `messageData` of a notification about a message that quotes nothing."""
        ...

    def flat(self) -> dict[str, Any]:
        """Return the flat fields of a journal row."""
        ...

    def quote(self) -> dict[str, Any]:
        """Return the flat fields of the `quotedMessage` in a notification."""
        ...

    def as_forwarded(self) -> "Content":
        """Return the content as it arrives when the message is forwarded."""
        ...


@attrs.frozen(kw_only=True)
class Forwardable:
    """A content that carries the number of times it was forwarded."""

    forwarded: int = 0

    @property
    def forwarding(self) -> dict[str, Any]:
        """The two forwarding fields."""
        return {"forwardingScore": self.forwarded, "isForwarded": self.forwarded > 0}

    def as_forwarded(self) -> Self:
        """Return a copy that was forwarded once more."""
        return attrs.evolve(self, forwarded=self.forwarded + 1)
