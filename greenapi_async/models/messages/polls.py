"""Polls and votes. Manual: 1.3.4, "Входящее сообщение опроса" and the section after it."""

import attrs

from greenapi_async.models.base import Model
from greenapi_async.models.messages.base import WordlessMessage

__all__ = ["PollMessage", "PollOption", "PollUpdateMessage", "PollVote"]


@attrs.frozen(kw_only=True)
class PollOption(Model):
    """One of the options."""

    option_name: str | None = None


@attrs.frozen(kw_only=True)
class PollVote(PollOption):
    """An option and who voted for it."""

    option_voters: list[str] | None = None


@attrs.frozen(kw_only=True)
class PollMessage(WordlessMessage):
    """A poll."""

    types = ("pollMessage",)
    wrappers = ("pollMessageData",)

    name: str | None = None
    """The question."""
    options: list[PollOption] | None = None
    """Empty in a quote."""
    multiple_answers: bool | None = None

    @property
    def text(self) -> str | None:
        """The question."""
        return self.name


@attrs.frozen(kw_only=True)
class PollUpdateMessage(WordlessMessage):
    """The votes in a poll, after one of them changed; ``stanza_id`` is the poll's id."""

    types = ("pollUpdateMessage",)
    wrappers = ("pollMessageData",)

    name: str | None = None
    """The question."""
    votes: list[PollVote] | None = None
    multiple_answers: bool | None = None
