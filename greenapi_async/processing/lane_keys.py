"""Lane keys: one lane for a person whom the server names by several ids.

The key function gets the notification as if its persons had been named by their main ids. When the server reports that
two ids belong to one person while notifications of both are waiting, their lanes become one.
"""

import logging
from collections.abc import Hashable, Mapping
from itertools import islice
from typing import cast

from greenapi_async.inbox.base import Entry
from greenapi_async.inbox.identities import with_main_ids
from greenapi_async.models.identities import Identities
from greenapi_async.models.notifications import Notification
from greenapi_async.processing.item import Item
from greenapi_async.processing.lanes import Lane, Lanes
from greenapi_async.processing.options import Key, by_chat

__all__ = ["LaneKeys"]

logger = logging.getLogger("greenapi_async")

SAMPLES = 20
"""Entries at the front of a lane of which one must be in memory to compute the lane's key with a custom function."""


class LaneKeys:
    """Computes the keys of lanes, and keeps them up to date."""

    def __init__(self, key: Key, lanes: Lanes, items: Mapping[int, Item], known: Mapping[int, Identities]) -> None:
        """Create the keys of one run.

        Args:
            key: The key function.
            lanes: The lanes.
            items: The entries in memory.
            known: The identities of each instance.
        """
        self._key = key
        self._lanes = lanes
        self._items = items
        self._known = known

    def key_of(self, notification: Notification) -> Hashable:
        """Return the key of a notification's lane; may raise what the user's function raises."""
        key = self._key(with_main_ids(notification))
        hash(key)
        return key

    def key_of_chat(self, entry: Entry) -> Hashable:
        """Return the key of the lane of an entry that a shared inbox has ordered by chat."""
        return self.renewed((entry.id_instance, entry.lane or None))

    def current(self, item: Item, key: Hashable) -> Hashable:
        """Return the key that an item has now, which was ``key`` when it arrived."""
        if with_main_ids(item.notification) is item.notification:
            return key
        try:
            return self.key_of(item.notification)
        except Exception:
            logger.exception(
                "The key function failed; the notification stays in its lane (entry %d)", item.id, extra=item.log_fields
            )
            return key

    def renewed(self, key: Hashable) -> Hashable:
        """Return the key that a lane with this key has now, if that can be told without a notification."""
        if self._key is by_chat:
            id_instance, chat_id = cast("tuple[int, str | None]", key)
            if chat_id and id_instance in self._known:
                return id_instance, self._known[id_instance].main_id(chat_id)
        return key

    def update(self) -> None:
        """Merge the lanes that belong to one person according to what was just learned."""
        for lane in self._lanes.all():
            if (key := self._current_of(lane)) != lane.key:
                self._lanes.rename(lane, key)

    def _current_of(self, lane: Lane) -> Hashable:
        if self._key is by_chat:
            return self.renewed(lane.key)
        for id in islice(lane.ids, SAMPLES):  # noqa: A001  the name of the field
            item = self._items.get(id)
            if item is not None:
                return self.current(item, lane.key)
        return lane.key
