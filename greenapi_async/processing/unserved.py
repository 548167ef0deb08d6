"""Report of entries that wait for an instance without a client."""

import logging
from collections.abc import Collection, Mapping
from typing import Protocol, runtime_checkable

from greenapi_async.inbox.base import Inbox
from greenapi_async.inbox.consumers import active_consumer

__all__ = ["CountsOthers", "report_unserved"]

logger = logging.getLogger("greenapi_async")


@runtime_checkable
class CountsOthers(Protocol):
    """Optional part of an inbox."""

    async def count_others(self, instances: Collection[int]) -> Mapping[int, int]:
        """Return the number of waiting entries of each instance that is not among these."""
        ...


async def report_unserved(inbox: Inbox, instances: Collection[int]) -> int | None:
    """Log the instances with waiting entries that no run serves, if the inbox can count them.

    Args:
        inbox: The inbox.
        instances: The instances of the run.

    Returns:
        The number of entries that wait for this run; None if the inbox cannot count them.
    """
    if not isinstance(inbox, CountsOthers):
        return None
    waiting = dict(await inbox.count_others(()))
    served = sum(waiting.pop(id_instance, 0) for id_instance in instances)
    for id_instance, count in sorted(waiting.items()):
        if active_consumer(inbox, id_instance) is None:
            logger.warning(
                "Instance %d has entries in the inbox (%d), but no client of this run serves it",
                id_instance,
                count,
                extra={"instance": id_instance},
            )
    return served
