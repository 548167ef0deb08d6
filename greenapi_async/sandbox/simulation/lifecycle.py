"""The life of an instance: its time, its states, its settings and what it tells of itself.

It is pure: nothing here waits. Time passes when somebody looks: `settle` makes everything happen that was due by the
clock's now, in order and with the time at which it was due, and `next_event_at` says when to look again. Who waits for
something to change listens to its `changes`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, get_args

import attrs

from greenapi_async.sandbox.payloads.schema import complaint
from greenapi_async.sandbox.simulation import bodies
from greenapi_async.sandbox.simulation.listeners import Listeners
from greenapi_async.sandbox.simulation.notifications import NotificationQueue
from greenapi_async.sandbox.simulation.settings import SCHEMA

State = Literal["notAuthorized", "authorized", "blocked", "sleepMode", "starting", "yellowCard"]
STATES: tuple[State, ...] = get_args(State)

Event = tuple[float, Callable[[], None]]


@attrs.define(eq=False, kw_only=True)
class Lifecycle:
    """What an instance is before it sends or receives a single message."""

    id_instance: int
    token: str = attrs.field(repr=False)
    phone: str
    settings: dict[str, Any] = attrs.field(repr=False)
    clock: Callable[[], float] = attrs.field(repr=False)
    state: State | None = "authorized"
    """Read only; None while the instance is being created. `set_state` changes it and tells of it."""
    settings_delay: float = 0
    """Seconds until saved settings apply; up to five minutes on the real server."""
    restart_seconds: float = 0
    """Seconds spent in `starting` after settings are saved and after a reboot."""
    expired: bool = False
    deleted: bool = False
    history: list[tuple[State, int]] = attrs.field(factory=list[tuple[State, int]], init=False, repr=False)
    """Every state with the time it was entered, oldest first."""
    created_at: float = attrs.field(default=0.0, init=False)
    notifications: NotificationQueue = attrs.field(factory=NotificationQueue, init=False, repr=False)
    _unapplied: list[tuple[float, Mapping[str, Any]]] = attrs.field(
        factory=list[tuple[float, Mapping[str, Any]]], init=False, repr=False
    )
    _restart_ends: float | None = attrs.field(default=None, init=False, repr=False)
    _resumes: State = attrs.field(default="authorized", init=False, repr=False)
    _settled_at: float = attrs.field(default=0.0, init=False, repr=False)
    changes: Listeners = attrs.field(factory=Listeners, init=False, repr=False)
    """Told whenever something changed here."""

    def __attrs_post_init__(self) -> None:
        self._settled_at = self.created_at = self.clock()
        if self.state is not None:
            self.history.append((self.state, int(self._settled_at)))

    @property
    def wid(self) -> str:
        """The account's own id."""
        return f"{self.phone}@c.us"

    def create(self, seconds: float) -> None:
        """Begin as an instance that is being created, and can be signed in after so many seconds."""
        self.state = None
        self.history.clear()
        self._resumes = "notAuthorized"
        self._restart_ends = self._settled_at + seconds
        self.settle()

    def set_state(self, state: State | None) -> None:
        """Enter a state, and tell of it when `stateWebhook` is on; a restart under way is over."""
        if state is not None and state not in STATES:
            raise ValueError(f"'stateInstance' must be one of [{', '.join(STATES)}]")
        self.settle()
        self._enter(state)

    def reboot(self) -> None:
        """Restart; a yellow card is over after it."""
        self.settle()
        self._restart("authorized" if self.state in {"yellowCard", None} else self.state)

    def save_settings(self, changes: Mapping[str, Any]) -> None:
        """Take new settings, named as on the wire, and restart."""
        if wrong := complaint(SCHEMA, changes):
            raise ValueError(wrong)
        self.settle()
        self._unapplied.append((self._settled_at + self.settings_delay, dict(changes)))
        self._unapplied.sort(key=lambda change: change[0])
        self._restart(self.state)
        self.settle()
        self._changed()

    def queue_notification(self, body: Mapping[str, Any]) -> None:
        """Queue any body as it is, whatever the settings say."""
        self.settle()
        self._tell(None, body)

    def next_event_at(self) -> float | None:
        """Say when something will next happen by itself."""
        at = min((at for at, _ in self._events()), default=None)
        return None if at is None else max(at, self._settled_at)

    def settle(self) -> None:
        """Make everything happen that was due by now."""
        now = max(self.clock(), self._settled_at)
        while events := [event for event in self._events() if event[0] <= now]:
            at, happen = min(events, key=lambda event: event[0])
            self._settled_at = max(at, self._settled_at)
            happen()
        self._settled_at = now
        self.notifications.drop_expired(now)

    def _events(self) -> Iterator[Event]:
        if self._unapplied:
            yield self._unapplied[0][0], self._apply_settings
        if self._restart_ends is not None:
            yield self._restart_ends, lambda: self._enter(self._resumes)

    def _apply_settings(self) -> None:
        self.settings.update(self._unapplied.pop(0)[1])

    def _restart(self, then: State | None) -> None:
        if then in {"starting", None}:
            then = self._resumes
        if not self.restart_seconds:
            self._enter(then)
            return
        self._enter("starting")
        self._resumes = then or "authorized"
        self._restart_ends = self._settled_at + self.restart_seconds

    def _enter(self, state: State | None) -> None:
        self._restart_ends = None
        if state == self.state:
            return
        if state == "starting":
            self._resumes = self.state or "authorized"
        self.state = state
        if state is not None:
            self.history.append((state, int(self._settled_at)))
            who = bodies.instance_data(self.id_instance, "" if state == "notAuthorized" else self.wid)
            self._tell("stateWebhook", bodies.state(who, state, self._settled_at))
        self._changed()

    def _tell(self, switch: str | None, body: Mapping[str, Any]) -> None:
        if switch is None or self.settings[switch] == "yes":
            self.notifications.add(body, self._settled_at)
            self._changed()

    def _changed(self) -> None:
        self.changes.tell()
