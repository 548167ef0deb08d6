"""The states of an instance, its restarts, and the delayed application of its settings.

Source: manual 1.3.2. Saved settings apply up to five minutes later, and saving them restarts the instance.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from greenapi_async.sandbox.payloads.schema import first_error
from greenapi_async.sandbox.simulation import bodies
from greenapi_async.sandbox.simulation.account import Account
from greenapi_async.sandbox.simulation.messengers import STATES, State
from greenapi_async.sandbox.simulation.notifications import NotificationQueue
from greenapi_async.sandbox.simulation.settings import OPEN_SCHEMA
from greenapi_async.sandbox.simulation.timeline import Event, Timeline

__all__ = ["STATES", "Lifecycle", "State"]

_LINKED = frozenset({"authorized", "yellowCard", "sleepMode", "starting", "suspended"})


@attrs.define(eq=False, kw_only=True)
class Lifecycle:
    """The current state of an instance and how it got there.

    Attributes:
        state: The current state, read only: `set_state` changes it and queues the notification. None while the instance
            is being created.
        settings_delay: Seconds until saved settings apply; up to five minutes on the real server.
        restart_seconds: Seconds spent in `starting` after settings are saved and after a reboot.
        expired: Whether the instance is no longer paid for.
        deleted: Whether the instance was deleted.
        history: Every state with the time it was entered, oldest first.
        created_at: When the instance was created.
    """

    _account: Account = attrs.field(alias="account", repr=False)
    _timeline: Timeline = attrs.field(alias="timeline", repr=False)
    _settings: dict[str, Any] = attrs.field(alias="settings", repr=False)
    _notifications: NotificationQueue = attrs.field(alias="notifications", repr=False)
    state: State | None = "authorized"
    settings_delay: float = 0
    restart_seconds: float = 0
    expired: bool = attrs.field(default=False, init=False)
    deleted: bool = attrs.field(default=False, init=False)
    history: list[tuple[State, int]] = attrs.field(factory=list[tuple[State, int]], init=False, repr=False)
    created_at: float = attrs.field(default=0.0, init=False)
    _unapplied: list[tuple[float, Mapping[str, Any]]] = attrs.field(
        factory=list[tuple[float, Mapping[str, Any]]], init=False, repr=False
    )
    _restart_ends: float | None = attrs.field(default=None, init=False, repr=False)
    _state_after_restart: State = attrs.field(default="authorized", init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.created_at = self._timeline.now
        if self.state is not None:
            self.history.append((self.state, int(self.created_at)))
        self._timeline.add_source(self._events)

    @property
    def is_linked(self) -> bool:
        """True if WhatsApp still knows the instance as a device of the account."""
        return self.state in _LINKED

    def create(self, seconds: float) -> None:
        """Start over as an instance that is being created and can be signed in after so many seconds."""
        self.state = None
        self.history.clear()
        self._state_after_restart = "notAuthorized"
        self._restart_ends = self._timeline.now + seconds
        self._timeline.settle()

    def set_state(self, state: State | None) -> None:
        """Enter a state and end a restart under way; queues a notification if `stateWebhook` is on.

        Args:
            state: The new state; None is that of an instance being created.

        Raises:
            ValueError: There is no such state.
        """
        states = self._account.messenger.states
        if state is not None and state not in states:
            raise ValueError(f"'stateInstance' must be one of [{', '.join(states)}]")
        self._timeline.settle()
        self._enter(state)

    def reboot(self) -> None:
        """Restart the instance; this also ends a yellow card."""
        self._timeline.settle()
        self._restart("authorized" if self.state in {"yellowCard", None} else self.state)

    def save_settings(self, changes: Mapping[str, Any]) -> None:
        """Save settings, by their wire names, and restart the instance.

        Raises:
            ValueError: A setting does not exist, or its value is not allowed.
        """
        if wrong := first_error(OPEN_SCHEMA, changes):
            raise ValueError(wrong)
        self._timeline.settle()
        self._unapplied.append((self._timeline.now + self.settings_delay, dict(changes)))
        self._unapplied.sort(key=lambda change: change[0])
        self._restart(self.state)
        self._timeline.settle()
        self._timeline.changes.notify()

    def _events(self) -> Iterator[Event]:
        if self._unapplied:
            yield self._unapplied[0][0], self._apply_settings
        if self._restart_ends is not None:
            yield self._restart_ends, lambda: self._enter(self._state_after_restart)

    def _apply_settings(self) -> None:
        self._settings.update(self._unapplied.pop(0)[1])

    def _restart(self, then: State | None) -> None:
        if then in {"starting", None}:
            then = self._state_after_restart
        if not self.restart_seconds:
            self._enter(then)
            return
        self._enter("starting")
        self._state_after_restart = then or "authorized"
        self._restart_ends = self._timeline.now + self.restart_seconds

    def _enter(self, state: State | None) -> None:
        self._restart_ends = None
        if state == self.state:
            return
        if state == "starting":
            self._state_after_restart = self.state or "authorized"
        self.state = state
        if state is not None:
            now = self._timeline.now
            self.history.append((state, int(now)))
            sender = self._account.instance_data(linked=state not in {"notAuthorized", "pendingPassword"})
            self._notifications.add(bodies.state(sender, state, now), setting="stateWebhook")
        self._timeline.changes.notify()
