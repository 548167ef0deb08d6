"""Pushes of notifications to the webhook URL: one at a time, in order, with retries.

Consecutive pushes are at least 20 ms apart, about 50 a second. A push answered with 200 removes its notification from
the queue. After any other answer, or none in time, the same notification is pushed again 60 seconds later; those behind
it wait. This module is pure: `begin_next` returns what to send now, and `finish` takes the outcome.

Source: manual 1.3.4, "Webhook Endpoint", and 1.3.13.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from greenapi_async.sandbox.payloads.responses import JSON_TYPE, json_response
from greenapi_async.sandbox.simulation.lifecycle import Lifecycle
from greenapi_async.sandbox.simulation.notifications import Notification, NotificationQueue
from greenapi_async.sandbox.simulation.timeline import Event, Timeline

__all__ = ["Push", "Pushes"]

SCHEMES = ("Basic ", "Bearer ")


@attrs.define(eq=False)
class Push:
    """One attempt to push a notification."""

    url: str
    token: str = attrs.field(repr=False)
    notification: Notification = attrs.field(repr=False)
    attempt: int
    """1 for the notification's first attempt."""
    at: float
    status: int | None = None
    """The status of the response; None until there is one."""
    error: str | None = None
    """Why there was no response."""

    @property
    def body(self) -> bytes:
        """The notification as sent."""
        return json_response(self.notification.body).body

    @property
    def headers(self) -> dict[str, str]:
        """The documented headers; a token without a scheme is sent as a bearer token."""
        if not self.token:
            return {"Content-Type": JSON_TYPE}
        scheme = "" if self.token.startswith(SCHEMES) else "Bearer "
        return {"Content-Type": JSON_TYPE, "Authorization": scheme + self.token}

    def as_row(self) -> dict[str, Any]:
        """Return the row of the control API."""
        body: Mapping[str, Any] = self.notification.body
        return {
            "url": self.url,
            "typeWebhook": body.get("typeWebhook"),
            "idMessage": body.get("idMessage"),
            "attempt": self.attempt,
            "status": self.status,
            "error": self.error,
            "at": self.at,
        }


@attrs.define(eq=False, kw_only=True)
class Pushes:
    """The pushes of one instance, which happen while `webhookUrl` is set.

    Attributes:
        timeout: Seconds within which a response must arrive.
        interval: Seconds from a failed attempt to the next.
        gap: Minimum seconds between two pushes.
        log: The latest attempts, oldest first.
    """

    _timeline: Timeline = attrs.field(alias="timeline", repr=False)
    _settings: Mapping[str, Any] = attrs.field(alias="settings", repr=False)
    _notifications: NotificationQueue = attrs.field(alias="notifications", repr=False)
    _lifecycle: Lifecycle = attrs.field(alias="lifecycle", repr=False)
    timeout: float
    interval: float
    gap: float
    log: deque[Push] = attrs.field(factory=lambda: deque[Push](maxlen=1000), init=False, repr=False)
    _in_flight: bool = attrs.field(default=False, init=False, repr=False)
    _pause_ends: float | None = attrs.field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._timeline.add_source(self._events)

    def begin_next(self) -> Push | None:
        """Start the push of the oldest notification, or return None if nothing is to be pushed now.

        Only one push is in flight: `finish` must be called with its outcome.
        """
        self._timeline.settle()
        head, url = self._notifications.head, self._settings["webhookUrl"]
        pausing = self._in_flight or self._pause_ends is not None
        if pausing or head is None or not url or self._lifecycle.expired or self._lifecycle.deleted:
            return None
        head.attempts += 1
        push = Push(url, self._settings["webhookUrlToken"], head, head.attempts, self._timeline.now)
        self.log.append(push)
        self._in_flight = True
        self._pause(self.gap)
        return push

    def forget_push(self) -> None:
        """Push the oldest notification again: the push that was in flight ended with another process."""
        self._in_flight = False

    def finish(self, push: Push, status: int | None, error: str | None = None) -> None:
        """Record the outcome of a push.

        Args:
            push: What `begin_next` returned.
            status: The status of the response, or None if there was none.
            error: Why there was no response.
        """
        self._timeline.settle()
        push.status, push.error = status, error
        self._in_flight = False
        if status == 200:
            self._notifications.remove(push.notification)
        else:
            self._pause(self.interval)
        self._timeline.changes.notify()

    def _events(self) -> Iterator[Event]:
        if self._pause_ends is not None:
            yield self._pause_ends, self._end_pause

    def _pause(self, seconds: float) -> None:
        self._pause_ends = self._timeline.now + seconds if seconds > 0 else None

    def _end_pause(self) -> None:
        self._pause_ends = None
        self._timeline.changes.notify()
