"""What every kind of message knows about itself."""

from typing import Any, Protocol, Self

import attrs


class Content(Protocol):
    """What a kind of message has to know about itself."""

    @property
    def text(self) -> str:
        """What a person reads in it."""
        ...

    def data(self) -> dict[str, Any]:
        """Give the `messageData` of a notification, when the message quotes nothing."""
        ...

    def flat(self) -> dict[str, Any]:
        """Give the flat shape that it takes in a row of a journal."""
        ...

    def quote(self) -> dict[str, Any]:
        """Give the flat shape that it takes inside the `quotedMessage` of a notification."""
        ...

    def forwarded_on(self) -> "Content":
        """Give it as it arrives when somebody forwards it."""
        ...


@attrs.frozen(kw_only=True)
class Forwardable:
    """A kind of message that tells how often it was forwarded."""

    forwarded: int = 0

    @property
    def marks(self) -> dict[str, Any]:
        """The two fields of a message that was forwarded, or was not."""
        return {"forwardingScore": self.forwarded, "isForwarded": self.forwarded > 0}

    def forwarded_on(self) -> Self:
        """Count one more."""
        return attrs.evolve(self, forwarded=self.forwarded + 1)
