"""Readiness: whether an instance can send and be polled, and what to change. Source: manual 1.3.13."""

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
from greenapi_async.models.states import InstanceState

__all__ = ["POLL_INTERVAL", "Readiness", "check_readiness", "problems_of_settings", "wait_until"]

POLL_INTERVAL = 2.0
"""Seconds between two requests for the state."""


async def wait_until(
    get_state: Callable[[], Awaitable[StateInstance | None]], state: InstanceState, timeout: float
) -> None:
    """Look at the state until it is the wanted one."""
    last: object = "being created"
    trouble: GreenAPIError | None = None
    with anyio.move_on_after(timeout):
        while True:
            try:
                now = await get_state()
            except GreenAPIError as error:
                if needs_intervention(error):
                    raise
                trouble = error
            else:
                last, trouble = (now.state_instance if now else last), None
                if last == state:
                    return
            await anyio.sleep(POLL_INTERVAL)
    words = f"the instance is {last} and did not become {state} within {timeout:g} s"
    raise TimeoutExpiredError(words, method="getStateInstance") from trouble


@attrs.frozen(kw_only=True)
class Readiness:
    """What ``ensure_ready`` saw."""

    state: InstanceState | str | None
    """None while the instance is being created."""
    problems: tuple[str, ...] = ()
    """What keeps notifications from being polled or messages from being sent, and what to do, a sentence each."""
    fixed: tuple[str, ...] = ()
    """The settings that were changed; they apply within five minutes."""

    @property
    def ok(self) -> bool:
        """Whether nothing is in the way."""
        return not self.problems

    def raise_for_problems(self) -> Self:
        """Raise ``WebhookUrlSetError`` or ``NotAuthorizedError`` with every problem, if there is one."""
        if self.problems:
            kind = NotAuthorizedError if self.state != InstanceState.AUTHORIZED else WebhookUrlSetError
            error = kind(" ".join(self.problems), method="ensure_ready")
            error.advice = ""  # each problem says what to do
            raise error
        return self


_STATE_ADVICE: dict[str | None, str] = {
    None: "The instance is being created: wait up to five minutes.",
    InstanceState.NOT_AUTHORIZED: "No phone is linked: scan a code of scan_qr_code(), or use get_authorization_code().",
    InstanceState.BLOCKED: "WhatsApp has banned the account: ask for its release on the phone.",
    InstanceState.SLEEP_MODE: "The phone is off: switch it on, and wait up to five minutes.",
    InstanceState.STARTING: "The instance is starting: wait up to five minutes, then reboot().",
    InstanceState.YELLOW_CARD: "Sending is suspended for spam: reboot() the instance, and send less.",
}
_NOT_CONFIGURABLE = (None, InstanceState.STARTING)
"""States in which settings cannot be changed; None while the instance is being created. Source: manual 1.3.13."""
_SWITCHES = {
    "incoming_webhook": "incoming messages",
    "outgoing_webhook": "the statuses of sent messages",
    "state_webhook": "changes of the instance's state",
}


async def check_readiness(account: Account, *, fix: bool) -> Readiness:
    """Check an instance, and fix its settings; see ``Client.ensure_ready``.

    While the instance is being created or is starting, the server rejects requests for its settings. They are neither
    read nor changed then.
    """
    found = await account.get_state_instance()
    state = found.state_instance if found else None
    problems = [] if state == InstanceState.AUTHORIZED else [_STATE_ADVICE.get(state, f"The instance is {state}.")]
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
    """Say what is wrong with the settings for polling: by setting, a sentence, and the value that mends it."""
    wrong: dict[str, tuple[str, Any]] = {}
    if settings.webhook_url:
        sentence = "Notifications are pushed to a webhook URL: use_polling() to poll them."
        wrong["webhook_url"] = (sentence, "")
    for name, what in _SWITCHES.items():
        if getattr(settings, name) is False:
            wrong[name] = (f"There are no notifications of {what}: set_settings({name}=True).", True)
    return wrong
