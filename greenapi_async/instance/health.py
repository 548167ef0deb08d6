"""Health of an instance, found out with one short request.

Readiness (``ensure_ready``) says whether an instance is set up correctly; health says whether it works at the moment.
The request for the state shows whether the API can be reached, whether the token is right and whether the account is
authorized. It is retried once and has a short time limit, because a probe waits for the result. Times of contacts are
those of the client, so a bot that polls or receives webhooks is not asked for them.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import anyio
import attrs

from greenapi_async.errors import GreenAPIError, RateLimitedError
from greenapi_async.http.activity import Activity
from greenapi_async.http.retry import Retry
from greenapi_async.instance.readiness import describe_state
from greenapi_async.models.states import InstanceState

if TYPE_CHECKING:
    from greenapi_async.models.account import StateInstance
    from greenapi_async.models.queues import QueueCount

__all__ = ["PROBE_RETRY", "InstanceHealth", "Probe", "check_health"]

PROBE_RETRY: Final = Retry(repeats=1, patience=1.0)
MAX_SKEW: Final = 30.0
"""Seconds by which the clock may be wrong before that is a warning."""


@attrs.frozen(kw_only=True)
class InstanceHealth:
    """Health of one instance.

    Attributes:
        id_instance: The instance's id.
        state: The instance's state; None if it is being created or the API did not tell.
        authorized: Whether the account can send and receive; None if the API did not tell.
        last_contact: When the API last answered a request of this client, in UTC; None if it never did.
        last_webhook: When the API last pushed a notification that was accepted, in UTC; None if it never did.
        clock_skew: Seconds by which this machine's clock is ahead of the server's, to about a second; None if unknown.
        queued_messages: Messages that wait to be sent, on the server; None unless ``queues=True``.
        queued_notifications: Notifications that wait on the server; None unless ``queues=True``.
        problems: Why the instance does not work, one sentence each with what to do.
        warnings: What needs attention although the instance works.
    """

    id_instance: int
    state: InstanceState | str | None = None
    authorized: bool | None = None
    last_contact: datetime | None = None
    last_webhook: datetime | None = None
    clock_skew: float | None = None
    queued_messages: int | None = None
    queued_notifications: int | None = None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True if there are no problems."""
        return not self.problems


@attrs.frozen(kw_only=True)
class Probe:
    """Requests and readings of a health check.

    Attributes:
        id_instance: The instance's id.
        get_state: Requests the state.
        count_messages: Requests the number of queued messages; None if it is not wanted.
        count_notifications: Requests the number of queued notifications; None if it is not wanted.
        activity: What the client has heard of the API.
        server_time: Returns the server's time in seconds since the epoch, or None if it is unknown.
    """

    id_instance: int
    get_state: "Callable[[], Awaitable[StateInstance | None]]"
    count_messages: "Callable[[], Awaitable[QueueCount]] | None"
    count_notifications: "Callable[[], Awaitable[QueueCount]] | None"
    activity: Activity
    server_time: Callable[[], float | None]


async def check_health(probe: Probe, timeout: float) -> InstanceHealth:
    """Check an instance; see ``Client.health``.

    Args:
        probe: What to ask.
        timeout: Seconds for all requests together.
    """
    answers = _Answers()
    with anyio.move_on_after(timeout) as scope:
        await _ask(probe, answers)
    if scope.cancelled_caught and not answers.has_state:
        answers.problems.append(f"The API did not answer within {timeout:g} s: check the network and the API URL.")
    activity = probe.activity
    skew = _skew(probe.server_time())
    if skew is not None and abs(skew) > MAX_SKEW:
        direction = "ahead of" if skew > 0 else "behind"
        answers.warnings.append(
            f"This machine's clock is {abs(skew):.0f} s {direction} the server's: synchronise it, for example by NTP."
        )
    return InstanceHealth(
        id_instance=probe.id_instance,
        state=answers.state,
        authorized=answers.state == InstanceState.AUTHORIZED if answers.has_state else None,
        last_contact=_utc(activity.contact),
        last_webhook=_utc(activity.webhook),
        clock_skew=skew,
        queued_messages=answers.messages,
        queued_notifications=answers.notifications,
        problems=tuple(answers.problems),
        warnings=tuple(answers.warnings),
    )


@attrs.define
class _Answers:
    has_state: bool = False
    state: InstanceState | str | None = None
    messages: int | None = None
    notifications: int | None = None
    problems: list[str] = attrs.field(factory=list[str])
    warnings: list[str] = attrs.field(factory=list[str])


async def _ask(probe: Probe, answers: _Answers) -> None:
    try:
        found = await probe.get_state()
        answers.state, answers.has_state = found.state_instance if found else None, True
        if answers.state != InstanceState.AUTHORIZED:
            answers.problems.append(describe_state(answers.state))
        if probe.count_messages is not None:
            answers.messages = (await probe.count_messages()).count
        if probe.count_notifications is not None:
            answers.notifications = (await probe.count_notifications()).count
    except RateLimitedError as error:  # the API works, and says no more at the moment
        answers.warnings.append(str(error))
    except GreenAPIError as error:
        (answers.warnings if answers.has_state else answers.problems).append(str(error))


def _skew(server_time: float | None) -> float | None:
    return None if server_time is None else round(time.time() - server_time, 1)


def _utc(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
