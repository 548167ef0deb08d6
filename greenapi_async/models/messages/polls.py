"""Polls and votes. Source: manual 1.3.4, "Входящее сообщение опроса" and the following section."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import attrs

from greenapi_async.models.base import Model, json_names
from greenapi_async.models.messages.base import NonTextMessage

__all__ = ["PollMessage", "PollOption", "PollUpdateMessage", "PollVote"]


_VOTER_ID = ("wid", "voterWid", "chatId", "id")


def _voter_ids(value: Any) -> Any:
    """Return the chat ids of voters, which are given as such or in objects."""
    voters = cast("Iterable[Any]", value) if isinstance(value, list) else (value,)
    return [_voter_id(voter) for voter in voters]


def _voter_id(voter: Any) -> Any:
    if not isinstance(voter, Mapping):
        return voter
    fields = cast("Mapping[str, Any]", voter)
    return next((fields[name] for name in _VOTER_ID if fields.get(name)), None)


@attrs.frozen(kw_only=True)
class PollOption(Model):
    """An option of a poll."""

    option_name: str | None = None


@attrs.frozen(kw_only=True)
class PollVote(PollOption):
    """An option of a poll with its votes.

    Attributes:
        option_voters: Chat ids of the people who voted for it; names and numbers, if the server gives them, are in
            ``raw``.
    """

    option_voters: list[str] | None = attrs.field(
        default=None, metadata=json_names("optionVoters", "voters", convert=_voter_ids)
    )


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
    wrappers = ("pollMessageData", "pollUpdateMessage")

    name: str | None = attrs.field(default=None, metadata=json_names("name", "pollName"))
    votes: list[PollVote] | None = None
    multiple_answers: bool | None = None
