"""Identities: which ids belong to the same person.

A person has a phone number, ``<phone>@c.us``, and an id that hides it: ``<digits>@lid`` on WhatsApp, a number on MAX
and Telegram. The server names one or the other. ``Identities`` remembers which ids the server has reported as one
person. It only computes; nothing is read or written.

A person has one number and any number of other ids. The main id is the number if it is known, otherwise the newest
other id. The newest report counts:

- A number that is reported with another person's id leaves the person it belonged to, because numbers are given to new
  owners. Two persons must never become one.
- An id that is reported with another number has changed its number. The old number belongs to nobody.
- An id that replaces another one (``newChatId``) joins its person, who keeps the number.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping

__all__ = ["MAX_IDS", "Identities"]

MAX_IDS = 100_000
"""Ids in memory, about 20 MB; those of the persons who were not met for the longest time are forgotten."""
MAX_IDS_OF_PERSON = 8

_PERSON = re.compile(r"[1-9]\d*(?:@(?:c\.us|lid))?", re.ASCII)


class Identities:
    """The ids of one instance's persons.

    Args:
        max_ids: Greatest number of ids.
    """

    def __init__(self, max_ids: int = MAX_IDS) -> None:
        self._persons: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        """All ids of the person by each of them, the main id first."""
        self._max_ids = max_ids

    def __len__(self) -> int:
        return len(self._persons)

    def main_id(self, chat_id: str) -> str:
        """Return the id that stands for all ids of a person; the id itself if no other is known."""
        person = self._persons.get(chat_id)
        return chat_id if person is None else person[0]

    def ids_of(self, chat_id: str) -> tuple[str, ...]:
        """Return all known ids of a person, the main id first; only the id itself if no other is known."""
        person = self._persons.get(chat_id)
        if person is None:
            return (chat_id,)
        for each in person:
            self._persons.move_to_end(each)
        return person

    def persons(self) -> list[tuple[str, ...]]:
        """Return the ids of each person, the main id first; the persons who were met last come last."""
        return [person for chat_id, person in self._persons.items() if chat_id == person[0]]

    def learn(self, ids: Iterable[str]) -> dict[str, str | None]:
        """Remember that these ids belong to one person.

        Args:
            ids: The ids, the newest first. Ids of groups and other texts are ignored.

        Returns:
            The ids that have another main id than before, with that id; None if they have no other id any more.
        """
        reported = [each for each in dict.fromkeys(ids) if _PERSON.fullmatch(each)]
        others = [each for each in reported if not _is_number(each)]
        if len(reported) < 2 or not others:
            return {}
        known = [person for each in others if (person := self._persons.get(each)) is not None]
        numbers = [each for ids in (reported, *known) for each in ids if _is_number(each)]
        others = list(dict.fromkeys((*others, *(each for ids in known for each in ids if not _is_number(each)))))
        person = (*numbers[:1], *others)[:MAX_IDS_OF_PERSON]
        before = self._persons.get(person[0], ())
        if before[:1] == person[:1] and set(before) == set(person):
            self.ids_of(person[0])
            return {}
        return self._assign(person)

    def restore(self, main_ids: Mapping[str, str]) -> dict[str, str | None]:
        """Add stored ids below those that were learned already, which are newer.

        Args:
            main_ids: The main id by each of the other ids, as ``learn`` returned them.

        Returns:
            What is to be stored, as ``learn`` returns it.
        """
        learned = self.persons()
        self._persons.clear()
        stored: dict[str, list[str]] = {}
        for each, main in main_ids.items():
            if _PERSON.fullmatch(each) and _PERSON.fullmatch(main):
                stored.setdefault(main, [main]).append(each)
        changes: dict[str, str | None] = {}
        for ids in stored.values():
            assigned = self._assign(tuple(dict.fromkeys(ids)))
            changes |= {each: None for each, main in assigned.items() if main is None}
        for person in learned:
            changes |= self.learn(person)
        return changes

    def _assign(self, person: tuple[str, ...]) -> dict[str, str | None]:
        left = dict.fromkeys(old for each in person if (old := self._persons.get(each)) is not None)
        before = {each: old[0] for old in left for each in old}
        for each in before:
            del self._persons[each]
        for old in left:
            rest = tuple(each for each in old if each not in person)
            if len(rest) > 1:
                self._persons |= dict.fromkeys(rest, rest)
        self._persons |= dict.fromkeys(person, person)
        changes: dict[str, str | None] = {}
        for each in (*before, *person):
            main = self.main_id(each)
            if before.get(each, each) != main:
                changes[each] = main if main != each else None
        while len(self._persons) > self._max_ids:
            forgotten = next(iter(self._persons.values()))
            changes |= dict.fromkeys(forgotten[1:])
            for each in forgotten:
                del self._persons[each]
        return changes


def _is_number(chat_id: str) -> bool:
    return chat_id.endswith("@c.us")
