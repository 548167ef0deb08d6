"""A poll, and what became of it after a vote."""

from collections.abc import Mapping
from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class PollContent:
    """A question with answers to choose from."""

    name: str
    options: tuple[str, ...]
    multiple: bool = False

    @property
    def text(self) -> str:
        """The question."""
        return self.name

    def data(self) -> dict[str, Any]:
        """Give the `messageData`."""
        return self._shape([{"optionName": option} for option in self.options])

    def flat(self) -> dict[str, Any]:
        """Give the flat shape, which is the same."""
        return self.data()

    def quote(self) -> dict[str, Any]:
        """Give the flat shape without the answers."""
        return self._shape([])

    def forwarded_on(self) -> "PollContent":
        """Give it as it is."""
        return self

    def _shape(self, options: list[dict[str, str]]) -> dict[str, Any]:
        poll = {"name": self.name, "options": options, "multipleAnswers": self.multiple}
        return {"typeMessage": "pollMessage", "pollMessageData": poll}


@attrs.frozen(kw_only=True)
class PollUpdateContent:
    """All the votes after the last one."""

    stanza_id: str
    poll: PollContent
    votes: Mapping[str, tuple[str, ...]]
    """What each voter has chosen."""

    @property
    def text(self) -> str:
        """The question."""
        return self.poll.name

    def data(self) -> dict[str, Any]:
        """Give the `messageData`."""
        votes = [
            {"optionName": option, "optionVoters": [who for who, chosen in self.votes.items() if option in chosen]}
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
        """Give the flat shape, which is the same."""
        return self.data()

    def quote(self) -> dict[str, Any]:
        """Give the flat shape."""
        return self.data()

    def forwarded_on(self) -> "PollUpdateContent":
        """Give it as it is."""
        return self
