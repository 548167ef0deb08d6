"""Readiness of an instance to send messages and be polled. Source: manual 1.3.13."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final, Self

import anyio
import attrs

from greenapi_async.errors import (
    GreenAPIError,
    InvalidArgumentError,
    NotAuthorizedError,
    TimeoutExpiredError,
    WebhookUrlSetError,
)
from greenapi_async.http.retry import needs_intervention
from greenapi_async.methods.account import Account
from greenapi_async.models.account import Settings, StateInstance
from greenapi_async.models.messengers import Messenger, find_messenger
from greenapi_async.models.states import InstanceState

__all__ = [
    "NOT_CONFIGURABLE",
    "POLL_INTERVAL",
    "Readiness",
    "check_readiness",
    "describe_state",
    "problems_of_settings",
    "wait_until",
]

POLL_INTERVAL = 2.0
"""Seconds between two requests for the state or the settings."""


async def wait_until(
    get_state: Callable[[], Awaitable[StateInstance | None]], state: InstanceState, timeout: float
) -> None:
    """Poll the instance's state until it is the given one; see ``Client.wait_until``.

    Args:
        get_state: Requests the state.
        state: The state to wait for.
        timeout: Seconds.

    Raises:
        TimeoutExpiredError: The state was not reached in time.
    """
    current: object = "being created"
    last_error: GreenAPIError | None = None
    with anyio.move_on_after(timeout):
        while True:
            try:
                response = await get_state()
            except GreenAPIError as error:
                if needs_intervention(error):
                    raise
                last_error = error
            else:
                current, last_error = (response.state_instance if response else current), None
                if current == state:
                    return
            await anyio.sleep(POLL_INTERVAL)
    message = f"the instance is {current} and did not become {state} within {timeout:g} s"
    raise TimeoutExpiredError(message, method="getStateInstance") from last_error


@attrs.frozen(kw_only=True)
class Readiness:
    """Result of ``Client.ensure_ready``.

    Attributes:
        state: The instance's state; None while the instance is being created.
        problems: Everything that prevents polling or sending, one sentence each with what to do.
        fixed: Names of the settings that were changed; they take effect within five minutes.
    """

    state: InstanceState | str | None
    problems: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True if there are no problems."""
        return not self.problems

    def raise_for_problems(self) -> Self:
        """Raise an error that lists all problems, if there are any.

        Returns:
            The object itself, if there are no problems.

        Raises:
            NotAuthorizedError: The instance is not authorized.
            WebhookUrlSetError: The settings prevent polling.
        """
        if self.problems:
            error_class = NotAuthorizedError if self.state != InstanceState.AUTHORIZED else WebhookUrlSetError
            error = error_class(" ".join(self.problems), method="ensure_ready")
            error.advice = ""  # each problem says what to do
            raise error
        return self


_SUSPENDED = (
    "Sending is suspended because of spam: send fewer messages, and call reboot() or wait; "
    "get_wa_settings().suspended_until is the end, if the server tells it."
)
_STATE_PROBLEMS: dict[str | None, str] = {
    None: "The instance is being created: wait up to five minutes.",
    InstanceState.NOT_AUTHORIZED: (
        "No phone is linked: scan a QR code with scan_qr_code(), or use get_authorization_code()."
    ),
    InstanceState.BLOCKED: "WhatsApp has banned the account: request a review in WhatsApp on the phone.",
    InstanceState.SLEEP_MODE: "The phone is off: switch it on and wait up to five minutes.",
    InstanceState.STARTING: "The instance is starting: wait up to five minutes, then call reboot().",
    InstanceState.YELLOW_CARD: _SUSPENDED,
    InstanceState.SUSPENDED: _SUSPENDED,
    InstanceState.PENDING_PASSWORD: (
        "The password of the two-step verification is awaited: call send_authorization_password()."
    ),
}
NOT_CONFIGURABLE = (None, InstanceState.STARTING)
"""States in which settings are neither read nor changed; None while the instance is being created.

Source: manual 1.3.13.
"""
_DEFAULT_SWITCHES: Final = ("incoming_webhook", "outgoing_webhook", "state_webhook")
_SWITCHES: Final = {
    "incoming_webhook": "incoming messages",
    "outgoing_webhook": "statuses of sent messages",
    "outgoing_message_webhook": "messages sent from the phone",
    "outgoing_api_message_webhook": "messages sent by the API",
    "state_webhook": "changes of the instance's state",
    "status_instance_webhook": "the connection to WhatsApp",
    "device_webhook": "the phone",
    "incoming_call_webhook": "incoming calls",
    "outgoing_call_webhook": "outgoing calls",
    "incoming_block_webhook": "blocked chats",
    "poll_message_webhook": "polls and votes",
    "edited_message_webhook": "edited messages",
    "deleted_message_webhook": "deleted messages",
    "catalog_webhook": "products and orders",
}
_FOR_STATUSES: Final = ("outgoing_message_webhook", "outgoing_api_message_webhook")
"""Switches without which MAX and Telegram report no statuses."""


