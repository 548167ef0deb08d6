"""What the page shows of an instance, as rows; and what of it has changed since it was last asked."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from greenapi_async.sandbox.api.methods import METHODS
from greenapi_async.sandbox.control.operations import described
from greenapi_async.sandbox.simulation.catalogue import KINDS
from greenapi_async.sandbox.simulation.content import PollUpdateContent, ReactionContent
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.lifecycle import STATES
from greenapi_async.sandbox.simulation.limits import RATES
from greenapi_async.sandbox.simulation.messages import Chat, Message
from greenapi_async.sandbox.simulation.phone_calls import INCOMING, OUTGOING
from greenapi_async.sandbox.simulation.settings import NEWER, SWITCHES
from greenapi_async.sandbox.simulation.sign_in import picture
from greenapi_async.sandbox.simulation.statuses import OwnStatus

SHOWN: Final = 200
"""Messages of a chat, and calls, that a page is given."""
WAITING: Final = 1_000_000_000_000
"""Where those stand that have not left the queue: below all others."""


class View:
    """One page's knowledge of an instance; `changes` brings it up to date."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._told: dict[str, Any] = {}
        self._rows: dict[str, tuple[Any, ...]] = {}
        self._gone: list[str] = []
        self._written_to: dict[str, None] = {}
        self._places: dict[str, int] = {}
        self._waiting: dict[str, int] = {}
        self._last = 0
        self._calls: dict[int, tuple[Any, ...]] = {}
        self._first = True

    def changes(self) -> dict[str, Any]:
        """Give what is not known yet; nothing when all is."""
        self._instance.settle()
        told: dict[str, Any] = {"first": True, "choices": choices()} if self._first else {}
        self._first = False
        rows = {row["idMessage"]: row for row in self._new_rows()}
        for name, part in (("instance", self._described()), ("chats", self._chats())):
            if self._told.get(name) != part:
                told[name] = self._told[name] = part
        if rows:
            told["messages"] = list(rows.values())
        if gone := self._gone:
            told["gone"] = gone
        if calls := self._new_calls():
            told["calls"] = calls
        return {"now": self._instance.now, **told} if told else {}

    def _described(self) -> dict[str, Any]:
        instance = self._instance
        text = instance.sign_in.qr_text(instance.now)
        unlinked = instance.state == "notAuthorized"
        return {
            **described(instance),
            "settings": dict(instance.settings),
            "wid": instance.wid,
            "queues": {"notifications": len(instance.notifications), "messages": len(instance.outbox)},
            "faults": instance.faults.as_rows(),
            "qr": {"image": picture(text), "text": text} if unlinked else None,
            "authorizationCode": instance.sign_in.code_at(instance.now) if unlinked else None,
        }

    def _chats(self) -> list[dict[str, Any]]:
        instance = self._instance
        groups = [group.group_id for group in instance.groups]
        ids = dict.fromkeys([*instance.chats, *groups, *self._written_to])
        return [self._chat(chat_id) for chat_id in ids if chat_id != instance.wid]

    def _chat(self, chat_id: str) -> dict[str, Any]:
        instance = self._instance
        group = instance.groups.get(chat_id)
        typing = instance.typing(chat_id)
        return {
            "chatId": chat_id,
            "name": instance.name_of(chat_id) or chat_id.partition("@")[0],
            "isGroup": chat_id.endswith("@g.us"),
            "exists": chat_id not in instance.no_account,
            "typing": typing.action if typing else None,
            "members": [
                {
                    "chatId": member,
                    "name": instance.name_of(member) or member.partition("@")[0],
                    "isAdmin": admin,
                    "isAccount": member == instance.wid,
                }
                for member, admin in (group.members.items() if group else ())
            ],
        }

    def _new_rows(self) -> Iterator[dict[str, Any]]:
        seen: dict[str, tuple[Any, ...]] = {}
        reactions = self._reactions()
        written: list[Message] = []
        for message, queued in self._messages():
            written.append(message)
            if isinstance(message.content, ReactionContent | PollUpdateContent):
                continue
            place = self._waits(message.id_message) if queued else self._place(message.id_message)
            status = "queued" if queued else message.status
            reacted = reactions.get(message.id_message, {})
            looks = (place, status, message.content, message.edited, dict(message.votes), reacted)
            seen[message.id_message] = looks
            if self._rows.get(message.id_message) != looks:
                yield self._row(message, place, status, reacted)
        self._gone = [id_message for id_message in self._rows if id_message not in seen]
        for id_message in self._gone:
            self._places.pop(id_message, None)
            self._waiting.pop(id_message, None)
        self._rows = seen
        self._written_to = dict.fromkeys(message.chat_id for message in written)

    def _place(self, id_message: str) -> int:
        """Give where it stands among all: after whatever was shown before it."""
        if id_message not in self._places:
            self._last += 1
            self._places[id_message] = self._last
            self._waiting.pop(id_message, None)
        return self._places[id_message]

    def _waits(self, id_message: str) -> int:
        """Give where it stands while it waits, which is the same however many leave before it."""
        if id_message not in self._waiting:
            self._last += 1
            self._waiting[id_message] = WAITING + self._last
        return self._waiting[id_message]

    def _messages(self) -> Iterator[tuple[Message, bool]]:
        """Give what stands in the chats, what never arrived there, and what waits to be sent; and whether it does."""
        instance = self._instance
        lost: dict[str, list[Message]] = {}
        for message in instance.undelivered[-SHOWN:]:
            lost.setdefault(message.chat_id, []).append(message)
        for chat in instance.chats.values():
            mixed = [*self._newest(chat), *lost.pop(chat.chat_id, [])]
            yield from ((message, False) for message in sorted(mixed, key=lambda one: one.timestamp))
        yield from ((message, False) for messages in lost.values() for message in messages)
        for waiting in islice(instance.outbox, SHOWN):
            if not isinstance(waiting.message, OwnStatus):
                yield waiting.message, True

    def _newest(self, chat: Chat) -> list[Message]:
        """Give the last messages of a chat, without older ones that come back because others were deleted."""
        newest = chat.messages[-SHOWN:]
        oldest_known = next((at for at, one in enumerate(newest) if one.id_message in self._places), 0)
        return newest[oldest_known:]

    def _reactions(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for chat in self._instance.chats.values():
            for message in chat.messages:
                if isinstance(message.content, ReactionContent):
                    mine = found.setdefault(message.content.stanza_id, {})
                    mine.pop(message.sender, None)
                    if message.content.emoji:
                        mine[message.sender] = message.content.emoji
        return found

    def _row(self, message: Message, place: int, status: str | None, reactions: Mapping[str, str]) -> dict[str, Any]:
        content = message.content.flat()
        return {
            "idMessage": message.id_message,
            "chatId": message.chat_id,
            "order": place,
            "type": message.type,
            "sender": message.sender,
            "senderName": message.sender_name or message.sender.partition("@")[0],
            "timestamp": message.timestamp,
            "status": status,
            "byApi": message.by_api,
            "typeMessage": content["typeMessage"],
            "text": message.text,
            "isEdited": message.edited,
            "quoted": _quote(self._instance.quoted_by(message)),
            "reactions": reactions,
            "votes": {voter: list(options) for voter, options in message.votes.items()},
            "content": content,
        }

    def _new_calls(self) -> list[dict[str, Any]]:
        rows = {call.number: call for call in list(self._instance.calls)[-SHOWN:]}
        looks = {number: (call.status, call.took) for number, call in rows.items()}
        new = [rows[number].as_dict() for number, look in looks.items() if self._calls.get(number) != look]
        self._calls = looks
        return new


def _quote(quoted: Message | None) -> dict[str, Any] | None:
    if quoted is None:
        return None
    return {
        "idMessage": quoted.id_message,
        "typeMessage": quoted.content.flat()["typeMessage"],
        "text": quoted.text,
        "senderName": quoted.sender_name or quoted.sender.partition("@")[0],
    }


def choices() -> dict[str, Any]:
    """Give what the page lets choose from."""
    return {
        "states": STATES,
        "methods": list(METHODS),
        "limits": RATES,
        "kinds": KINDS,
        "switches": [*SWITCHES, *NEWER],
        "callStatuses": {"incoming": INCOMING, "outgoing": OUTGOING},
    }
