"""The settings of an instance: their schema and the defaults of a new instance."""

from collections.abc import Mapping
from typing import Any, Final

from greenapi_async.sandbox.payloads.schema import OTHER_FIELDS, Schema, choice, number, scalar, text

__all__ = [
    "DEFAULTS",
    "NEWER",
    "NUMBERED",
    "OPEN_SCHEMA",
    "SCHEMA",
    "SWITCHES",
    "numbered_schema",
    "numbered_settings",
]

SWITCHES: Final = (
    "markIncomingMessagesReaded",
    "markIncomingMessagesReadedOnReply",
    "sharedSession",
    "outgoingWebhook",
    "outgoingMessageWebhook",
    "outgoingAPIMessageWebhook",
    "incomingWebhook",
    "deviceWebhook",
    "statusInstanceWebhook",
    "stateWebhook",
    "enableMessagesHistory",
    "keepOnlineStatus",
    "pollMessageWebhook",
    "incomingBlockWebhook",
    "incomingCallWebhook",
)

NEWER: Final = (
    "outgoingCallWebhook",
    "editedMessageWebhook",
    "deletedMessageWebhook",
    "catalogWebhook",
    "incomingMessageStatusWebhook",
    "linkPreview",
    "enableLidMode",
)
"""Switches beyond the manual, like `autoTyping`: absent until they are saved."""

SCHEMA: Final[Schema] = {
    "countryInstance": text(may_be_empty=True),
    "webhookUrl": text(may_be_empty=True),
    "webhookUrlToken": text(may_be_empty=True),
    "delaySendMessagesMilliseconds": number(500, 86_400_000),
    **{name: choice("yes", "no") for name in (*SWITCHES, *NEWER)},
    "autoTyping": number(0, 10),
    "proxyInstance": text(may_be_empty=True),
}
OPEN_SCHEMA: Final[Schema] = {**SCHEMA, OTHER_FIELDS: scalar()}
"""What the API accepts: the server has more settings than any list of them; they are stored as they are."""

NUMBERED: Final = (
    "webhookUrl",
    "webhookUrlToken",
    "delaySendMessagesMilliseconds",
    "markIncomingMessagesReaded",
    "markIncomingMessagesReadedOnReply",
    "outgoingWebhook",
    "outgoingMessageWebhook",
    "outgoingAPIMessageWebhook",
    "incomingWebhook",
    "stateWebhook",
    "pollMessageWebhook",
)
"""The settings of MAX and Telegram that the sandbox knows."""

DEFAULTS: Final[Mapping[str, Any]] = {
    "countryInstance": "",
    "typeAccount": "",
    "webhookUrl": "",
    "webhookUrlToken": "",
    "delaySendMessagesMilliseconds": 500,
    **dict.fromkeys(SWITCHES, "no"),
    "incomingWebhook": "yes",
    "outgoingWebhook": "yes",
    "outgoingMessageWebhook": "yes",
    "stateWebhook": "yes",
}
"""The manual has everything off after creation; here, the settings that a first bot needs are on."""


def numbered_schema() -> Schema:
    """Return the schema of the settings of MAX and Telegram."""
    return {**{name: SCHEMA[name] for name in NUMBERED}, "delaySendMessagesMilliseconds": number(500, 600_000)}


def numbered_settings(settings: Mapping[str, Any], type_instance: str) -> dict[str, Any]:
    """Return the settings that getSettings of MAX and Telegram shows."""
    return {"typeInstance": type_instance, **{name: settings[name] for name in NUMBERED}}
