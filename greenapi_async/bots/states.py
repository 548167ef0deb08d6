"""Where somebody is in a conversation of several steps, and what they said so far.

A state is a name and data, stored under a key: by default the instance, the chat and the sender. A notification is
given it as it was stored, and each ``await`` of a change stores it at once. Notifications of one chat are handled one
after the other, so changes of one key cannot race, as long as the key holds the chat.

A handler that fails after a change is tried again in the new state: change it last, when all else is done. A state that
is gone from the program, or whose data do not fit its class any longer, is none; that is logged once for each state,
and what is stored stays until it lapses or another takes its place.
"""

import dataclasses
import json
import logging
from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any, Generic, TypeAlias, TypeVar, cast, get_args, get_origin, is_typeddict

import attrs
from cattrs import StructureHandlerNotFoundError
from cattrs.preconf.json import make_converter

from greenapi_async.bots.storage.base import StateStorage
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.notifications import Notification

__all__ = ["DAY", "Context", "Key", "State", "StateGroup", "by_sender", "load"]

D = TypeVar("D")
Key: TypeAlias = Callable[[Notification], str]

logger = logging.getLogger("greenapi_async")

DAY = 24 * 3600.0


class State:
    """A state of a group, named by the attribute that holds it; ``str`` gives the name it is stored by."""

    group: "type[StateGroup[Any]]"
    name: str

    def __set_name__(self, owner: "type[StateGroup[Any]]", name: str) -> None:
        self.group, self.name = owner, name

    def __str__(self) -> str:
        return f"{_group(self).name}.{self.name}"

    def __repr__(self) -> str:
        return f"<State {self}>"


class StateGroup(Generic[D]):
    """States that share data: ``class Ordering(StateGroup[OrderData]): size = State()``.

    The data are of an attrs class, a dataclass, a TypedDict or whatever else cattrs can read from JSON; a
    ``StateGroup[None]`` has none. States are stored by the group's qualified name, or by ``name``, which lets the class
    be renamed: ``class Ordering(StateGroup[OrderData], name="ordering")``. Raises ``InvalidArgumentError`` where
    another group has that name.
    """

    def __init_subclass__(cls, *, name: str | None = None, **others: Any) -> None:
        super().__init_subclass__(**others)
        states = {key: value for key, value in vars(cls).items() if isinstance(value, State)}
        group = _Group(name or cls.__qualname__, f"{cls.__module__}.{cls.__qualname__}", _data_type(cls), states)
        other = _GROUPS.get(group.name, group)
        if other.place != group.place:  # the same place is the same module, read again
            words = f"{other.place} and {group.place} are both stored as {group.name}"
            raise InvalidArgumentError(f'{words}; give one another name: class {cls.__name__}(..., name="...")')
        _GROUPS[group.name] = _GROUP_OF[cls] = group


@attrs.frozen
class _Group:
    """What is known of a group, kept apart from the class, where its states may have any name."""

    name: str
    place: str
    data: Any
    """The type of its data; None where it has none."""
    states: Mapping[str, State]


_GROUPS: dict[str, _Group] = {}
_GROUP_OF: dict[type, _Group] = {}
_TOLD: set[str] = set()
"""The states of which was told that they cannot be read."""
_CONVERTER = make_converter(detailed_validation=False)


def _group(state: State) -> _Group:
    group = _GROUP_OF.get(getattr(state, "group", State))
    if group is None or group.states.get(state.name) is not state:
        raise InvalidArgumentError("a State is made as an attribute of a StateGroup: size = State()")
    return group


def _data_type(cls: type) -> Any:
    for base in cast("tuple[Any, ...]", vars(cls).get("__orig_bases__", ())):
        origin = get_origin(base)
        if isinstance(origin, type) and issubclass(origin, StateGroup):
            return _checked(get_args(base)[0], cls.__name__)
    inherited = [_GROUP_OF[base].data for base in cls.__mro__[1:] if base in _GROUP_OF]
    return inherited[0] if inherited else None


def _checked(data: Any, group: str) -> Any:
    if data is NoneType or isinstance(data, TypeVar):
        return None
    try:
        _CONVERTER.get_structure_hook(data)
    except StructureHandlerNotFoundError as error:
        words = f"the data of {group} are {data!r}, which cannot be read from JSON; an attrs class or a dataclass can"
        raise InvalidArgumentError(words) from error
    return data