def describe_state(state: InstanceState | str | None) -> str:
    """Return what is wrong with an instance in a state other than ``authorized``, and what to do.

    Args:
        state: The state; None while the instance is being created.
    """
    return _STATE_PROBLEMS.get(state, f"The instance is {state}.")


async def check_readiness(account: Account, *, fix: bool, notifications: Collection[str] | None = None) -> Readiness:
    """Check an instance, and optionally fix its settings; see ``Client.ensure_ready``.

    While the instance is being created or is starting, the server rejects requests for its settings. They are neither
    read nor changed then.

    Args:
        account: Client of the instance.
        fix: Whether to correct settings.
        notifications: The notification settings that must be on; None means the usual ones.

    Returns:
        The state, the problems and the settings that were fixed.
    """
    unknown = sorted(set(notifications or ()) - _SWITCHES.keys())
    if unknown:
        raise InvalidArgumentError(
            f"notifications= has {', '.join(unknown)}; expected names of notification settings: {', '.join(_SWITCHES)}"
        )
    found = await account.get_state_instance()
    state = found.state_instance if found else None
    problems = [] if state == InstanceState.AUTHORIZED else [describe_state(state)]
    if state in NOT_CONFIGURABLE:
        return Readiness(state=state, problems=tuple(problems))
    wrong = problems_of_settings(await account.get_settings(), notifications)
    if fix and wrong:
        saved = await account.set_settings(**{name: value for name, (_, value) in wrong.items()})
        if saved.save_settings:
            return Readiness(state=state, problems=tuple(problems), fixed=tuple(wrong))
        problems.append(f"The server did not save the settings {', '.join(wrong)}: try again later.")
    return Readiness(state=state, problems=(*problems, *(sentence for sentence, _ in wrong.values())))


def problems_of_settings(
    settings: Settings, notifications: Collection[str] | None = None
) -> dict[str, tuple[str, Any]]:
    """Return the settings that prevent polling: name to problem and corrected value.

    Args:
        settings: The settings of the instance.
        notifications: The notification settings that must be on, where a setting that the server does not report counts
            as off; None means the usual ones.
    """
    problems: dict[str, tuple[str, Any]] = {}
    if settings.webhook_url:
        problem = "Notifications are pushed to a webhook URL: call use_polling() to poll them."
        problems["webhook_url"] = (problem, "")
    has_numbers = find_messenger(settings.type_instance) in {Messenger.MAX, Messenger.TELEGRAM}
    wanted = _DEFAULT_SWITCHES if notifications is None else notifications
    subjects = {name: subject for name, subject in _SWITCHES.items() if name in wanted}
    if has_numbers and "outgoing_webhook" in subjects:
        for name in _FOR_STATUSES:
            subjects[name] = f"{_SWITCHES[name]}, without which MAX and Telegram report no statuses"
    off = {False} if notifications is None or has_numbers else {False, None}
    for name, subject in subjects.items():
        if getattr(settings, name) in off:
            advice = f"call set_settings({name}=True), or pass fix=True to run, lifespan or ensure_ready"
            problems[name] = (f"Notifications about {subject} are off: {advice}.", True)
    return problems
