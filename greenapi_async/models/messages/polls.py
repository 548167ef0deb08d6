"""Polls and votes. Source: manual 1.3.4, "Входящее сообщение опроса" and the following section."""

import attrs

from greenapi_async.models.base import Model
from greenapi_async.models.messages.base import NonTextMessage

__all__ = ["PollMessage", "PollOption", "PollUpdateMessage", "PollVote"]


@attrs.frozen(kw_only=True)
class PollOption(Model):
    """An option of a poll."""

    option_name: str | None = None


@attrs.frozen(kw_only=True)
class PollVote(PollOption):
    """An option of a poll with its votes.

    Attributes:
        option_voters: Chat ids of the people who voted for it.
    """

    option_voters: list[str] | None = None


@attrs.frozen(kw_only=True)
class PollMessage(NonTextMessage):
    """A poll.

    Attributes:
        name: The question.
        options: Empty in a quote.
        multiple_answers: Whether several options can be chosen.
    """

    types = ("pollMessage",)
    wrappers = ("pollMessageData",)

    name: str | None = None
    options: list[PollOption] | None = None
    multiple_answers: bool | None = None

    @property
    def text(self) -> str | None:
        """The question."""
        return self.name


@attrs.frozen(kw_only=True)
class PollUpdateMessage(NonTextMessage):
    """All votes of the poll ``stanza_id``, sent when a vote changes.

    Attributes:
        name: The question.
        multiple_answers: Whether several options can be chosen.
    """

    types = ("pollUpdateMessage",)
    is_event = True
    wrappers = ("pollMessageData",)

    name: str | None = None
    votes: list[PollVote] | None = None
    multiple_answers: bool | None = None
