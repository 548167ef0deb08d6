"""Statuses, which vanish after a day: who saw them, and their journals. Manual: 1.3.8."""

from datetime import datetime

import attrs

from greenapi_async.models.base import Model
from greenapi_async.models.journals import HistoryMessage
from greenapi_async.models.states import MessageStatus, StatusFont

__all__ = ["HistoryStatus", "StatusStatistic"]


@attrs.frozen(kw_only=True)
class StatusStatistic(Model):
    """What became of a status with one person."""

    participant: str | None = None
    timestamp: datetime | None = None
    """When something last happened to it, in UTC."""
    status: MessageStatus | str | None = None


@attrs.frozen(kw_only=True)
class HistoryStatus(HistoryMessage):
    """A status as a journal lists it."""

    background_color: str | None = None
    """As #RRGGBB; this and the next of texts only."""
    font: StatusFont | str | None = None
    participants: list[str] | None = None
    """Who may see it; empty is everybody, as for all that were not sent by the API."""
