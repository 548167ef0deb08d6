"""States of a conversation with several steps, and the groups that give them names and typed data.

A state is stored as the name of its group and its own name. The data of a group are serialised to JSON by cattrs.

A module may be imported more than once: reloaded, or as ``__main__`` and by its name. Its groups then exist several
times. They are the same group, and their states are equal, if their classes have the same name in the same file.
"""

import inspect
import os
from collections.abc import Mapping
from types import NoneType
from typing import Any, Final, Generic, TypeVar, cast, get_args, get_origin

import attrs
from cattrs import StructureHandlerNotFoundError
from cattrs.preconf.json import JsonConverter, make_converter

from greenapi_async.errors import InvalidArgumentError

__all__ = ["CONVERTER", "D", "GroupInfo", "State", "StateGroup", "find_state", "group_of", "group_of_data"]

D = TypeVar("D")
CONVERTER: Final[JsonConverter] = make_converter(detailed_validation=False)


class State:
    """One state of a group, named by the attribute it is assigned to; ``str(state)`` is the name it is stored under.

    Attributes:
        group: The group that declares it.
        name: The attribute's name.
    """

    group: "type[StateGroup[Any]]"
    name: str

    def __set_name__(self, owner: "type[StateGroup[Any]]", name: str) -> None:
        self.group, self.name = owner, name

    def __str__(self) -> str:
        return f"{group_of(self).name}.{self.name}"

    def __repr__(self) -> str:
        return f"<State {self}>"

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, State) and self._stored_name() == other._stored_name() is not None)

    def __hash__(self) -> int:
        name = self._stored_name()
        return id(self) if name is None else hash(name)

    def _stored_name(self) -> tuple[str, str] | None:
        """Return the names of group and state; None outside of a group."""
        group = _GROUP_OF.get(getattr(self, "group", State))
        return None if group is None else (group.name, self.name)


class StateGroup(Generic[D]):
    """Base class of a group of states that share one type of data.

    The data are an attrs class, a dataclass, a TypedDict or any other type that cattrs can read from JSON. A
    ``StateGroup[None]`` has no data. States are stored under the group's qualified name; pass ``name`` to be able to
    rename the class later.

    Raises:
        InvalidArgumentError: Another group is stored under the same name, or the data cannot be read from JSON.

    Example:
        >>> class Ordering(StateGroup[Order], name="ordering"):
        ...     size = State()
        ...     address = State()
    """

    def __init_subclass__(cls, *, name: str | None = None, **others: Any) -> None:
        super().__init_subclass__(**others)
        states = {key: value for key, value in vars(cls).items() if isinstance(value, State)}
        group = GroupInfo(
            name or cls.__qualname__, cls.__module__, cls.__qualname__, _file_of(cls), _data_type(cls), states
        )
        imports = _GROUPS.setdefault(group.name, [])
        if imports and not imports[-1].is_same(group):
            raise InvalidArgumentError(
                f"{imports[-1].path} and {group.path} are both stored as {group.name!r}. "
                f'Pass another name: class {cls.__name__}(..., name="...")'
            )
        imports.append(group)
        _GROUP_OF[cls] = group


@attrs.frozen
class GroupInfo:
    """Metadata of a group, kept outside the class because its attributes are the user's states."""

    name: str
    module: str
    qualified_name: str
    file: str | None
    """The file of the class, if it has one."""
    data: Any
    """The type of the data; None if the group has no data."""
    states: Mapping[str, State]

    @property
    def path(self) -> str:
        """The class's full path."""
        return f"{self.module}.{self.qualified_name}"

    def is_same(self, other: "GroupInfo") -> bool:
        """Return whether another group of the same name comes from another import of the same class."""
        same_module = self.module == other.module or (self.file is not None and self.file == other.file)
        return same_module and self.qualified_name == other.qualified_name

    def data_type(self) -> Any:
        """Return the type of the data; raise ``InvalidArgumentError`` if the group has none."""
        if self.data is None:
            raise InvalidArgumentError(
                f"{self.name} has no data. Declare their type: class {self.name}(StateGroup[YourData])"
            )
        return self.data


_GROUPS: dict[str, list[GroupInfo]] = {}
"""The groups by name; several if their module was imported more than once, the newest last."""
_GROUP_OF: dict[type, GroupInfo] = {}


def group_of(state: State) -> GroupInfo:
    """Return the metadata of a state's group; raise ``InvalidArgumentError`` if the state is in no group."""
    group = _GROUP_OF.get(getattr(state, "group", State))
    if group is None or group.states.get(state.name) is not state:
        raise InvalidArgumentError("A State must be a class attribute of a StateGroup. Example: size = State()")
    return group


def find_state(name: str) -> tuple[State, GroupInfo]:
    """Return the state stored under a name; raise ``KeyError`` if the program no longer declares it."""
    group_name, _, state_name = name.rpartition(".")
    group = _GROUPS[group_name][-1]
    return group.states[state_name], group


def group_of_data(group: GroupInfo, data: object) -> GroupInfo:
    """Return a group, or the one of another import of its module that the data belong to."""
    for same in reversed(_GROUPS[group.name]):
        if same.data is not group.data and isinstance(same.data, type) and type(data) is same.data:
            return same
    return group


def _file_of(cls: type) -> str | None:
    """Return the file of a class that is being created; its module may be missing in ``sys.modules``."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__") != cls.__module__:
        frame = frame.f_back
    file: object = frame.f_globals.get("__file__") if frame is not None else None
    return os.path.realpath(file) if isinstance(file, str) else None


def _data_type(cls: type) -> Any:
    for base in cast("tuple[Any, ...]", vars(cls).get("__orig_bases__", ())):
        origin = get_origin(base)
        if isinstance(origin, type) and issubclass(origin, StateGroup):
            return _check_data_type(get_args(base)[0], cls.__name__)
    inherited = [_GROUP_OF[base].data for base in cls.__mro__[1:] if base in _GROUP_OF]
    return inherited[0] if inherited else None


def _check_data_type(data: Any, group: str) -> Any:
    if data is NoneType or isinstance(data, TypeVar):
        return None
    try:
        CONVERTER.get_structure_hook(data)
    except StructureHandlerNotFoundError as error:
        raise InvalidArgumentError(
            f"The data type of {group}, {data!r}, cannot be read from JSON. Use an attrs class or a dataclass"
        ) from error
    return data
