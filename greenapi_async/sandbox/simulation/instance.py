"""One instance of the fake server, with the people around it.

`Instance` is composed of parts with one responsibility each. The parts receive their collaborators explicitly and share
the `timeline`, on which everything happens, and the `settings`. The API calls the parts; the methods of `Instance`
itself are what a test scripts: people write, calls fail, the state changes.
"""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from greenapi_async.sandbox.payloads.schema import first_error, is_group
from greenapi_async.sandbox.simulation.account import Account
from greenapi_async.sandbox.simulation.actions import ACTIONS, SCHEMA, ActionContext
from greenapi_async.sandbox.simulation.call_log import CallLog
from greenapi_async.sandbox.simulation.catalogue import NotificationContext, build_notification
from greenapi_async.sandbox.simulation.chats import Chats
from greenapi_async.sandbox.simulation.content import Content
from greenapi_async.sandbox.simulation.faults import Fault, FaultPlan
from greenapi_async.sandbox.simulation.files import FileStore
from greenapi_async.sandbox.simulation.groups import Groups
from greenapi_async.sandbox.simulation.ids import MessageIds
from greenapi_async.sandbox.simulation.lids import Lids
from greenapi_async.sandbox.simulation.lifecycle import Lifecycle, State
from greenapi_async.sandbox.simulation.mailbox import Mailbox
from greenapi_async.sandbox.simulation.messages import Chat, Message
from greenapi_async.sandbox.simulation.messengers import WHATSAPP, Messenger
from greenapi_async.sandbox.simulation.notifications import NotificationQueue
from greenapi_async.sandbox.simulation.outbox import Outbox
from greenapi_async.sandbox.simulation.people import People
from greenapi_async.sandbox.simulation.phone_calls import PhoneCalls
from greenapi_async.sandbox.simulation.pushes import Pushes
from greenapi_async.sandbox.simulation.quotas import Quotas
from greenapi_async.sandbox.simulation.rate_limiter import RateLimiter
from greenapi_async.sandbox.simulation.shops import Shops
from greenapi_async.sandbox.simulation.sign_in import SignIn
from greenapi_async.sandbox.simulation.statuses import Statuses
from greenapi_async.sandbox.simulation.timeline import Timeline
from greenapi_async.sandbox.simulation.voice_calls import VoiceCalls

__all__ = ["Instance"]


