"""Replay of a recording to a bot, through an instance of the sandbox.

With a speed, the intervals between notifications are those of the recording divided by it. In step mode, a notification
is queued after the previous one was acknowledged: deleted by a poll, or answered with 200 by a webhook receiver. The
number of unacknowledged notifications is bounded, and with it the memory needed for a recording of any length.
"""

import math
import re
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, cast

import anyio
import attrs

from greenapi_async.testing.recordings.format import RecordedNotification
from greenapi_async.testing.recordings.json_walk import map_leaves

if TYPE_CHECKING:
    from greenapi_async.sandbox import Instance

__all__ = ["ReplayResult", "ReplayedNotification", "replay", "shift_times"]

MAX_QUEUED_UNTIMED: Final = 100
"""Unacknowledged notifications at speed 0."""
MAX_QUEUED: Final = 10_000
"""Unacknowledged notifications at other speeds."""

TIME_FIELDS: Final = frozenset({"timestamp", "inviteExpiration"})
"""Documented fields of notifications that contain a time."""
MIN_MILLISECONDS: Final = 100_000_000_000
"""A larger number is a time in milliseconds."""
_INTEGER: Final = re.compile("[0-9]{1,18}")


@attrs.define(eq=False)
class ReplayedNotification:
    """A notification on its way to the bot.

    Attributes:
        recorded: The notification in the recording.
        body: The body that the bot receives, with its times shifted unless they are kept.
        queued_at: When it was queued, by the instance's clock.
        latency: Seconds until it was acknowledged; None if it was not yet.
    """

    recorded: RecordedNotification
    body: Any = attrs.field(repr=False)
    queued_at: float
    latency: float | None = None


@attrs.define
class ReplayResult:
    """Progress and outcome of a replay.

    Attributes:
        queued: Number of notifications queued for the bot.
        acknowledged: Number of notifications that the bot acknowledged.
        skipped: Number of recorded bodies that are not JSON objects, or are empty.
        complete: Whether everything was queued and acknowledged in time.
    """

    queued: int = 0
    acknowledged: int = 0
    skipped: int = 0
    complete: bool = False


async def replay(
    recording: Iterable[RecordedNotification],
    instance: "Instance",
    *,
    speed: float = 1.0,
    step: bool = False,
    keep_times: bool = False,
    patience: float = 30.0,
    on_change: Callable[[ReplayedNotification], None] = lambda _: None,
    result: ReplayResult | None = None,
) -> ReplayResult:
    """Replay a recording to the bot that receives an instance's notifications, and wait for all acknowledgements.

    Groups and messages of the recording become known to the instance, so that the bot can answer, quote and read them.

    Args:
        recording: The notifications, usually from ``read_recording``.
        instance: Instance of the sandbox.
        speed: Factor by which the replay is faster than the recording; 0 queues everything without delay.
        step: Whether to wait for each acknowledgement before the next notification, regardless of the speed.
        keep_times: Whether the times in the bodies stay as recorded. By default they are shifted to the time of the
            replay, because bots ignore old notifications.
        patience: Seconds without any acknowledgement after which the replay ends early.
        on_change: Called with each notification when it is queued and again when it is acknowledged.
        result: Object to count in, so that progress can be observed; None creates one.

    Returns:
        The result.

    Raises:
        ValueError: The speed is negative or not finite.
    """
    if not (math.isfinite(speed) and speed >= 0):
        raise ValueError(f"speed must be a finite number, 0 or greater, got {speed!r}")
    from greenapi_async.testing.recordings.chat_seed import ChatSeeder  # noqa: PLC0415  the sandbox is an extra

    seeder = ChatSeeder(instance)
    pending = _PendingNotifications(instance, on_change, result or ReplayResult(), patience)
    limit = 1 if step else MAX_QUEUED if speed else MAX_QUEUED_UNTIMED
    start = anyio.current_time()
    first: float | None = None
    with instance.changes.listening(pending.check_queue):
        for recorded in recording:
            body = recorded.fields
            if not body:
                pending.result.skipped += 1
                continue
            first = recorded.at if first is None else first
            if speed and not step:
                await anyio.sleep_until(start + max(recorded.at - first, 0) / speed)
            if not await pending.wait_until_at_most(limit - 1):
                return pending.result
            now = instance.clock()
            seeder.seed(body)
            pending.queue(recorded, body if keep_times else shift_times(body, now - recorded.at), now)
        pending.result.complete = await pending.wait_until_at_most(0)
    return pending.result


class _PendingNotifications:
    """Notifications that are queued and not yet acknowledged."""

    def __init__(
        self,
        instance: "Instance",
        on_change: Callable[[ReplayedNotification], None],
        result: ReplayResult,
        patience: float,
    ) -> None:
        self._instance = instance
        self._on_change = on_change
        self._patience = patience
        self._pending: deque[ReplayedNotification] = deque()
        self._progress = anyio.Event()
        self.result = result

    def queue(self, recorded: RecordedNotification, body: Any, now: float) -> None:
        """Queue a notification for the bot.

        Args:
            recorded: The notification in the recording.
            body: The body to deliver.
            now: Current time of the instance's clock.
        """
        notification = ReplayedNotification(recorded, body, now)
        self._pending.append(notification)
        self.result.queued += 1
        self._on_change(notification)
        self._instance.queue_notification(cast("dict[str, Any]", body))

    def check_queue(self) -> None:
        """Find notifications that have left the queue. It is FIFO, so the first pending one shows if any has."""
        queue = self._instance.notifications
        if not self._pending or (queue.head is not None and queue.head.body is self._pending[0].body):
            return
        queued = {id(body) for body in queue.bodies()}
        while self._pending and id(self._pending[0].body) not in queued:
            notification = self._pending.popleft()
            notification.latency = max(self._instance.clock() - notification.queued_at, 0.0)
            self.result.acknowledged += 1
            self._on_change(notification)
            self._progress.set()

    async def wait_until_at_most(self, count: int) -> bool:
        """Wait until at most ``count`` are pending; return False if there is no progress for too long."""
        while len(self._pending) > count:
            self._progress = anyio.Event()
            with anyio.move_on_after(self._patience) as scope:
                await self._progress.wait()
            if scope.cancelled_caught:
                return False
        return True


def shift_times(body: Any, seconds: float) -> Any:
    """Return a body with its documented times moved, each in its own unit and type. Zero stays zero.

    Args:
        body: The notification.
        seconds: Seconds to add.
    """

    def shift(name: str | None, value: Any) -> Any:
        if name not in TIME_FIELDS or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return str(_shift_integer(int(value), seconds)) if _INTEGER.fullmatch(value) else value
        if isinstance(value, int):
            return _shift_integer(value, seconds)
        return value + seconds if isinstance(value, float) else value

    return map_leaves(body, shift)


def _shift_integer(value: int, seconds: float) -> int:
    return value + round(seconds * (1000 if value > MIN_MILLISECONDS else 1)) if value else value