class Context(Generic[D]):
    """The state that a notification finds, and how to change it; every change is stored when its ``await`` returns.

    ``data`` are made anew for each notification; what is changed in them is kept by ``save``.
    """

    def __init__(self, storage: StateStorage, key: str) -> None:
        self.key = key
        self.current: State | None = None
        self.data: D | None = None
        self._storage = storage
        self._expires: float | None = DAY

    async def enter(self, state: State, data: D | None = None, *, expires: float | None = DAY) -> None:
        """Go to a state, which lapses so many seconds after the last change, or never.

        Without ``data``, those of a state of the same group are kept.
        """
        if expires is not None and (isinstance(expires, bool) or not expires > 0):
            raise InvalidArgumentError(f"expires is {expires!r}; seconds above 0 are needed, or None for never")
        if data is None and self.current is not None and self.current.group is state.group:
            data = self.data
        await self._store(state, data, expires)

    async def save(self, data: D) -> None:
        """Keep data in the current state; raises ``InvalidArgumentError`` where there is none."""
        await self._store(self._state(), data, self._expires)

    async def update(self, **changes: Any) -> None:
        """Change these fields of the data, or make the data of them where there are none yet."""
        state = self._state()
        await self._store(state, cast("D", _changed(self.data, _group(state), changes)), self._expires)

    async def leave(self) -> None:
        """Forget the state and its data."""
        await self._storage.delete(self.key)
        self.current = self.data = None

    async def load(self) -> None:
        """Read it again from the storage."""
        stored = await self._storage.get(self.key)
        self.current, self.data, self._expires = (None, None, DAY) if stored is None else _read(stored)

    def _state(self) -> State:
        if self.current is None:
            raise InvalidArgumentError("there is no state to keep data in; enter one first")
        return self.current

    async def _store(self, state: State, data: D | None, expires: float | None) -> None:
        stored = {"state": str(state), "expires": expires, "data": _written(data, _group(state))}
        await self._storage.set(self.key, json.dumps(stored), expires)
        self.current, self.data, self._expires = state, data, expires


def by_sender(notification: Notification) -> str:
    """Give the key of the instance, the chat and the sender; where no sender is named, the chat stands for it."""
    sender = getattr(notification, "sender", None) or notification.chat_id
    return f"{notification.id_instance or ''}/{notification.chat_id or ''}/{sender or ''}"


async def load(storage: StateStorage, notification: Notification, key: Key = by_sender) -> Context[Any]:
    """Read the state that a notification finds."""
    context: Context[Any] = Context(storage, key(notification))
    await context.load()
    return context


def _changed(data: Any, group: _Group, changes: Mapping[str, Any]) -> Any:
    if data is None:
        return _kind(group)(**changes)
    if isinstance(data, dict):
        return {**cast("dict[str, Any]", data), **changes}
    kind: Any = data.__class__
    return attrs.evolve(data, **changes) if attrs.has(kind) else dataclasses.replace(data, **changes)


def _written(data: Any, group: _Group) -> Any:
    if data is None:
        return None
    kind = _kind(group)
    if isinstance(kind, type) and not is_typeddict(kind) and not isinstance(data, kind):
        raise InvalidArgumentError(f"the data are a {type(data).__name__}; {group.name} has {kind.__name__}")
    return _CONVERTER.unstructure(data, unstructure_as=kind)


def _kind(group: _Group) -> Any:
    if group.data is None:
        words = f"{group.name} has no data; say of which class they are: class {group.name}(StateGroup[TheClass])"
        raise InvalidArgumentError(words)
    return group.data


def _read(stored: str) -> tuple[State | None, Any, float | None]:
    name = "?"
    try:
        found = json.loads(stored)
        name = str(found["state"])
        of_group, _, of_state = name.rpartition(".")
        group = _GROUPS[of_group]
        data = None if found["data"] is None else _CONVERTER.structure(found["data"], group.data)
        return group.states[of_state], data, found["expires"]
    except Exception as error:  # noqa: BLE001  the user's classes are made here, whatever they raise
        if name not in _TOLD:
            _TOLD.add(name)
            words = "the stored state %s cannot be read (%s) and counts as none; was it, or its data, changed?"
            logger.warning(words, name, type(error).__name__)
        return None, None, DAY
