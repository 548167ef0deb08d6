"""Context: the state of one conversation, read from and written to a state storage.

The state and its data are stored under a key, by default the instance, the chat and the sender. Every change is
written when its ``await`` returns. Notifications of one chat are handled one at a time, so changes to one key cannot
race as long as the key contains the chat.

A person has one state, under whichever id the server names them. It is stored under the key of the main id. A state
that was stored under another id, before the server reported that both belong to one person, is found there and moved by
the next change. If there are two, the one under the id of the current notification counts.

A handler that fails after it changed the state is retried in the new state. Change the state last.

A stored state that the program no longer declares, or whose data no longer fit their type, is treated as no state.
This is logged once per state; the stored value stays until it expires or is overwritten.
"""

import dataclasses
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, TypeAlias, cast, is_typeddict

import attrs

from greenapi_async._internal.checks import is_positive
from greenapi_async.bots.states import CONVERTER, D, GroupInfo, State, find_state, group_of, group_of_data
from greenapi_async.bots.storage.base import StateStorage
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.identities import with_each_id, with_main_ids
from greenapi_async.models.notifications import Notification

__all__ = ["DAY", "Context", "Key", "by_sender", "load_context"]

Key: TypeAlias = Callable[[Notification], str]

logger = logging.getLogger("greenapi_async")

DAY: Final = 24 * 3600.0
_reported: set[str] = set()
"""The states that were logged as unreadable."""


class Context(Generic[D]):
    """The conversation state of a notification, and the methods that change it.

    A handler receives it by annotation, for example ``context: Context[Order]``.

    Attributes:
        key: The key in the storage.
        current: The current state, or None.
        data: The state's data, deserialised for this notification. Mutations are lost unless ``save`` is called.

    Example:
        >>> @router.message(filters.state(Ordering.size))
        ... async def size(notification: IncomingMessageReceived, context: Context[Order]) -> None:
        ...     await notification.reply("Where shall we deliver it?")
        ...     await context.enter(Ordering.address, Order(size=notification.text))
    """

    def __init__(self, storage: StateStorage, key: str, keys: Sequence[str] = ()) -> None:
        self.key = key
        self.current: State | None = None
        self.data: D | None = None
        self._storage = storage
        self._keys = dict.fromkeys((*keys, key))
        """Keys under which the state may be stored, in the order in which they are tried."""
        self._found_under = key
        self._expires: float | None = DAY

    async def enter(self, state: State, data: D | None = None, *, expires: float | None = DAY) -> None:
        """Set the current state.

        Args:
            state: The new state.
            data: The new data; None keeps the current data if the current state is of the same group.
            expires: Seconds after the last change until the state expires; None means never.

        Raises:
            InvalidArgumentError: ``expires`` is not positive, or the data do not fit the group.

        Example:
            >>> await context.enter(Ordering.size, Order(), expires=3600)
        """
        if expires is not None and not is_positive(expires):
            raise InvalidArgumentError(f"expires must be a positive number of seconds or None, got {expires!r}")
        if data is None and self.current is not None and group_of(self.current).name == group_of(state).name:
            data = self.data
        await self._store(state, data, expires)

    async def save(self, data: D) -> None:
        """Replace the data of the current state.

        Args:
            data: The new data, of the type that the group of the state declares.

        Raises:
            InvalidArgumentError: There is no current state, or the data do not fit its group.
        """
        await self._store(self._state(), data, self._expires)

    async def update(self, **changes: Any) -> None:
        """Change some fields of the data; create the data from them if there are none yet.

        Args:
            **changes: New values by field name.

        Raises:
            InvalidArgumentError: There is no current state, or its group has no data.

        Example:
            >>> await context.update(size="large")
        """
        state = self._state()
        await self._store(state, cast("D", _merge(self.data, group_of(state), changes)), self._expires)

    async def leave(self) -> None:
        """Delete the state and its data."""
        for key in self._keys:
            await self._storage.delete(key)
        self.current = self.data = None

    async def load(self) -> None:
        """Read the state from the storage again."""
        stored, self._found_under = None, self.key
        for key in self._keys:
            if (found := await self._storage.get(key)) is not None and not self._is_of_former_owner(key, found):
                stored, self._found_under = found, key
                break
        self.current, self.data, self._expires = (None, None, DAY) if stored is None else _deserialize(stored)

    def _is_of_former_owner(self, key: str, stored: str) -> bool:
        """Return whether a state was stored for another person, who had the same phone number before.

        Both have other ids, and none of these in common.
        """
        others = self._keys.keys() - {key}
        return bool(others) and bool(former := _stored_keys(stored) - {key}) and others.isdisjoint(former)

    def _state(self) -> State:
        if self.current is None:
            raise InvalidArgumentError("There is no current state to store data in. Call enter() first")
        return self.current

    async def _store(self, state: State, data: D | None, expires: float | None) -> None:
        stored = {"state": str(state), "expires": expires, "data": _serialize(data, group_of(state))}
        if len(self._keys) > 1:
            stored["keys"] = list(self._keys)
        await self._storage.set(self.key, json.dumps(stored), expires)
        if self._found_under != self.key:
            await self._storage.delete(self._found_under)
            self._found_under = self.key
        self.current, self.data, self._expires = state, data, expires


