"""An inbox entry on its way through a run."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from enum import Enum, auto

import anyio
import attrs

from greenapi_async._internal.log_fields import log_context, log_fields
from greenapi_async.models.notifications import Notification
from greenapi_async.processing.awaited import Awaited
from greenapi_async.processing.journal import Journal

__all__ = ["Item", "Suspicion", "current_item", "enter"]


class Suspicion(Enum):
    """Suspicion that an entry ended the previous process; see ``crash_suspects``."""

    POSSIBLE = auto()
    """It was in the inbox at start-up and may have been in progress."""
    SHARED = auto()
    """It was in progress when the process ended, possibly beside others."""
    ALONE = auto()
    """It was the only suspect in progress when the process ended."""


@attrs.define(eq=False)
class Item:
    """An entry in memory, with its notification."""

    id: int
    stored: float
    attempts: int
    """Failed attempts."""
    id_instance: int
    instance: object
    """The ``Instance`` whose client its notification belongs to."""
    size: int
    """Characters of the body."""
    notification: Notification
    key: str
    """Key of its journal."""
    failure: str = attrs.field(default="", repr=False)
    """Traceback of the last failed attempt of this run; empty if there is none."""
    suspicion: Suspicion | None = None
    acknowledged: bool = False
    running: bool = False
    suspensions: int = 0
    """Nested waits of its handler for a person or a status; it needs no slot and its time does not count."""
    resumed: float = 0.0
    """When its handler was started, or continued after the last wait."""
    spent: float = 0.0
    """Seconds for which its handler had run before."""
    reported: bool = False
    """Whether the log says that its handler takes long."""
    is_stopping: bool = False
    """Whether the run is shutting down, so that its handler waits for nobody any more."""
    lost: bool = False
    """Whether another process may handle it now."""
    cancel: Callable[[], object] | None = None
    """Cancels its handler, if the inbox is shared."""
    limit: anyio.CancelScope | None = None
    """Ends when ``handler_timeout`` is over."""
    found: bool = False
    """Whether it was in the inbox at start-up, or another process died while handling it."""
    journal: Journal | None = None
    """What the conversations of its handler have asked and heard."""
    recall: Callable[[], Awaitable[None]] | None = None
    """Offers what waits behind it in its lane to its conversations."""
    awaited: Awaited | None = None
    """What is held for conversations since the start of the run."""
    silenced: bool = False
    """Whether it is a message that was read while the owner had taken over its chat."""
    gathered: "list[Item]" = attrs.field(factory=list["Item"], repr=False)
    """Messages that are handled together with it; they stay in the inbox until its handler has returned."""
    gathered_by: "Item | None" = attrs.field(default=None, repr=False)
    """The item together with which it is handled."""
    has_given_list: bool = False
    """Whether its handler has got what was gathered."""
    adopt: Callable[[], Awaitable[None]] | None = None
    """Adds what was handled together with it in an earlier attempt."""
    persons: int = 0
    """Waits of its handler for a person, among ``suspensions``."""
    scope: anyio.CancelScope | None = None
    """Ends the handler when a shutdown releases it from its wait for a person."""

    @property
    def chat_id(self) -> str | None:
        """Chat of its notification, for the log."""
        return self.notification.chat_id

    @property
    def log_fields(self) -> dict[str, object]:
        """Fields of log records about it."""
        return log_fields(instance=self.id_instance, chat=self.chat_id, message_id=self.notification.id_message)

    @property
    def was_tried(self) -> bool:
        """True if a handler may have begun with it in an earlier attempt."""
        return self.found or self.attempts > 0

    @property
    def is_suspect(self) -> bool:
        """True if it was in progress when the previous process ended."""
        return self.suspicion is not None and self.suspicion is not Suspicion.POSSIBLE

    @property
    def is_released(self) -> bool:
        """True if a shutdown has ended its wait for a person."""
        return self.scope is not None and self.scope.cancel_called

    @property
    def needs_slot(self) -> bool:
        """True if its handler is running and not waiting for a person."""
        return self.running and not self.suspensions

    def time_spent(self, now: float) -> float:
        """Return for how many seconds its handler has run, without waits for a person or a status."""
        return self.spent if self.suspensions else self.spent + now - self.resumed

    def leave_list(self) -> None:
        """Be handled alone, if it was to be handled together with another."""
        if self.gathered_by is not None:
            self.gathered_by.gathered.remove(self)
            self.gathered_by = None

    def lose(self) -> None:
        """Cancel its handler, because another process may handle it now."""
        self.lost = True
        if self.cancel is not None:
            self.cancel()

    def begin(self, now: float) -> None:
        """Note that its handler starts."""
        self.running = True
        self.has_given_list = False
        self.resumed = now
        self.spent = 0.0
        self.limit = None

    def suspend(self, now: float) -> None:
        """Stop its clock, before ``suspensions`` is raised."""
        self.spent = self.time_spent(now)
        if self.limit is not None:
            self.limit.deadline = float("inf")

    def resume(self, now: float, seconds: float | None) -> None:
        """Start its clock again; ``seconds`` is ``handler_timeout``."""
        self.resumed = now
        if self.limit is not None and seconds is not None:
            self.limit.deadline = now + max(seconds - self.spent, 0.0)


current_item: ContextVar[Item | None] = ContextVar("current_item", default=None)
"""The item whose handler runs in this context."""


def enter(item: Item) -> None:
    """Make this the item whose handler runs in this context, also for what is logged there."""
    current_item.set(item)
    log_context.set(item.log_fields)
