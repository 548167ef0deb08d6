"""Lane keys: one lane for a person whom the server names by several ids.

The key function gets the notification as if its persons had been named by their main ids. When the server reports that
two ids belong to one person while notifications of both are waiting, their lanes become one.
"""

import logging
from collections.abc import Hashable

from greenapi_async.inbox.identities import with_main_ids
from greenapi_async.models.notifications import Notification
from greenapi_async.processing.item import Item
from greenapi_async.processing.lanes import Lanes
from greenapi_async.processing.options import Key

__all__ = ["LaneKeys"]

logger = logging.getLogger("greenapi_async")


class LaneKeys:
    """Computes the keys of lanes, and keeps them up to date."""

    def __init__(self, key: Key, lanes: Lanes[Item]) -> None:
        self._key = key
        self._lanes = lanes

    def key_of(self, notification: Notification) -> Hashable:
        """Return the key of a notification's lane; may raise what the user's function raises."""
        key = self._key(with_main_ids(notification))
        hash(key)
        return key

    def current(self, item: Item, key: Hashable) -> Hashable:
        """Return the key that an item has now, which was ``key`` when it arrived."""
        if item.notification is None or with_main_ids(item.notification) is item.notification:
            return key
        try:
            return self.key_of(item.notification)
        except Exception:
            logger.exception("The key function failed; the notification stays in its lane (entry %d)", item.id)
            return key

    def update(self) -> None:
        """Merge the lanes that belong to one person according to what was just learned."""
        for lane in self._lanes.all():
            sample = next((item for item in lane.items if item.notification is not None), None)
            if sample is not None and (key := self.current(sample, lane.key)) != lane.key:
                self._lanes.rename(lane, key, order=lambda item: item.id)
