"""Readiness of an instance to send messages and be polled. Source: manual 1.3.13."""

from collections.abc import Awaitable, Callable
from typing import Any, Self

import anyio
import attrs

from greenapi_async.errors import (
    GreenAPIError,
    NotAuthorizedError,
    TimeoutExpiredError,
    WebhookUrlSetError,
)
from greenapi_async.http.retry import needs_intervention
from greenapi_async.methods.account import Account
from greenapi_async.models.account import Settings, StateInstance
from greenapi_async.models.messengers import Messenger, find_messenger
from greenapi_async.models.states import InstanceState

__all__ = ["POLL_INTERVAL", "Readiness", "check_readiness", "problems_of_settings", "wait_until"]

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
_NOT_CONFIGURABLE = (None, InstanceState.STARTING)
"""States in which settings cannot be changed; None while the instance is being created. Source: manual 1.3.13."""
_SWITCHES = {
    "incoming_webhook": "incoming messages",
    "outgoing_webhook": "statuses of sent messages",
    "state_webhook": "changes of the instance's state",
}

_MORE_SWITCHES = {
    "outgoing_message_webhook": "messages sent from the phone, without which MAX and Telegram report no statuses",
    "outgoing_api_message_webhook": "messages sent by the API, without which MAX and Telegram report no statuses",
}


async def check_readiness(account: Account, *, fix: bool) -> Readiness:
    """Check an instance, and optionally fix its settings; see ``Client.ensure_ready``.

    While the instance is being created or is starting, the server rejects requests for its settings. They are neither
    read nor changed then.

    Args:
        account: Client of the instance.
        fix: Whether to correct settings.

    Returns:
        The state, the problems and the settings that were fixed.
    """
    found = await account.get_state_instance()
    state = found.state_instance if found else None
    problems = [] if state == InstanceState.AUTHORIZED else [_STATE_PROBLEMS.get(state, f"The instance is {state}.")]
    if state in _NOT_CONFIGURABLE:
        return Readiness(state=state, problems=tuple(problems))
    wrong = problems_of_settings(await account.get_settings())
    if fix and wrong:
        saved = await account.set_settings(**{name: value for name, (_, value) in wrong.items()})
        if saved.save_settings:
            return Readiness(state=state, problems=tuple(problems), fixed=tuple(wrong))
        problems.append(f"The server did not save the settings {', '.join(wrong)}: try again later.")
    return Readiness(state=state, problems=(*problems, *(sentence for sentence, _ in wrong.values())))


def problems_of_settings(settings: Settings) -> dict[str, tuple[str, Any]]:
    """Return the settings that prevent polling: name to problem and corrected value."""
    problems: dict[str, tuple[str, Any]] = {}
    if settings.webhook_url:
        problem = "Notifications are pushed to a webhook URL: call use_polling() to poll them."
        problems["webhook_url"] = (problem, "")
    needs_more = find_messenger(settings.type_instance) in {Messenger.MAX, Messenger.TELEGRAM}
    for name, subject in {**_SWITCHES, **(_MORE_SWITCHES if needs_more else {})}.items():
        if getattr(settings, name) is False:
            problems[name] = (f"Notifications about {subject} are off: call set_settings({name}=True).", True)
    return problems
