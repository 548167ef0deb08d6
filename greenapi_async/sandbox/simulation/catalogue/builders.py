"""How the notifications of the catalogue are made: a content put into the envelope of `bodies`, then changed.

A change is how one spelling of the manual differs from another: a field dropped, moved, or written as something else.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from random import Random
from typing import Any, Final

import attrs

from greenapi_async.sandbox.simulation import bodies
from greenapi_async.sandbox.simulation.content import Content
from greenapi_async.sandbox.simulation.files import FileStore
from greenapi_async.sandbox.simulation.ids import incoming_id, outgoing_id
from greenapi_async.sandbox.simulation.messages import Message

CONTACT: Final = "79001234568@c.us"
GROUP: Final = "120363347693198097@g.us"
INCOMING: Final = "incomingMessageReceived"
WEBHOOKS: Final = (INCOMING, "outgoingMessageReceived", "outgoingAPIMessageReceived")
"""The types of notifications that carry a message."""


@attrs.frozen(kw_only=True)
class Stage:
    """Whose notification it is, and when and where it happens."""

    id_instance: int
    wid: str
    at: int
    random: Random = attrs.field(repr=False)
    files: FileStore = attrs.field(repr=False)
    chat_id: str | None = None
    """Where, if not with the contact, or in the group, of the examples."""
    type_webhook: str = INCOMING
    """By which notification a message comes."""

    @property
    def instance(self) -> dict[str, Any]:
        """The `instanceData`."""
        return bodies.instance_data(self.id_instance, self.wid)


Build = Callable[[Stage], dict[str, Any]]
Variants = Mapping[str, Build]
Making = Callable[[Stage], Content]
Change = Callable[[dict[str, Any]], None]


def says(making: Making, *changes: Change, quoting: Making | None = None, chat_id: str = CONTACT) -> Build:
    """Tell of a message."""

    def build(stage: Stage) -> dict[str, Any]:
        where = stage.chat_id or chat_id
        sent = _message(stage, making, where)
        quoted = None if quoting is None else _message(stage, quoting, where)
        name = "Махловка, рисование 4-6" if where.endswith("@g.us") else "Иван"
        return bodies.message(stage.type_webhook, stage.instance, sent, chat_name=name, quoted=quoted)

    return changed(build, *changes)


def changed(build: Build, *changes: Change) -> Build:
    """Change what is built, one change after the other."""

    def built(stage: Stage) -> dict[str, Any]:
        body = deepcopy(build(stage))
        for change in changes:
            change(body)
        return body

    return built


def drop(*paths: str) -> Change:
    """Leave fields out."""

    def change(body: dict[str, Any]) -> None:
        for path in paths:
            holder, name = _field(body, path)
            del holder[name]

    return change


def put(path: str, value: Any) -> Change:
    """Write a field."""

    def change(body: dict[str, Any]) -> None:
        holder, name = _field(body, path)
        holder[name] = deepcopy(value)

    return change


def move(*paths: tuple[str, str]) -> Change:
    """Put fields elsewhere, or under another name."""

    def change(body: dict[str, Any]) -> None:
        for old, new in paths:
            holder, name = _field(body, old)
            target, new_name = _field(body, new)
            target[new_name] = holder.pop(name)

    return change


def as_strings(*paths: str) -> Change:
    """Write numbers as strings."""

    def change(body: dict[str, Any]) -> None:
        for path in paths:
            holder, name = _field(body, path)
            if name in holder:
                holder[name] = str(holder[name])

    return change


IN_STRINGS: Final = as_strings("instanceData.idInstance", "timestamp")
UNNAMED: Final = drop("senderData.chatName")


def _field(body: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    *parents, name = path.split(".")
    for parent in parents:
        body = body[parent]
    return body, name


def _message(stage: Stage, making: Making, chat_id: str) -> Message:
    incoming = stage.type_webhook == INCOMING
    return Message(
        id_message=(incoming_id if incoming else outgoing_id)(stage.random),
        chat_id=chat_id,
        type="incoming" if incoming else "outgoing",
        content=making(stage),
        sender=stage.wid if not incoming else CONTACT if chat_id.endswith("@g.us") else chat_id,
        sender_name="Иван",
        sender_contact_name="Иван Васильевич" if incoming else "",
        timestamp=stage.at,
    )
