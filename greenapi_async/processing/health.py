"""Health of a run: its instances, its inbox, and the run itself. ``health_checks`` finds it out."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

import attrs

from greenapi_async._internal.metrics import Metric
from greenapi_async.inbox.base import Inbox
from greenapi_async.instance.health import InstanceHealth
from greenapi_async.polling.counters import Counters

if TYPE_CHECKING:
    from greenapi_async.processing.client_protocol import ProcessClient

__all__ = ["MonitoredRun", "ProcessingHealth", "WaitingChat"]


@attrs.frozen(kw_only=True)
class ProcessingHealth:
    """Health of a run.

    Attributes:
        instances: Health of each instance that is served.
        running: Whether new handlers are started; False before the run, during the graceful shutdown and afterwards.
        ended: Whether the run is over; only a restart helps.
        waiting: Notifications in progress or waiting, quarantine excluded.
        lag: Seconds since the oldest of these was received; 0 if none waits.
        quarantined: Entries in the inbox's quarantine; None if it could not be read.
        checked: When this was found out, in UTC.
        run_problems: What is wrong with the run or its inbox, one sentence each.
    """

    instances: tuple[InstanceHealth, ...]
    running: bool
    ended: bool
    waiting: int
    lag: float
    quarantined: int | None
    checked: datetime
    run_problems: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that is wrong, one sentence each; those of an instance name it."""
        return (*self.run_problems, *_named(self.instances, lambda instance: instance.problems))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Everything that needs attention although the bot works."""
        quarantine = (
            (f"Notifications in quarantine: {self.quarantined}. Fix the cause, then release or drop them.",)
            if self.quarantined
            else ()
        )
        return (*quarantine, *_named(self.instances, lambda instance: instance.warnings))

    @property
    def ok(self) -> bool:
        """True if there are no problems."""
        return not self.problems


@attrs.frozen(kw_only=True)
class WaitingChat:
    """A chat, or another lane, whose notifications wait.

    Attributes:
        id_instance: The instance; None if the lanes of the run are not chats.
        chat: Id of the chat, or the key of the lane; None for notifications without a chat.
        waiting: Its notifications in progress or waiting.
        since: When the oldest of these was received, in seconds since the epoch; None if that is not known.
    """

    id_instance: int | None
    chat: str | None
    waiting: int
    since: float | None


class MonitoredRun(Protocol):
    """Part of a run that monitoring uses; ``Processing`` has it."""

    counters: Counters

    @property
    def inbox(self) -> Inbox:
        """The inbox from which it reads."""
        ...

    def waiting_chats(self, limit: int = 20) -> Sequence[WaitingChat]:
        """See ``Processing.waiting_chats``."""
        ...

    def metrics(self) -> Sequence[Metric]:
        """See ``Processing.metrics``."""
        ...

    @property
    def clients(self) -> "Sequence[ProcessClient]":
        """The clients that are served at the moment."""
        ...

    @property
    def ended(self) -> bool:
        """True if the run is over."""
        ...

    async def health(self, *, max_age: float = 0.0, timeout: float = 3.0) -> ProcessingHealth:
        """See ``Processing.health``."""
        ...


def _named(instances: Collection[InstanceHealth], get: Callable[[InstanceHealth], Collection[str]]) -> list[str]:
    return [f"Instance {instance.id_instance}: {sentence}" for instance in instances for sentence in get(instance)]
