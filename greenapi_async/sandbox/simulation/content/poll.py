"""Polls and their votes."""

from collections.abc import Mapping
from typing import Any

import attrs

__all__ = ["PollContent", "PollUpdateContent"]


@attrs.frozen(kw_only=True)
class PollContent:
    """A question with options."""

    name: str
    options: tuple[str, ...]
    multiple: bool = False

    @property
    def text(self) -> str:
        """The question."""
        return self.name

    def data(self) -> dict[str, Any]:
        """Return the `messageData` of a notification."""
        return self._shape([{"optionName": option} for option in self.options])

    def flat(self) -> dict[str, Any]:
        """Return the flat fields of a journal row, which are the same."""
        return self.data()

    def quote(self) -> dict[str, Any]:
        """Return the flat fields of a quote, without the options."""
        return self._shape([])

    def as_forwarded(self) -> "PollContent":
        """Return the content unchanged."""
        return self

    def _shape(self, options: list[dict[str, str]]) -> dict[str, Any]:
        poll = {"name": self.name, "options": options, "multipleAnswers": self.multiple}
        return {"typeMessage": "pollMessage", "pollMessageData": poll}


@attrs.frozen(kw_only=True)
class PollUpdateContent:
    """The votes of a poll after one of its voters has voted.

    Attributes:
        stanza_id: The id of the poll's message.
        poll: The poll.
        votes: The chosen options, by voter.
    """

    stanza_id: str
    poll: PollContent
    votes: Mapping[str, tuple[str, ...]]

    @property
    def text(self) -> str:
        """The question."""
        return self.poll.name

    def data(self) -> dict[str, Any]:
        """Return the `messageData` of a notification."""
        votes = [
            {"optionName": option, "optionVoters": [voter for voter, chosen in self.votes.items() if option in chosen]}
            for option in self.poll.options
        ]
        update = {
            "stanzaId": self.stanza_id,
            "name": self.poll.name,
            "votes": votes,
            "multipleAnswers": self.poll.multiple,
        }
        return {"typeMessage": "pollUpdateMessage", "pollMessageData": update}

    def flat(self) -> dict[str, Any]:
        """Return the flat fields of a journal row, which are the same."""
        return self.data()

    def quote(self) -> dict[str, Any]:
        """Return the flat fields of a quote."""
        return self.data()

    def as_forwarded(self) -> "PollUpdateContent":
        """Return the content unchanged."""
        return self
