"""Groups: who is in them, and who may do what."""

from collections.abc import Iterable, Iterator
from random import Random
from string import ascii_letters, digits
from typing import Any

import attrs


@attrs.define(kw_only=True)
class Group:
    """One group chat."""

    group_id: str
    subject: str
    owner: str
    created_at: int
    invite_link: str
    members: dict[str, bool] = attrs.field(factory=dict[str, bool])
    """Everybody in it, and whether they are an admin."""
    subject_at: int = attrs.field(default=attrs.Factory(lambda group: group.created_at, takes_self=True))
    subject_owner: str = attrs.field(default=attrs.Factory(lambda group: group.owner, takes_self=True))
    picture: str = ""
    members_edit: bool = False
    """Whether members that are no admins may rename it and change its picture."""
    members_send: bool = True

    def is_admin(self, who: str) -> bool:
        """Say whether somebody may do everything here."""
        return self.members.get(who, False)

    def may_edit(self, who: str) -> bool:
        """Say whether somebody may change the name and the picture."""
        return self.is_admin(who) or (self.members_edit and who in self.members)

    def refusal(self, who: str) -> str | None:
        """Say why a message of somebody does not arrive, or None when it does."""
        if who not in self.members:
            return "Error: item-not-found"
        return None if self.members_send or self.is_admin(who) else "Error: forbidden"

    def rename(self, subject: str, *, by: str, at: int) -> None:
        """Give it another name."""
        self.subject, self.subject_owner, self.subject_at = subject, by, at

    def remove(self, who: str) -> None:
        """Take somebody out; of those that are left one is always an admin."""
        del self.members[who]
        if self.members and not any(self.members.values()):
            self.members[next(iter(self.members))] = True

    def as_seen_by(self, who: str) -> dict[str, Any]:
        """Give the answer of getGroupData."""
        return {
            "groupId": self.group_id,
            "owner": self.owner,
            "subject": self.subject,
            "creation": self.created_at,
            "participants": [
                {"id": member, "isAdmin": admin, "isSuperAdmin": member == self.owner}
                for member, admin in self.members.items()
            ],
            "subjectTime": self.subject_at,
            "subjectOwner": self.subject_owner,
            "groupInviteLink": self.invite_link if self.is_admin(who) else "",
        }


@attrs.define
class Groups:
    """All the groups there are, whether the account is in them or not."""

    _all: dict[str, Group] = attrs.field(factory=dict[str, Group], init=False)

    def __iter__(self) -> Iterator[Group]:
        return iter(self._all.values())

    def get(self, group_id: str) -> Group | None:
        """Look a group up."""
        return self._all.get(group_id)

    def make(
        self, subject: str, owner: str, others: Iterable[str], *, at: float, random: Random, group_id: str | None = None
    ) -> Group:
        """Make a group; its owner is its admin."""
        group = Group(
            group_id=group_id or f"120363{random.randrange(10**12):012}@g.us",
            subject=subject,
            owner=owner,
            created_at=int(at),
            invite_link="https://chat.whatsapp.com/" + "".join(random.choices(ascii_letters + digits, k=22)),
            members={owner: True} | {other: False for other in others if other != owner},
        )
        self._all[group.group_id] = group
        return group
