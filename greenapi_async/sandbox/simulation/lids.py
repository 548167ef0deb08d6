"""The second id of people: the `@lid` that stands for a phone number.

Inside the sandbox a person is always known by the number. Ids are translated at its edge: a `@lid` in a request means
the number, and what the server reports names a person by one of the two. Real servers name everybody by the `@lid` if
the setting `enableLidMode` is on, after the phone was linked again, and sometimes without it; the sandbox does it as
soon as the setting is in force.

Source: the vendor's page on @lid, beyond the manual.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, cast

import attrs

__all__ = ["Lids"]

_LID: Final = re.compile(r"[0-9]+@lid")
_NO_IDS: Final = frozenset({"message", "caption", "text", "textMessage", "phoneNumber"})
"""Fields that are texts, or that name a number in any case."""


@attrs.define(eq=False)
class Lids:
    """The `@lid` of each person who has one."""

    _settings: Mapping[str, Any] = attrs.field(repr=False)
    _lids: dict[str, str] = attrs.field(factory=dict[str, str], init=False)
    _numbers: dict[str, str] = attrs.field(factory=dict[str, str], init=False, repr=False)
    _used: set[str] = attrs.field(factory=set[str], init=False)

    def assign(self, chat_id: str, lid: str) -> None:
        """Assign a person an `@lid`, instead of any other.

        Args:
            chat_id: The person's number, `phone@c.us`.
            lid: The new id.

        Raises:
            ValueError: It is no `@lid`, or it belongs to somebody else.
        """
        if not _LID.fullmatch(lid):
            raise ValueError(f"'lid' is {lid!r}; expected digits and '@lid', for example 150000000000000@lid")
        if self._numbers.get(lid, chat_id) != chat_id:
            raise ValueError(f"{lid} belongs to {self._numbers[lid]}")
        self._lids[chat_id] = lid
        self._numbers[lid] = chat_id

    def of(self, chat_id: str) -> str | None:
        """Return a person's `@lid`; None if there is none."""
        return self._lids.get(chat_id)

    def is_used(self, chat_id: str) -> bool:
        """Return whether the server names a person by the `@lid`."""
        return chat_id in self._used or (chat_id in self._lids and self._settings.get("enableLidMode") == "yes")

    def use(self, chat_id: str, *, used: bool) -> None:
        """Name a person by the `@lid` from now on, or by the number again.

        Raises:
            ValueError: The person has no `@lid`.
        """
        if chat_id not in self._lids:
            raise ValueError(f"{chat_id} has no lid; give one with lid=")
        (self._used.add if used else self._used.discard)(chat_id)

    def resolve(self, value: Any) -> Any:
        """Return a request's JSON with numbers for every `@lid` that belongs to somebody."""
        return _replaced(value, lambda text: self._numbers.get(text, text)) if self._numbers else value

    def show(self, value: Any) -> Any:
        """Return the JSON that the server reports, with the `@lid` of everybody whom it names so."""
        if not self._lids:
            return value
        return _replaced(value, lambda text: self._lids[text] if self.is_used(text) else text)


def _replaced(value: Any, replace: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return replace(value)
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        return {name: each if name in _NO_IDS else _replaced(each, replace) for name, each in fields.items()}
    if isinstance(value, list):
        return [_replaced(each, replace) for each in cast("Iterable[Any]", value)]
    return value
