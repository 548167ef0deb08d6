"""Notifications that are pushed to the webhook URL. Manual: 1.3.4, "Webhook Endpoint", and 1.3.13.

One at a time, in order, each no sooner than 20 ms after the one before: about 50 a second. What is answered with 200
leaves the queue; after anything else, or no answer in time, the same one is pushed again when 60 seconds are over, and
those behind it wait. It is pure: `next_push` says what to send now, and `pushed` takes how that ended.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from greenapi_async.sandbox.payloads.responses import JSON_TYPE, as_json
from greenapi_async.sandbox.simulation.lifecycle import Event, Lifecycle
from greenapi_async.sandbox.simulation.notifications import Notification

SCHEMES = ("Basic ", "Bearer ")


@attrs.define(eq=False)
class Push:
    """One attempt to push a notification."""

    url: str
    token: str = attrs.field(repr=False)
    notification: Notification = attrs.field(repr=False)
    attempt: int
    """1 for the notification's first."""
    at: float
    status: int | None = None
    """None until it is answered, and for ever when it is not."""
    error: str | None = None
    """Why there was no answer."""

    @property
    def body(self) -> bytes:
        """The notification as it stands on the wire."""
        return as_json(self.notification.body).body

    @property
    def headers(self) -> dict[str, str]:
        """The documented headers; a token without a scheme is a bearer's."""
        if not self.token:
            return {"Content-Type": JSON_TYPE}
        scheme = "" if self.token.startswith(SCHEMES) else "Bearer "
        return {"Content-Type": JSON_TYPE, "Authorization": scheme + self.token}

    def as_dict(self) -> dict[str, Any]:
        """Give the row of the control API."""
        body: Mapping[str, Any] = self.notification.body
        told = {name: body.get(name) for name in ("typeWebhook", "idMessage")}
        return {
            "url": self.url,
            **told,
            "attempt": self.attempt,
            "status": self.status,
            "error": self.error,
            "at": self.at,
        }


@attrs.define(eq=False, kw_only=True)
class Pushed(Lifecycle):
    """An instance that pushes what it tells while `webhookUrl` is set."""

    push_timeout: float = 180
    """Seconds that an answer may take."""
    push_interval: float = 60
    """Seconds from an attempt that failed to the next."""
    push_gap: float = 0.02
    """Seconds from one push to the next, at least."""
    pushes: deque[Push] = attrs.field(factory=lambda: deque[Push](maxlen=1000), init=False, repr=False)
    """The latest attempts, oldest first."""
    _pushing: bool = attrs.field(default=False, init=False, repr=False)
    _push_pause_ends: float | None = attrs.field(default=None, init=False, repr=False)

    def next_push(self) -> Push | None:
        """Begin to push the oldest notification, if it is time; `pushed` must be told how it ended."""
        self.settle()
        head, url = self.notifications.head, self.settings["webhookUrl"]
        resting = self._pushing or self._push_pause_ends is not None
        if resting or head is None or not url or self.expired or self.deleted:
            return None
        head.attempts += 1
        push = Push(url, self.settings["webhookUrlToken"], head, head.attempts, self._settled_at)
        self.pushes.append(push)
        self._pushing = True
        self._pause_pushes(self.push_gap)
        return push

    def pushed(self, push: Push, status: int | None, error: str | None = None) -> None:
        """Take the answer's status, or None and why there is no answer."""
        self.settle()
        push.status, push.error = status, error
        self._pushing = False
        if status == 200:
            self.notifications.remove(push.notification)
        else:
            self._pause_pushes(self.push_interval)
        self._changed()

    def _events(self) -> Iterator[Event]:
        yield from super()._events()
        if self._push_pause_ends is not None:
            yield self._push_pause_ends, self._end_pause

    def _pause_pushes(self, seconds: float) -> None:
        self._push_pause_ends = self._settled_at + seconds if seconds > 0 else None

    def _end_pause(self) -> None:
        self._push_pause_ends = None
        self._changed()
