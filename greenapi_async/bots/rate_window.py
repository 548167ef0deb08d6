"""Rate window: how many notifications of one person or chat are admitted in a time span.

A sliding window log: the times of the admitted notifications are kept per person or chat, at most as many as the limit
allows, and one is admitted if fewer lie within the last ``per`` seconds. A rejected one does not count. A notification
that is handled again after a failure was already admitted and is not counted twice.

Whoever was silent for ``per`` seconds is forgotten. Beyond 10,000 persons or chats at a time, the one that was silent
for the longest is forgotten, which admits it anew. Everything is in memory: a restart forgets it all, and each process
counts for itself. Time is that of the event loop, so tests in virtual time need not wait.
"""

from collections import OrderedDict, deque
from typing import Final, Literal, TypeAlias, cast, get_args

import anyio
import attrs

from greenapi_async._internal.checks import is_positive
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.identities import with_main_ids
from greenapi_async.models.notifications import Notification

__all__ = ["CountedBy", "RateWindow"]

CountedBy: TypeAlias = Literal["person", "chat"]
"""Each person, in any chat, or each chat has a limit of its own."""

MAX_KEYS: Final = 10_000
"""Persons or chats that are counted at a time."""


@attrs.define(eq=False)
class _Log:
    admitted: deque[tuple[float, str | None]]
    """Time and message id, the oldest first."""
    told: float | None = None
    """When the person was last told that the limit is reached."""


class RateWindow:
    """Admits notifications of each person or chat at a limited rate.

    Args:
        limit: Notifications that are admitted within ``per`` seconds; at least 1.
        per: Seconds.
        by: Whether each person or each chat has the limit.

    Raises:
        InvalidArgumentError: An argument is not valid.
    """

    def __init__(self, limit: int, per: float, by: CountedBy) -> None:
        if isinstance(cast("object", limit), bool) or not isinstance(cast("object", limit), int) or limit < 1:
            raise InvalidArgumentError(f"The limit must be a whole number from 1, got {limit!r}")
        if not is_positive(per):
            raise InvalidArgumentError(f"per must be a positive number of seconds, got {per!r}")
        if by not in get_args(CountedBy):
            raise InvalidArgumentError(f"by must be 'person' or 'chat', got {by!r}")
        self._limit = limit
        self._per = per
        self._key = _person if by == "person" else _chat
        self._logs: OrderedDict[object, _Log] = OrderedDict()
        """By person or chat; the one that was admitted last is at the end."""

    def __len__(self) -> int:
        """Return how many persons or chats are counted at the moment."""
        return len(self._logs)

    def admit(self, notification: Notification) -> bool:
        """Return whether a notification is within the limit, and count it if it is."""
        now = anyio.current_time()
        log = self._log(notification, now)
        if any(identifier is not None and identifier == notification.id_message for _, identifier in log.admitted):
            return True
        if len(log.admitted) >= self._limit:
            return False
        log.admitted.append((now, notification.id_message))
        return True

    def tell(self, notification: Notification) -> bool:
        """Return whether the author of a rejected notification is to be told: once in ``per`` seconds."""
        now = anyio.current_time()
        log = self._log(notification, now)
        if log.told is not None and now - log.told < self._per:
            return False
        log.told = now
        return True

    def _log(self, notification: Notification, now: float) -> _Log:
        logs = self._logs
        key = self._key(notification)
        log = logs.get(key)
        if log is None:
            log = logs[key] = _Log(deque())
        logs.move_to_end(key)
        while log.admitted and now - log.admitted[0][0] >= self._per:
            log.admitted.popleft()
        while len(logs) > 1 and (len(logs) > MAX_KEYS or self._is_silent(next(iter(logs.values())), now)):
            logs.popitem(last=False)
        return log

    def _is_silent(self, log: _Log, now: float) -> bool:
        latest = max(log.admitted[-1][0] if log.admitted else now - self._per, log.told or now - self._per)
        return now - latest >= self._per


def _person(notification: Notification) -> object:
    main = with_main_ids(notification)
    return main.id_instance, getattr(main, "sender", None) or main.chat_id


def _chat(notification: Notification) -> object:
    main = with_main_ids(notification)
    return main.id_instance, main.chat_id
