"""The instance itself: settings, state, reboot. Manual: 1.3.2."""

from greenapi_async.api.section import Section
from greenapi_async.codec import maybe, one
from greenapi_async.endpoint import Endpoint, Replay
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.limits import between
from greenapi_async.models.account import Reboot, SavedSettings, Settings, StateInstance

__all__ = ["GET_SETTINGS", "GET_STATE_INSTANCE", "REBOOT", "SET_SETTINGS", "Account"]

GET_SETTINGS = Endpoint("GET", "getSettings", one(Settings), per_second=1, replay=Replay.ALWAYS)
SET_SETTINGS = Endpoint(
    "POST",
    "setSettings",
    one(SavedSettings),
    per_second=1,
    replay=Replay.UNSENT,
    at_least_one=True,
    limits={"delaySendMessagesMilliseconds": between(500, 86_400_000, "ms")},
)
GET_STATE_INSTANCE = Endpoint("GET", "getStateInstance", maybe(StateInstance), per_second=1, replay=Replay.ALWAYS)
REBOOT = Endpoint("GET", "reboot", one(Reboot), per_second=1, replay=Replay.UNSENT)


class Account(Section):
    """Methods on the instance itself."""

    async def get_settings(self) -> Settings:
        """Get the instance's settings.

        Manual: 1.3.2, GetSettings.
        """
        return await self._call(GET_SETTINGS)

    async def set_settings(
        self,
        *,
        webhook_url: str | None = None,
        webhook_url_token: str | None = None,
        delay_send_messages_milliseconds: int | None = None,
        mark_incoming_messages_readed: bool | None = None,
        mark_incoming_messages_readed_on_reply: bool | None = None,
        outgoing_webhook: bool | None = None,
        outgoing_message_webhook: bool | None = None,
        outgoing_api_message_webhook: bool | None = None,
        incoming_webhook: bool | None = None,
        state_webhook: bool | None = None,
        poll_message_webhook: bool | None = None,
        incoming_call_webhook: bool | None = None,
        incoming_block_webhook: bool | None = None,
        device_webhook: bool | None = None,
        status_instance_webhook: bool | None = None,
        keep_online_status: bool | None = None,
        enable_messages_history: bool | None = None,
        shared_session: bool | None = None,
        country_instance: str | None = None,
    ) -> SavedSettings:
        """Change the settings that are given, and leave the others.

        The instance restarts, and the settings apply within five minutes. ``webhook_url=""`` switches pushing off,
        which polling needs. ``delay_send_messages_milliseconds`` is 500 to 86,400,000. Polls are told of only while
        ``incoming_webhook`` (or the outgoing one that fits) is on as well, calls only with ``incoming_webhook``.

        Manual: 1.3.2, SetSettings.
        """
        return await self._call(
            SET_SETTINGS,
            webhookUrl=webhook_url,
            webhookUrlToken=webhook_url_token,
            delaySendMessagesMilliseconds=delay_send_messages_milliseconds,
            markIncomingMessagesReaded=yes_no(mark_incoming_messages_readed),
            markIncomingMessagesReadedOnReply=yes_no(mark_incoming_messages_readed_on_reply),
            outgoingWebhook=yes_no(outgoing_webhook),
            outgoingMessageWebhook=yes_no(outgoing_message_webhook),
            outgoingAPIMessageWebhook=yes_no(outgoing_api_message_webhook),
            incomingWebhook=yes_no(incoming_webhook),
            stateWebhook=yes_no(state_webhook),
            pollMessageWebhook=yes_no(poll_message_webhook),
            incomingCallWebhook=yes_no(incoming_call_webhook),
            incomingBlockWebhook=yes_no(incoming_block_webhook),
            deviceWebhook=yes_no(device_webhook),
            statusInstanceWebhook=yes_no(status_instance_webhook),
            keepOnlineStatus=yes_no(keep_online_status),
            enableMessagesHistory=yes_no(enable_messages_history),
            sharedSession=yes_no(shared_session),
            countryInstance=country_instance,
        )

    async def get_state_instance(self) -> StateInstance | None:
        """Get the instance's state; None while it is being created, which takes up to five minutes.

        Manual: 1.3.2, GetStateInstance.
        """
        return await self._call(GET_STATE_INSTANCE)

    async def reboot(self) -> Reboot:
        """Restart the instance.

        Manual: 1.3.2, Reboot.
        """
        return await self._call(REBOOT)


def yes_no(value: bool | None) -> str | None:  # noqa: FBT001  a switch is what it is about
    """Write a switch as the server does; raises ``InvalidArgumentError`` for what is not one."""
    if value is None:
        return None
    if not isinstance(value, bool):  # pyright: ignore[reportUnnecessaryIsInstance]  callers without a type checker
        raise InvalidArgumentError(
            f"{value!r} was given for a switch; allowed are True and False", method="setSettings"
        )
    return "yes" if value else "no"
