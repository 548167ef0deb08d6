"""Preparation of an instance for a bot: delivery of its notifications, state, settings."""

from collections.abc import Collection

from greenapi_async import instance, models
from greenapi_async.methods.account import Account
from greenapi_async.models.states import InstanceState

__all__ = ["Preparation"]


class Preparation(Account):
    """Methods of ``Client`` that prepare its instance, each with several requests."""

    async def use_webhook(self, url: str, *, token: str = "", timeout: float = 300.0) -> "models.account.Settings":
        """Switch to webhooks: push notifications to a URL, and wait until the server does.

        Also switches on the notifications of incoming messages, statuses and states. Settings that already match are
        left alone, because a change restarts the instance and applies within five minutes.

        Args:
            url: The webhook URL, http or https.
            token: Sent in the header ``Authorization``, prefixed with ``Bearer `` unless it starts with ``Basic `` or
                ``Bearer ``.
            timeout: Seconds.

        Returns:
            The settings.

        Raises:
            TimeoutExpiredError: The settings did not change in time; the message names them.
            InvalidArgumentError: ``url`` or ``token`` is not valid.

        Source: manual 1.3.4, Webhook Endpoint.
        """
        return await instance.delivery.use_webhook(self, url, token, timeout)

    async def use_polling(self, *, timeout: float = 300.0) -> "models.account.Settings":
        """Switch to polling: clear the webhook URL and its token, and wait until it does.

        Args:
            timeout: Seconds.

        Returns:
            The settings.

        Raises:
            TimeoutExpiredError: The settings did not change in time; the message names them.

        Source: manual 1.3.4, HTTP API.
        """
        return await instance.delivery.use_polling(self, timeout)

    async def wait_until(self, state: InstanceState, *, timeout: float) -> None:
        """Wait until the instance has a state, checking every two seconds.

        Args:
            state: The state.
            timeout: Seconds; starting takes up to five minutes.

        Raises:
            TimeoutExpiredError: It did not reach the state in time.

        Source: manual 1.3.13.
        """
        await instance.readiness.wait_until(self.get_state_instance, state, timeout)

    async def ensure_ready(
        self, *, fix: bool = False, notifications: Collection[str] | None = None
    ) -> "instance.readiness.Readiness":
        """Check whether messages can be sent and notifications polled, and optionally fix the settings.

        Checks the instance's state, the webhook URL and the notification settings. While the instance is being created
        or is starting, the settings are neither checked nor changed; call it again afterwards.

        Args:
            fix: Whether to correct settings; this restarts the instance and applies within five minutes. The state is
                never changed.
            notifications: The notification settings that must be on, for example those of
                ``Router.allowed_notifications``; others are not checked. None checks ``incoming_webhook``,
                ``outgoing_webhook`` and ``state_webhook``.

        Returns:
            The state, the problems and the settings that were fixed.

        Raises:
            InvalidArgumentError: ``notifications`` has a name that is not a notification setting.

        Example:
            >>> ready = await client.ensure_ready(notifications={"incoming_webhook", "poll_message_webhook"})
            >>> ready.problems

        Source: manual 1.3.13.
        """
        return await instance.readiness.check_readiness(self, fix=fix, notifications=notifications)