def by_sender(notification: Notification) -> str:
    """Return the default key of a conversation state: instance, chat and sender.

    Args:
        notification: The notification whose state is read.

    Returns:
        ``<instance>/<chat>/<sender>``. The chat replaces a missing sender; other missing parts are empty.
    """
    sender = getattr(notification, "sender", None) or notification.chat_id
    return f"{notification.id_instance or ''}/{notification.chat_id or ''}/{sender or ''}"


async def load_context(storage: StateStorage, notification: Notification, key: Key = by_sender) -> Context[Any]:
    """Read the conversation state of a notification.

    Args:
        storage: Where states are stored.
        notification: The notification.
        key: Computes the key in the storage.
    """
    named = with_each_id(notification)
    if len(named) == 1:
        context: Context[Any] = Context(storage, key(notification))
    else:
        context = Context(storage, key(with_main_ids(notification)), [key(each) for each in named])
    await context.load()
    return context


def _merge(data: Any, group: GroupInfo, changes: Mapping[str, Any]) -> Any:
    if data is None:
        return group.data_type()(**changes)
    if isinstance(data, dict):
        return {**cast("dict[str, Any]", data), **changes}
    kind: Any = data.__class__
    return attrs.evolve(data, **changes) if attrs.has(kind) else dataclasses.replace(data, **changes)


def _serialize(data: Any, group: GroupInfo) -> Any:
    if data is None:
        return None
    kind = group_of_data(group, data).data_type()
    if isinstance(kind, type) and not is_typeddict(kind) and not isinstance(data, kind):
        raise InvalidArgumentError(f"The data of {group.name} must be {kind.__name__}, got {type(data).__name__}")
    return CONVERTER.unstructure(data, unstructure_as=kind)


def _stored_keys(stored: str) -> set[str]:
    """Return the keys of the person for whom a state was stored; empty if only one was known, or it is unreadable."""
    try:
        keys = json.loads(stored).get("keys", ())
    except (ValueError, AttributeError):
        return set()
    return set(cast("list[str]", keys)) if isinstance(keys, list) else set()


def _deserialize(stored: str) -> tuple[State | None, Any, float | None]:
    name = "?"
    try:
        found = json.loads(stored)
        name = str(found["state"])
        state, group = find_state(name)
        data = None if found["data"] is None else CONVERTER.structure(found["data"], group.data)
        return state, data, found["expires"]
    except Exception as error:  # noqa: BLE001  the user's classes are created here and can raise anything
        if name not in _reported:
            _reported.add(name)
            logger.warning(
                "Ignored stored state %s: it cannot be read (%s). Was the state or its data type changed?",
                name,
                type(error).__name__,
            )
        return None, None, DAY
