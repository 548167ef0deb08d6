"""What the account has done to its side of a chat."""

from typing import Literal

import attrs

Action = Literal["typing", "recording"]


@attrs.frozen
class Typing:
    """What the other side sees under the account's name, and until when."""

    action: Action
    until: float


@attrs.define
class ChatMarks:
    """The account's own marks on one chat."""

    archived: bool = False
    expiration: int = 0
    """Seconds until messages disappear; 0 is never."""
    expiration_set_at: int = 0
    hidden: set[str] = attrs.field(factory=set[str], init=False)
    """Messages that the account has deleted for itself only."""
    typing: Typing | None = None
    """The last that was shown, over or not."""
