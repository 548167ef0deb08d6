"""The page's view of an instance: rows to display, sent only when they have changed."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from greenapi_async.sandbox.api.messengers import methods_of
from greenapi_async.sandbox.control.operations import instance_row
from greenapi_async.sandbox.control.outgoing_view import outgoing_view
from greenapi_async.sandbox.payloads.schema import is_group
from greenapi_async.sandbox.simulation.catalogue import KINDS
from greenapi_async.sandbox.simulation.content import PollUpdateContent, ReactionContent
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.limits import RATES
from greenapi_async.sandbox.simulation.messages import Chat, Message
from greenapi_async.sandbox.simulation.messengers import Messenger
from greenapi_async.sandbox.simulation.phone_calls import INCOMING, OUTGOING
from greenapi_async.sandbox.simulation.settings import DEFAULTS, NEWER, NUMBERED, SWITCHES
from greenapi_async.sandbox.simulation.sign_in import qr_image
from greenapi_async.sandbox.simulation.statuses import OwnStatus

__all__ = ["PageView"]

_Key = tuple[str, str]
"""Chat and id of a message: on MAX and Telegram ids are unique within one chat only."""
SHOWN: Final = 200
"""Messages per chat, and calls, that a page displays."""
MOST_STATUSES: Final = 20
QUEUED_ORDER: Final = 1_000_000_000_000
"""Offset of the order of queued messages, which are displayed below all others."""


class PageView:
    """One page's knowledge of an instance; `changes` returns the difference."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._sent: dict[str, Any] = {}
        self._rows: dict[_Key, tuple[Any, ...]] = {}
        self._gone: list[_Key] = []
        self._written_to: dict[str, None] = {}
        self._order: dict[_Key, int] = {}
        self._queued: dict[_Key, int] = {}
        self._last = 0
        self._calls: dict[int, tuple[Any, ...]] = {}
        self._first = True

    def changes(self) -> dict[str, Any]:
        """Return everything that the page does not know yet; empty if there is nothing."""
        self._instance.timeline.settle()
        update: dict[str, Any] = {"first": True, "choices": choices(self._instance.messenger)} if self._first else {}
        self._first = False
        rows = {(row["chatId"], row["idMessage"]): row for row in self._new_rows()}
        products = [product.as_row() for product in self._instance.shops.own.products.values()]
        parts = {
            "instance": self._instance_row(),
            "chats": self._chats(),
            "products": products,
            "outgoing": outgoing_view(self._instance),
            "statuses": self._statuses(),
        }
        for name, part in parts.items():
            if self._sent.get(name) != part:
                update[name] = self._sent[name] = part
        if rows:
            update["messages"] = list(rows.values())
        if gone := self._gone:
            update["gone"] = [id_message for _, id_message in gone]
            update["goneFrom"] = [chat_id for chat_id, _ in gone]
        if calls := self._new_calls():
            update["calls"] = calls
        return {"now": self._instance.timeline.now, **update} if update else {}

    def _instance_row(self) -> dict[str, Any]:
        instance = self._instance
        text = instance.sign_in.qr_text
        unlinked = instance.state == "notAuthorized"
        return {
            **instance_row(instance),
            "settings": dict(instance.settings),
            "wid": instance.own_id,
            "queues": {"notifications": len(instance.notifications), "messages": len(instance.outbox)},
            "faults": instance.faults.as_rows(),
            "qr": {"image": qr_image(text), "text": text} if unlinked else None,
            "authorizationCode": instance.sign_in.code if unlinked else None,
        }

    def _chats(self) -> list[dict[str, Any]]:
        instance = self._instance
        groups = [group.group_id for group in instance.groups]
        ids = dict.fromkeys([*instance.chats, *groups, *self._written_to])
        return [self._chat(chat_id) for chat_id in ids if chat_id != instance.own_id]

    def _statuses(self) -> list[dict[str, Any]]:
        """Return the latest statuses of the account and of its contacts, newest first."""
        instance = self._instance
        name_of = instance.people.name_of
        own: list[dict[str, Any]] = [
            {
                **status.as_journal_row(),
                "viewers": [
                    {"chatId": viewer, "name": name_of(viewer) or viewer.partition("@")[0], "status": view.status}
                    for viewer, view in status.views.items()
                ],
            }
            for status in instance.statuses.own.values()
        ]
        seen: list[dict[str, Any]] = [{**status.as_journal_row(), "viewers": []} for status in instance.statuses.seen]
        return sorted([*own, *seen], key=lambda row: row["timestamp"], reverse=True)[:MOST_STATUSES]

    def _chat(self, chat_id: str) -> dict[str, Any]:
        instance = self._instance
        group = instance.groups.get(chat_id)
        typing = instance.chats.typing(chat_id)
        return {
            "chatId": chat_id,
            "name": instance.people.name_of(chat_id) or chat_id.partition("@")[0],
            "isGroup": is_group(chat_id),
            "phone": instance.people.phones.get(chat_id, chat_id.partition("@")[0]),
            "exists": instance.people.has_account(chat_id),
            "typing": typing.action if typing else None,
            "members": [
                {
                    "chatId": member,
                    "name": instance.people.name_of(member) or member.partition("@")[0],
                    "isAdmin": admin,
                    "isAccount": member == instance.own_id,
                }
                for member, admin in (group.members.items() if group else ())
            ],
        }

    def _new_rows(self) -> Iterator[dict[str, Any]]:
        seen: dict[_Key, tuple[Any, ...]] = {}
        reactions = self._reactions()
        written: list[Message] = []
        for message, queued in self._messages():
            written.append(message)
            if isinstance(message.content, ReactionContent | PollUpdateContent):
                continue
            key = _key(message)
            order = self._queued_order(key) if queued else self._sent_order(key)
            status = "queued" if queued else message.status
            reacted = reactions.get(key, {})
            displayed = (order, status, message.content, message.edited, dict(message.votes), reacted)
            seen[key] = displayed
            if self._rows.get(key) != displayed:
                yield self._row(message, order, status, reacted)
        self._gone = [key for key in self._rows if key not in seen]
        for key in self._gone:
            self._order.pop(key, None)
            self._queued.pop(key, None)
        self._rows = seen
        self._written_to = dict.fromkeys(message.chat_id for message in written)

    def _sent_order(self, key: _Key) -> int:
        """Return the order of a message: after everything that was displayed before it."""
        if key not in self._order:
            self._last += 1
            self._order[key] = self._last
            self._queued.pop(key, None)
        return self._order[key]

    def _queued_order(self, key: _Key) -> int:
        """Return the order of a queued message, which does not change when earlier ones are sent."""
        if key not in self._queued:
            self._last += 1
            self._queued[key] = QUEUED_ORDER + self._last
        return self._queued[key]

    def _messages(self) -> Iterator[tuple[Message, bool]]:
        """Yield delivered, undelivered and queued messages, each with whether it is queued."""
        instance = self._instance
        lost: dict[str, list[Message]] = {}
        for message in instance.chats.undelivered[-SHOWN:]:
            lost.setdefault(message.chat_id, []).append(message)
        for chat in instance.chats.values():
            mixed = [*self._newest(chat), *lost.pop(chat.chat_id, [])]
            yield from ((message, False) for message in sorted(mixed, key=lambda message: message.timestamp))
        yield from ((message, False) for messages in lost.values() for message in messages)
        for queued in islice(instance.outbox, SHOWN):
            if not isinstance(queued.message, OwnStatus):
                yield queued.message, True

    def _newest(self, chat: Chat) -> list[Message]:
        """Return the latest messages of a chat, without older ones that would reappear after a deletion."""
        newest = chat.messages[-SHOWN:]
        oldest_known = next((at for at, message in enumerate(newest) if _key(message) in self._order), 0)
        return newest[oldest_known:]

    def _reactions(self) -> dict[_Key, dict[str, str]]:
        found: dict[_Key, dict[str, str]] = {}
        for chat in self._instance.chats.values():
            for message in chat.messages:
                if isinstance(message.content, ReactionContent):
                    by_sender = found.setdefault((message.chat_id, message.content.stanza_id), {})
                    by_sender.pop(message.sender, None)
                    if message.content.emoji:
                        by_sender[message.sender] = message.content.emoji
        return found

    def _row(self, message: Message, order: int, status: str | None, reactions: Mapping[str, str]) -> dict[str, Any]:
        content = message.content.flat()
        return {
            "idMessage": message.id_message,
            "chatId": message.chat_id,
            "order": order,
            "type": message.type,
            "sender": message.sender,
            "senderName": message.sender_name or message.sender.partition("@")[0],
            "timestamp": message.timestamp,
            "status": status,
            "byApi": message.by_api,
            "typeMessage": content["typeMessage"],
            "text": message.text,
            "isEdited": message.edited,
            "quoted": _quote(self._instance.chats.quoted_by(message)),
            "reactions": reactions,
            "votes": {voter: list(options) for voter, options in message.votes.items()},
            "content": content,
        }

    def _new_calls(self) -> list[dict[str, Any]]:
        rows = {call.number: call for call in list(self._instance.calls)[-SHOWN:]}
        displayed = {number: (call.status, call.took) for number, call in rows.items()}
        new = [rows[number].as_row() for number, shown in displayed.items() if self._calls.get(number) != shown]
        self._calls = displayed
        return new


def _key(message: Message) -> _Key:
    return message.chat_id, message.id_message


def _quote(quoted: Message | None) -> dict[str, Any] | None:
    if quoted is None:
        return None
    return {
        "idMessage": quoted.id_message,
        "typeMessage": quoted.type_message,
        "text": quoted.text,
        "senderName": quoted.sender_name or quoted.sender.partition("@")[0],
    }


def choices(messenger: Messenger) -> dict[str, Any]:
    """Return the options of the page's selection lists."""
    switches = [name for name in (*SWITCHES, *NEWER) if not messenger.has_numbers or name in NUMBERED]
    return {
        "states": messenger.states,
        "methods": list(methods_of(messenger)),
        "limits": RATES,
        "kinds": KINDS,
        "switches": switches,
        "off": [name for name in switches if DEFAULTS.get(name, "no") == "no"],
        "callStatuses": {"incoming": INCOMING, "outgoing": OUTGOING},
    }
