"""Statuses, which disappear after 24 hours: their viewers and journals. Source: manual 1.3.8."""

from datetime import datetime

import attrs

from greenapi_async.models.base import Model
from greenapi_async.models.journals import HistoryMessage
from greenapi_async.models.states import MessageStatus, StatusFont

__all__ = ["HistoryStatus", "StatusStatistic"]


@attrs.frozen(kw_only=True)
class StatusStatistic(Model):
    """Delivery of a status to one person.

    Attributes:
        participant: Chat id of the person.
        timestamp: When ``status`` last changed, in UTC.
    """

    participant: str | None = None
    timestamp: datetime | None = None
    status: MessageStatus | str | None = None


@attrs.frozen(kw_only=True)
class HistoryStatus(HistoryMessage):
    """A status in a journal.

    Attributes:
        background_color: ``#RRGGBB``; only for text statuses.
        font: Only for text statuses.
        participants: Chat ids of the people who may see it; empty means everybody, as for all statuses that were not
            sent through the API.
    """

    background_color: str | None = None
    font: StatusFont | str | None = None
    participants: list[str] | None = None
