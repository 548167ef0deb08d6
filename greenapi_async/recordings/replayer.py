"""Feed a recording to a bot, through an instance of the sandbox.

At speed the distances between notifications are those of the recording, divided by it. In step each comes when the one
before was acknowledged: deleted by a poll, or pushed and answered with 200. What waits unacknowledged is bounded, so a
recording of any length takes no more memory than that.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, cast

import anyio
import attrs

from greenapi_async.recordings.format import Recorded
from greenapi_async.recordings.times import moved

if TYPE_CHECKING:
    from greenapi_async.sandbox import Instance

__all__ = ["Fed", "Replayed", "replay"]

AT_ONCE: Final = 100
"""Notifications that wait in the instance's queue at speed 0; a bot sees the first of them only."""
BEHIND: Final = 10_000
"""Notifications that a bot may be behind at other speeds, until those after it wait for it."""


@attrs.define(eq=False)
class Fed:
    """One notification, on its way to the bot."""

    recorded: Recorded
    body: Any = attrs.field(repr=False)
    """As the bot gets it: with its times moved, unless they are kept."""
    at: float
    """When it was fed, by the instance's clock."""
    acknowledged: float | None = None
    """How many seconds later; None until it is."""


@attrs.define
class Replayed:
    """How a replay went so far."""

    fed: int = 0
    acknowledged: int = 0
    left_out: int = 0
    """What is no JSON object, or an empty one, and so no notification."""
    complete: bool = False
    """Whether all was fed, and acknowledged in time."""


async def replay(
    recording: Iterable[Recorded],
    instance: "Instance",
    *,
    speed: float = 1.0,
    step: bool = False,
    keep_times: bool = False,
    patience: float = 30.0,
    told: Callable[[Fed], None] = lambda _: None,
    into: Replayed | None = None,
) -> Replayed:
    """Feed a recording to whoever receives the notifications of an instance, and wait until all are acknowledged.

    Speed 0 is all at once. It ends early when ``patience`` seconds passed in which something waited to be acknowledged
    and nothing was. The times in the bodies become those of the replay, for bots drop what is old, unless
    ``keep_times``. Groups and messages become known to the instance, so that they can be answered, quoted and read.
    ``told`` is called with each notification when it was fed and when it was acknowledged; ``into`` is
    what is counted in, to be looked at meanwhile.
    """
    if not (math.isfinite(speed) and speed >= 0):
        raise ValueError(f"speed is {speed!r}; 0 or more is needed")
    from greenapi_async.recordings.chat_seed import Scenery  # noqa: PLC0415  the sandbox is an extra

    scenery = Scenery(instance)
    feeding = _Feeding(instance, told, into or Replayed(), patience)
    room = 1 if step else BEHIND if speed else AT_ONCE
    began = anyio.current_time()
    first: float | None = None
    with instance.changes.listening(feeding.look):
        for recorded in recording:
            body = recorded.fields
            if not body:
                feeding.result.left_out += 1
                continue
            first = recorded.at if first is None else first
            if speed and not step:
                await anyio.sleep_until(began + max(recorded.at - first, 0) / speed)
            if not await feeding.until(room - 1):
                return feeding.result
            now = instance.clock()
            scenery.set(body)
            feeding.feed(recorded, body if keep_times else moved(body, now - recorded.at), now)
        feeding.result.complete = await feeding.until(0)
    return feeding.result


class _Feeding:
    """What was fed and not acknowledged yet."""

    def __init__(self, instance: "Instance", told: Callable[[Fed], None], result: Replayed, patience: float) -> None:
        self._instance = instance
        self._told = told
        self._patience = patience
        self._waiting: deque[Fed] = deque()
        self._moved = anyio.Event()
        self.result = result

    def feed(self, recorded: Recorded, body: Any, now: float) -> None:
        """Queue a notification."""
        fed = Fed(recorded, body, now)
        self._waiting.append(fed)
        self.result.fed += 1
        self._told(fed)
        self._instance.queue_notification(cast("dict[str, Any]", body))

    def look(self) -> None:
        """See what has left the queue: it is in order, so the first of ours tells."""
        queue = self._instance.notifications
        if not self._waiting or (queue.head is not None and queue.head.body is self._waiting[0].body):
            return
        left = {id(body) for body in queue.bodies()}
        while self._waiting and id(self._waiting[0].body) not in left:
            fed = self._waiting.popleft()
            fed.acknowledged = max(self._instance.clock() - fed.at, 0.0)
            self.result.acknowledged += 1
            self._told(fed)
            self._moved.set()

    async def until(self, most: int) -> bool:
        """Wait until no more than so many wait; False when nothing went on for too long."""
        while len(self._waiting) > most:
            self._moved = anyio.Event()
            with anyio.move_on_after(self._patience) as waiting:
                await self._moved.wait()
            if waiting.cancelled_caught:
                return False
        return True
