"""Groups: their members and what each of them may do."""

from collections.abc import Iterable, Iterator
from random import Random
from string import ascii_letters, digits
from typing import Any

import attrs

from greenapi_async.sandbox.simulation.account import Account
from greenapi_async.sandbox.simulation.timeline import Timeline

__all__ = ["Group", "Groups"]

STRANGER = "79001234568@c.us"
NUMBERED_STRANGER = "201234568"
"""The author of a group message if none is given and the group has no other member; on MAX and Telegram a number."""


@attrs.define(kw_only=True)
class Group:
    """One group chat.

    Attributes:
        group_id: The chat id.
        subject: The name.
        owner: Chat id of the member who created it.
        created_at: When it was created.
        invite_link: The link to join it.
        members: Every member's chat id, and whether the member is an admin.
        subject_at: When it was last renamed.
        subject_owner: Who last renamed it.
        picture: URL of the picture; empty if there is none.
        members_edit: Whether members that are not admins may change the name and the picture.
        members_send: Whether members that are not admins may write.
    """

    group_id: str
    subject: str
    owner: str
    created_at: int
    invite_link: str
    members: dict[str, bool] = attrs.field(factory=dict[str, bool])
    subject_at: int = attrs.field(default=attrs.Factory(lambda group: group.created_at, takes_self=True))
    subject_owner: str = attrs.field(default=attrs.Factory(lambda group: group.owner, takes_self=True))
    picture: str = ""
    members_edit: bool = False
    members_send: bool = True

    def is_admin(self, member: str) -> bool:
        """Return whether a person is an admin of the group."""
        return self.members.get(member, False)

    def may_edit(self, member: str) -> bool:
        """Return whether a person may change the name and the picture."""
        return self.is_admin(member) or (self.members_edit and member in self.members)

    def rename(self, subject: str, *, by: str, at: int) -> None:
        """Change the name.

        Args:
            subject: The new name.
            by: Chat id of the member who renames it.
            at: When it is renamed.
        """
        self.subject, self.subject_owner, self.subject_at = subject, by, at

    def remove(self, member: str) -> None:
        """Remove a member; if no admin is left, the first remaining member becomes one."""
        del self.members[member]
        if self.members and not any(self.members.values()):
            self.members[next(iter(self.members))] = True

    def as_seen_by(self, member: str) -> dict[str, Any]:
        """Return the response of getGroupData; only admins see the invite link."""
        return {
            "groupId": self.group_id,
            "owner": self.owner,
            "subject": self.subject,
            "creation": self.created_at,
            "participants": [
                {"id": each, "isAdmin": admin, "isSuperAdmin": each == self.owner}
                for each, admin in self.members.items()
            ],
            "subjectTime": self.subject_at,
            "subjectOwner": self.subject_owner,
            "groupInviteLink": self.invite_link if self.is_admin(member) else "",
        }


@attrs.define(eq=False)
class Groups:
    """Every group that exists, including those that the account is not a member of."""

    _account: Account = attrs.field(repr=False)
    _timeline: Timeline = attrs.field(repr=False)
    _random: Random = attrs.field(repr=False)
    _by_id: dict[str, Group] = attrs.field(factory=dict[str, Group], init=False)

    def __iter__(self) -> Iterator[Group]:
        return iter(self._by_id.values())

    def get(self, group_id: str) -> Group | None:
        """Return a group by its id."""
        return self._by_id.get(group_id)

    def create(self, subject: str, owner: str, others: Iterable[str], *, group_id: str | None = None) -> Group:
        """Create a group.

        Args:
            subject: The name.
            owner: Chat id of the creator, who becomes its admin.
            others: Chat ids of the other members.
            group_id: The chat id of the group; None generates one.
        """
        self._timeline.settle()
        group = Group(
            group_id=group_id or self._new_id(),
            subject=subject,
            owner=owner,
            created_at=int(self._timeline.now),
            invite_link="https://chat.whatsapp.com/" + "".join(self._random.choices(ascii_letters + digits, k=22)),
            members={owner: True} | {other: False for other in others if other != owner},
        )
        self._by_id[group.group_id] = group
        return group

    def _new_id(self) -> str:
        number = f"{self._random.randrange(10**12):012}"
        return f"-69{number}" if self._account.messenger.has_numbers else f"120363{number}@g.us"

    def send_error(self, group_id: str) -> str | None:
        """Return why a message of the account does not reach a group, or None if it does."""
        group = self.get(group_id)
        if group is None or self._account.chat_id not in group.members:
            return "Error: item-not-found"
        return None if group.members_send or group.is_admin(self._account.chat_id) else "Error: forbidden"

    def join_author(self, group_id: str, author: str | None) -> str:
        """Make the author of a message a member of the group, which is created if it is unknown.

        Args:
            group_id: The chat id of the group.
            author: The author's chat id; None chooses a member other than the account.

        Returns:
            The author's chat id.

        Raises:
            ValueError: The account is not a member of the group.
        """
        me = self._account.chat_id
        stranger = NUMBERED_STRANGER if self._account.messenger.has_numbers else STRANGER
        group = self.get(group_id)
        if group is None:
            owner = author or stranger
            self.create(group_id.partition("@")[0], owner, [me], group_id=group_id)
            return owner
        if me not in group.members:
            raise ValueError(f"the account is not a member of the group {group_id}")
        author = author or next((member for member in group.members if member != me), stranger)
        group.members.setdefault(author, False)
        return author
