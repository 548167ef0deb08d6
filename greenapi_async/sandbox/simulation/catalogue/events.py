"""Notifications without a message, and the variants common to those with one."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import attrs

from greenapi_async.sandbox.simulation import bodies
from greenapi_async.sandbox.simulation.catalogue.builders import (
    AS_STRINGS,
    CONTACT,
    GROUP,
    NO_CHAT_NAME,
    WEBHOOKS,
    BodyFactory,
    NotificationContext,
    Variants,
    as_strings,
    drop,
    message_with,
    with_changes,
)
from greenapi_async.sandbox.simulation.catalogue.contents import CONTENTS, THUMBNAIL_URL
from greenapi_async.sandbox.simulation.ids import incoming_id, outgoing_id
from greenapi_async.sandbox.simulation.lifecycle import STATES
from greenapi_async.sandbox.simulation.messages import Message
from greenapi_async.sandbox.simulation.phone_calls import PhoneCall
from greenapi_async.sandbox.simulation.quotas import Quotas

__all__ = ["EVENTS", "SWE004"]

SWE004: Final = "SWE004: the number of participants in the group has been exceeded - 706"


def _message_variants(type_webhook: str) -> Variants:
    def arriving_as(build: BodyFactory) -> BodyFactory:
        return lambda context: build(attrs.evolve(context, type_webhook=type_webhook))

    text = CONTENTS["textMessage"]
    return {
        "person": arriving_as(message_with(text)),
        "group": arriving_as(message_with(text, chat_id=GROUP)),
        "unnamed": arriving_as(message_with(text, NO_CHAT_NAME)),
    }


def _status(
    context: NotificationContext, status: str, description: str | None = None, chat_id: str = CONTACT
) -> dict[str, Any]:
    sent = Message(
        id_message=outgoing_id(context.random),
        chat_id=context.chat_id or chat_id,
        type="outgoing",
        content=CONTENTS["textMessage"](context),
        sender=context.account.chat_id,
        status=status,
        by_api=True,
    )
    return bodies.status(context.instance, sent, context.at, description)


def _state(context: NotificationContext, state: str) -> dict[str, Any]:
    sender = context.account.instance_data(linked=state != "notAuthorized")
    return bodies.state(sender, state, context.at)


def _event(context: NotificationContext, type_webhook: str, **fields: Any) -> dict[str, Any]:
    return bodies.event(type_webhook, context.instance, fields, context.at)


def _socket_status(context: NotificationContext, status: str) -> dict[str, Any]:
    return _event(context, "statusInstanceChanged", statusInstance=status)


def _device(context: NotificationContext) -> dict[str, Any]:
    device = {
        "platform": "android",
        "deviceManufacturer": "Samsung",
        "deviceModel": "SM-A525F",
        "osVersion": "12",
        "waVersion": "2.22.10.73",
        "battery": 80,
    }
    return _event(context, "deviceInfo", deviceData=device)


def _avatar(context: NotificationContext, type_webhook: str, url: str = THUMBNAIL_URL, **more: Any) -> dict[str, Any]:
    avatar = {"chatId": context.chat_id or CONTACT, "urlAvatar": url, **more}
    return _event(context, type_webhook, avatarInfo=avatar)


def _no_avatar(reason: str) -> BodyFactory:
    return partial(_avatar, type_webhook="avatarInfo", url="", existsWhatsapp=False, reason=reason)


def _call(
    context: NotificationContext,
    type_webhook: str,
    status: str,
    chat_id: str = CONTACT,
    participants: tuple[str, ...] | None = None,
) -> dict[str, Any]:
    call = PhoneCall(
        id_message=incoming_id(context.random),
        type="incoming" if type_webhook == "incomingCall" else "outgoing",
        chat_id=context.chat_id or chat_id,
        timestamp=context.at,
        status=status,
        duration=42 if status == "pickUp" else 0,
    )
    fields = call.notification_fields(status)
    if participants is not None:
        fields["participants"] = [{"id": participant, "status": status} for participant in participants]
    return bodies.event(type_webhook, context.instance, fields, context.at)


def _block(context: NotificationContext) -> dict[str, Any]:
    return _event(context, "incomingBlock", chatId=context.chat_id or "100000000000@c.us", chatState="blocked")


def _quota(context: NotificationContext) -> dict[str, Any]:
    quotas = Quotas("developer")
    for chat_id in ("10001234560@c.us", "10001234561@c.us", "10001234562@c.us"):
        quotas.admit_chat(chat_id, context.at)
    status = quotas.chats_status("CORRESPONDENTS_QUOTA_EXCEEDED", ", ")
    return bodies.quota_exceeded(context.instance, status, context.at)


EVENTS: Final[Mapping[str, Variants]] = {
    **{type_webhook: _message_variants(type_webhook) for type_webhook in WEBHOOKS},
    "outgoingMessageStatus": {
        **{
            status: partial(_status, status=status)
            for status in ("sent", "delivered", "read", "noAccount", "notInGroup", "yellowCard")
        },
        "failed": partial(_status, status="failed", description="Error: item-not-found", chat_id=GROUP),
        "failedSWE004": partial(_status, status="failed", description=SWE004, chat_id=GROUP),
    },
    "stateInstanceChanged": {state: partial(_state, state=state) for state in STATES},
    "statusInstanceChanged": {
        status: partial(_socket_status, status=status) for status in ("online", "offline", "onLine")
    },
    "deviceInfo": {"deviceData": _device, "avatarInfo": partial(_avatar, type_webhook="deviceInfo")},
    "avatarInfo": {
        "found": partial(_avatar, type_webhook="avatarInfo", existsWhatsapp=True),
        "badRequest": _no_avatar("bad request data"),
        "timeout": _no_avatar("get avatar timeout limit exceeded"),
    },
    "incomingCall": {
        status: partial(_call, type_webhook="incomingCall", status=status)
        for status in ("offer", "pickUp", "hangUp", "hungUp", "missed", "declined")
    },
    "outgoingCall": {
        **{
            status: partial(_call, type_webhook="outgoingCall", status=status)
            for status in ("pickUp", "hungUp", "hangUp", "invalid")
        },
        "group": partial(
            _call,
            type_webhook="outgoingCall",
            status="hungUp",
            chat_id=GROUP,
            participants=(CONTACT, "79001234569@c.us"),
        ),
        "nobody": partial(_call, type_webhook="outgoingCall", status="invalid", participants=()),
    },
    "incomingBlock": {"blocked": _block},
    "quotaExceeded": {
        "untimed": with_changes(_quota, drop("timestamp")),
        "timed": _quota,
        "strings": with_changes(_quota, AS_STRINGS, as_strings("quotaData.used", "quotaData.total")),
    },
}
"""By `typeWebhook` and variant."""