class Instance:
    """An account behind the API, and the phones around it.

    Attributes:
        id_instance: The number of the instance.
        token: Its `apiTokenInstance`.
        phone: The account's phone number, digits only.
        messenger: The account's messenger.
        wid: The account's `wid`.
        own_id: The account's own chat id.
        name: The name that the partner who created it gave it.
        settings: The settings in force, by their wire names.
        clock: Returns the current time in seconds since the epoch.
        random: Source of ids.
        files: The uploaded files.
        timeline: The simulated time and the events that are due in it.
        changes: Notified whenever something in the instance changed.
        lifecycle: State, restarts, and settings that apply later.
        sign_in: QR and authorization codes.
        notifications: The queue of notifications, which bots poll.
        pushes: The delivery of that queue to the webhook URL.
        people: Names, profiles and the address book.
        lids: The second id of people, their `@lid`.
        groups: Groups and their members.
        chats: The messages in all chats.
        mailbox: Delivery of messages into chats, with their notifications.
        outbox: The messages that wait to be sent.
        statuses: Statuses of the account and its contacts.
        phone_calls: The log of voice and video calls.
        voice_calls: The current voice call.
        shops: The catalogues of the account and of its contacts, and the orders.
        quotas: The tariff and its monthly quotas.
        rate_limiter: The rate limit of each method.
        faults: The planned faults.
        calls: The log of API calls.
    """

    def __init__(
        self,
        *,
        id_instance: int,
        token: str,
        phone: str,
        settings: dict[str, Any],
        clock: Callable[[], float],
        random: Random,
        files: FileStore,
        state: State | None = "authorized",
        messenger: Messenger = WHATSAPP,
        settings_delay: float = 0,
        restart_seconds: float = 0,
        push_timeout: float = 180,
        push_interval: float = 60,
        push_gap: float = 0.02,
    ) -> None:
        self.account = account = Account(id_instance, phone, messenger=messenger)
        self.id_instance = id_instance
        self.token = token
        self.phone = phone
        self.messenger = messenger
        self.wid = account.wid
        self.own_id = account.chat_id
        self.name = ""
        self.settings = settings
        self.clock = clock
        self.random = random
        self.files = files
        self.timeline = timeline = Timeline(clock)
        self.changes = timeline.changes
        self.faults = FaultPlan()
        self.calls = CallLog()
        self.rate_limiter = RateLimiter()
        self.quotas = Quotas()
        self.lids = Lids(settings)
        self.notifications = NotificationQueue(timeline, settings, self.lids)
        self.lifecycle = Lifecycle(
            account=account,
            timeline=timeline,
            settings=settings,
            notifications=self.notifications,
            state=state,
            settings_delay=settings_delay,
            restart_seconds=restart_seconds,
        )
        self.pushes = Pushes(
            timeline=timeline,
            settings=settings,
            notifications=self.notifications,
            lifecycle=self.lifecycle,
            timeout=push_timeout,
            interval=push_interval,
            gap=push_gap,
        )
        self.sign_in = SignIn(token, timeline, self.lifecycle, random)
        self.groups = Groups(account, timeline, random)
        self.people = People(account, self.groups)
        self.shops = Shops(account, timeline, random)
        self.statuses = Statuses(timeline=timeline, settings=settings, people=self.people, random=random)
        self._ids = ids = MessageIds(messenger, random, timeline.current)
        self.chats = Chats(messenger, timeline)
        self.mailbox = Mailbox(
            account=account,
            timeline=timeline,
            settings=settings,
            lifecycle=self.lifecycle,
            notifications=self.notifications,
            quotas=self.quotas,
            groups=self.groups,
            chats=self.chats,
            people=self.people,
            ids=ids,
        )
        self.outbox = Outbox(
            account=account,
            timeline=timeline,
            settings=settings,
            lifecycle=self.lifecycle,
            mailbox=self.mailbox,
            chats=self.chats,
            people=self.people,
            groups=self.groups,
            statuses=self.statuses,
            quotas=self.quotas,
            ids=ids,
        )
        self.phone_calls = PhoneCalls(
            account=account,
            timeline=timeline,
            settings=settings,
            lifecycle=self.lifecycle,
            notifications=self.notifications,
            chats=self.chats,
            random=random,
        )
        self.voice_calls = VoiceCalls(
            timeline=timeline, phone_calls=self.phone_calls, people=self.people, random=random
        )

    def __repr__(self) -> str:
        return f"<Instance {self.id_instance} {self.state}>"

    @property
    def state(self) -> State | None:
        """The current state; None while the instance is being created."""
        return self.lifecycle.state

    def set_state(self, state: State | None) -> None:
        """Enter a state and end a restart under way; queues a notification if `stateWebhook` is on.

        Args:
            state: The new state; None is that of an instance being created.

        Raises:
            ValueError: There is no such state.
        """
        self.lifecycle.set_state(state)

    def fail(self, method: str, fault: Fault, times: int = 1) -> None:
        """Make the next calls of a method fail.

        Args:
            method: The method, or `*` for any.
            fault: What happens to the calls.
            times: How many calls it happens to.
        """
        self.faults.add(method, fault, times)

    def clear_faults(self) -> None:
        """Remove every planned fault."""
        self.faults.clear()

    def queue_notification(self, body: Mapping[str, Any]) -> None:
        """Queue a notification unchanged, regardless of the settings.

        Args:
            body: The notification.
        """
        self.timeline.settle()
        self.notifications.add(body, unchanged=True)

    def produce(self, kind: str, *, variant: str | None = None, **fields: Any) -> str:
        """Queue a notification from the catalogue, regardless of the settings.

        Only the notification is created: no chat and no journal contains what it reports.

        Args:
            kind: A `typeWebhook` or `typeMessage`, from `catalogue.KINDS`.
            variant: One of the spellings of that kind; None is the first.
            fields: Replacements for fields of the body, as in `produce("textMessage", textMessage="hi")`.

        Returns:
            Its `idMessage`, or an empty string if it has none.

        Raises:
            ValueError: There is no such kind, variant or field.
        """
        self.timeline.settle()
        context = NotificationContext(
            account=self.account,
            at=int(self.timeline.now),
            random=self.random,
            files=self.files,
        )
        body = build_notification(context, kind, variant, fields)
        self.notifications.add(body, unchanged=True)
        return str(body.get("idMessage", ""))

    def chat(self, chat_id: str) -> list[Message]:
        """Return the messages of a chat in both directions, oldest first; empty if there is no such chat."""
        self.timeline.settle()
        chat_id = self.people.resolve(chat_id)
        return list(self.chats[chat_id].messages) if chat_id in self.chats else []

    def add_contact(self, chat_id: str, name: str = "", *, lid: str | None = None) -> None:
        """Open an empty chat with a contact.

        Args:
            chat_id: The contact.
            name: The name that the contact chose for itself.
            lid: The contact's `@lid`; None keeps the known one, if any.

        Raises:
            ValueError: An id is not valid.
        """
        self.timeline.settle()
        if lid is not None:
            self.lids.assign(chat_id, lid)
        chat_id = self.people.resolve(chat_id)
        chat = self.chats.open(chat_id)
        if name:
            self.people.names[chat_id] = name
            chat.name = self.people.address_book.name(chat_id) or name
        self.changes.notify()

    def contact_writes(
        self,
        chat_id: str,
        text: str,
        *,
        sender_name: str | None = None,
        sender: str | None = None,
        contact_name: str = "",
        quoted_message_id: str | None = None,
    ) -> str:
        """Receive a text message from a contact.

        Args:
            chat_id: The chat: a contact or a group.
            text: The text.
            sender_name: The name that the author chose; None keeps the known one.
            sender: The author in a group; None is any member.
            contact_name: The name to save the author under in the address book.
            quoted_message_id: The id of the message that it quotes.

        Returns:
            The id of the message.

        Raises:
            ValueError: An id is not valid, or the account is not a member of the group.
        """
        return self.contact_sends(
            chat_id,
            {"text": text},
            sender_name=sender_name,
            sender=sender,
            contact_name=contact_name,
            quoted_message_id=quoted_message_id,
        )

    def contact_sends(
        self,
        chat_id: str,
        what: Mapping[str, Any],
        *,
        sender_name: str | None = None,
        sender: str | None = None,
        contact_name: str = "",
        quoted_message_id: str | None = None,
    ) -> str:
        """Perform an action of a contact: send any message, edit, delete, vote, react.

        Args:
            chat_id: The chat: a contact or a group.
            what: The action and its parameters, such as `{"poll": {...}}`; see `actions.ACTIONS`.
            sender_name: The name that the author chose; None keeps the known one.
            sender: The author in a group; None is any member.
            contact_name: The name to save the author under in the address book.
            quoted_message_id: The id of the message that it quotes.

        Returns:
            The id of the message.

        Raises:
            ValueError: The action, its parameters or an id is not valid, or the account is not a member of the group.
        """
        self.timeline.settle()
        chat_id = self.people.resolve(chat_id)
        chat = self.chats.open(chat_id, quoting=quoted_message_id)
        in_group = is_group(chat_id)
        author = self.groups.join_author(chat_id, sender and self.people.resolve(sender)) if in_group else chat_id
        content = self._perform(chat, author, what)
        people = self.people
        name = (
            people.names.get(author, people.phones.get(author, author.partition("@")[0]))
            if sender_name is None
            else sender_name
        )
        people.names[author] = name
        if contact_name:
            people.address_book.save(author, contact_name)
        contact_name = people.address_book.name(author)
        if not in_group:
            chat.name = contact_name or name
        message = Message(
            id_message=self._ids.new(chat_id, incoming=True),
            chat_id=chat_id,
            type="incoming",
            content=content,
            sender=author,
            sender_name=name,
            sender_contact_name=contact_name,
            quoted_message_id=quoted_message_id,
        )
        self.mailbox.post(chat, message, "contact")
        return message.id_message

    def contact_reads(self, chat_id: str) -> list[str]:
        """Mark the account's messages in a chat as read by the contact.

        Args:
            chat_id: The chat.

        Returns:
            The ids of the messages that were unread.
        """
        unread = [message for message in self.chat(chat_id) if message.status == "delivered"]
        for message in unread:
            self.mailbox.set_status(message, "read")
        return [message.id_message for message in unread]

    def contact_makes_group(self, subject: str, members: Sequence[str], *, admin: bool = False) -> str:
        """Create a group of contacts with the account as a member.

        Args:
            subject: The name of the group.
            members: The contacts; the first one is the owner.
            admin: Whether the account is an admin.

        Returns:
            The chat id of the group.

        Raises:
            ValueError: There is no contact.
        """
        if not members:
            raise ValueError("'chatIds' must contain at least 1 items")
        owner, *others = map(self.people.resolve, members)
        group = self.groups.create(subject, owner, [self.own_id, *others])
        group.members[self.own_id] = admin
        return group.group_id

    def phone_writes(self, chat_id: str, text: str, *, quoted_message_id: str | None = None) -> str:
        """Send a text message from the phone of the account's owner.

        Args:
            chat_id: The recipient.
            text: The text.
            quoted_message_id: The id of the message that it quotes.

        Returns:
            The id of the message.

        Raises:
            ValueError: An id is not valid.
        """
        return self.phone_sends(chat_id, {"text": text}, quoted_message_id=quoted_message_id)

    def phone_sends(self, chat_id: str, what: Mapping[str, Any], *, quoted_message_id: str | None = None) -> str:
        """Perform an action on the phone of the account's owner: send any message, edit, delete, vote, react.

        Args:
            chat_id: The recipient.
            what: The action and its parameters, such as `{"poll": {...}}`; see `actions.ACTIONS`.
            quoted_message_id: The id of the message that it quotes.

        Returns:
            The id of the message.

        Raises:
            ValueError: The action, its parameters or an id is not valid.
        """
        self.timeline.settle()
        chat_id = self.people.resolve(chat_id)
        chat = self.chats.open(chat_id, quoting=quoted_message_id)
        if is_group(chat_id):
            self.groups.join_author(chat_id, self.own_id)
        content = self._perform(chat, self.own_id, what)
        message = self.mailbox.compose(chat_id, content, quoted_message_id, by_api=False)
        self.mailbox.post(chat, message, "phone")
        self.mailbox.set_status(message, "sent")
        if chat_id != self.own_id:
            self.mailbox.set_status(message, "delivered")
        return message.id_message

    def _perform(self, chat: Chat, author: str, what: Mapping[str, Any]) -> Content:
        if wrong := first_error(SCHEMA, what):
            raise ValueError(wrong)
        if len(what) != 1:
            raise ValueError(f"expected exactly one action of [{', '.join(ACTIONS)}]")
        [(name, parameters)] = what.items()
        return ACTIONS[name].perform(ActionContext(chat, author, self.files, self.shops, self.wid), parameters)
