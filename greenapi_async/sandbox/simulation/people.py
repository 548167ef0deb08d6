"""The people around an account: its address book, its groups, and the statuses they show each other."""

from collections.abc import Sequence
from random import Random
from typing import Literal

import attrs

from greenapi_async.sandbox.simulation.chat_marks import ChatMarks, Typing
from greenapi_async.sandbox.simulation.contacts import AddressBook, Profile
from greenapi_async.sandbox.simulation.groups import Groups
from greenapi_async.sandbox.simulation.ids import incoming_id
from greenapi_async.sandbox.simulation.pushes import Pushed
from greenapi_async.sandbox.simulation.statuses import MOST_VIEWERS, ContactStatus, Look, OwnStatus, Statuses, View

STRANGER = "79001234568@c.us"
"""Who writes in a group when it is not said who."""


@attrs.define(eq=False, kw_only=True)
class People(Pushed):
    """What an instance knows of others, before there is a single message."""

    random: Random = attrs.field(repr=False)
    no_account: set[str] = attrs.field(factory=set[str], init=False, repr=False)
    """Chats whose number has no WhatsApp account."""
    names: dict[str, str] = attrs.field(factory=dict[str, str], init=False, repr=False)
    """The name that each contact gave to itself."""
    address_book: AddressBook = attrs.field(factory=AddressBook, init=False, repr=False)
    profiles: dict[str, Profile] = attrs.field(factory=dict[str, Profile], init=False, repr=False)
    groups: Groups = attrs.field(factory=Groups, init=False, repr=False)
    statuses: Statuses = attrs.field(factory=Statuses, init=False, repr=False)
    _marks: dict[str, ChatMarks] = attrs.field(factory=dict[str, ChatMarks], init=False, repr=False)

    @property
    def now(self) -> float:
        """The time up to which everything has happened."""
        return self._settled_at

    def marks(self, chat_id: str) -> ChatMarks:
        """Give the account's own marks on a chat."""
        return self._marks.setdefault(chat_id, ChatMarks())

    def typing(self, chat_id: str) -> Typing | None:
        """Say what the other side of a chat sees the account do just now."""
        self.settle()
        typing = self.marks(chat_id).typing
        return typing if typing and self.now < typing.until else None

    def name_of(self, chat_id: str) -> str:
        """Give the name that a chat stands under on the account's phone; nothing when there is none."""
        group = self.groups.get(chat_id)
        return group.subject if group else self.address_book.name(chat_id) or self.names.get(chat_id, "")

    def contact_makes_group(self, subject: str, members: Sequence[str], *, admin: bool = False) -> str:
        """Let the first of the contacts make a group with the others and the account in it, and give its id."""
        if not members:
            raise ValueError("'chatIds' must contain at least 1 items")
        self.settle()
        group = self.groups.make(subject, members[0], [self.wid, *members[1:]], at=self.now, random=self.random)
        group.members[self.wid] = admin
        return group.group_id

    def contact_posts_status(self, chat_id: str, look: Look) -> str:
        """Let a contact post a status, and give its id; the account sees it if the contact is in its address book."""
        self.settle()
        posted = ContactStatus(
            id_message=incoming_id(self.random),
            sender=chat_id,
            sender_name=self.names.get(chat_id, chat_id.partition("@")[0]),
            sender_contact_name=self.address_book.name(chat_id),
            timestamp=int(self.now),
            look=look,
        )
        if posted.sender_contact_name:
            self.statuses.seen.append(posted)
        return posted.id_message

    def contact_views_status(self, chat_id: str, id_message: str) -> None:
        """Let a contact look at a status of the account."""
        self.settle()
        status = self.statuses.shown.get(id_message)
        if status is None or chat_id not in status.views:
            raise ValueError(f"{chat_id} was not shown a status {id_message}")
        self._progress(status, chat_id, "read")

    def _publish(self, status: OwnStatus) -> None:
        status.timestamp = int(self.now)
        status.status = "sent"
        self.statuses.shown[status.id_message] = status
        viewers = status.participants or list(self.address_book.entries)[:MOST_VIEWERS]
        status.views = {viewer: View("sent", int(self.now)) for viewer in viewers if viewer not in self.no_account}
        for viewer in status.views:
            self._progress(status, viewer, "delivered")

    def _progress(self, status: OwnStatus, viewer: str, step: Literal["delivered", "read"]) -> None:
        if self.settings["outgoingWebhook"] == "yes":
            status.views[viewer] = View(step, int(self.now))

    def _refusal(self, group_id: str) -> str | None:
        group = self.groups.get(group_id)
        return group.refusal(self.wid) if group else "Error: item-not-found"

    def _enter_group(self, group_id: str, writer: str | None) -> str:
        """Put whoever writes into a group, one that is new to us if need be, and give their id."""
        group = self.groups.get(group_id)
        if group is None:
            subject = group_id.partition("@")[0]
            owner = writer or STRANGER
            self.groups.make(subject, owner, [self.wid], at=self.now, random=self.random, group_id=group_id)
            return owner
        if self.wid not in group.members:
            raise ValueError(f"the account is not in the group {group_id}")
        writer = writer or next((member for member in group.members if member != self.wid), STRANGER)
        group.members.setdefault(writer, False)
        return writer
