"""The notifications that carry no message, and the three that do with what is particular to them."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import attrs

from greenapi_async.sandbox.simulation import bodies
from greenapi_async.sandbox.simulation.catalogue.builders import (
    CONTACT,
    GROUP,
    IN_STRINGS,
    UNNAMED,
    WEBHOOKS,
    Build,
    Stage,
    Variants,
    as_strings,
    changed,
    drop,
    says,
)
from greenapi_async.sandbox.simulation.catalogue.contents import CONTENTS, THUMBNAIL_URL
from greenapi_async.sandbox.simulation.ids import incoming_id, outgoing_id
from greenapi_async.sandbox.simulation.lifecycle import STATES
from greenapi_async.sandbox.simulation.messages import Message
from greenapi_async.sandbox.simulation.phone_calls import PhoneCall
from greenapi_async.sandbox.simulation.quotas import Quotas

SWE004: Final = "SWE004: the number of participants in the group has been exceeded - 706"


def _carrying(type_webhook: str) -> Variants:
    def by(build: Build) -> Build:
        return lambda stage: build(attrs.evolve(stage, type_webhook=type_webhook))

    text = CONTENTS["textMessage"]
    return {
        "person": by(says(text)),
        "group": by(says(text, chat_id=GROUP)),
        "unnamed": by(says(text, UNNAMED)),
    }


def _status(stage: Stage, status: str, description: str | None = None, chat_id: str = CONTACT) -> dict[str, Any]:
    sent = Message(
        id_message=outgoing_id(stage.random),
        chat_id=stage.chat_id or chat_id,
        type="outgoing",
        content=CONTENTS["textMessage"](stage),
        sender=stage.wid,
        status=status,
        by_api=True,
    )
    return bodies.status(stage.instance, sent, stage.at, description)


def _state(stage: Stage, state: str) -> dict[str, Any]:
    who = bodies.instance_data(stage.id_instance, "" if state == "notAuthorized" else stage.wid)
    return bodies.state(who, state, stage.at)


def _event(stage: Stage, type_webhook: str, **told: Any) -> dict[str, Any]:
    return bodies.event(type_webhook, stage.instance, told, stage.at)


def _socket(stage: Stage, status: str) -> dict[str, Any]:
    return _event(stage, "statusInstanceChanged", statusInstance=status)


def _device(stage: Stage) -> dict[str, Any]:
    device = {
        "platform": "android",
        "deviceManufacturer": "Samsung",
        "deviceModel": "SM-A525F",
        "osVersion": "12",
        "waVersion": "2.22.10.73",
        "battery": 80,
    }
    return _event(stage, "deviceInfo", deviceData=device)


def _avatar(stage: Stage, type_webhook: str, url: str = THUMBNAIL_URL, **more: Any) -> dict[str, Any]:
    avatar = {"chatId": stage.chat_id or CONTACT, "urlAvatar": url, **more}
    return _event(stage, type_webhook, avatarInfo=avatar)


def _no_avatar(reason: str) -> Build:
    return partial(_avatar, type_webhook="avatarInfo", url="", existsWhatsapp=False, reason=reason)


def _call(
    stage: Stage, type_webhook: str, status: str, chat_id: str = CONTACT, participants: tuple[str, ...] | None = None
) -> dict[str, Any]:
    call = PhoneCall(
        id_message=incoming_id(stage.random),
        type="incoming" if type_webhook == "incomingCall" else "outgoing",
        chat_id=stage.chat_id or chat_id,
        timestamp=stage.at,
        status=status,
        duration=42 if status == "pickUp" else 0,
    )
    told = call.told(status)
    if participants is not None:
        told["participants"] = [{"id": participant, "status": status} for participant in participants]
    return bodies.event(type_webhook, stage.instance, told, stage.at)


def _block(stage: Stage) -> dict[str, Any]:
    return _event(stage, "incomingBlock", chatId=stage.chat_id or "100000000000@c.us", chatState="blocked")


def _quota(stage: Stage) -> dict[str, Any]:
    quotas = Quotas("developer")
    for chat_id in ("10001234560@c.us", "10001234561@c.us", "10001234562@c.us"):
        quotas.meet(chat_id, stage.at)
    return bodies.quota_exceeded(stage.instance, quotas.chats_status("CORRESPONDENTS_QUOTA_EXCEEDED", ", "), stage.at)


EVENTS: Final[Mapping[str, Variants]] = {
    **{type_webhook: _carrying(type_webhook) for type_webhook in WEBHOOKS},
    "outgoingMessageStatus": {
        **{
            status: partial(_status, status=status)
            for status in ("sent", "delivered", "read", "noAccount", "notInGroup", "yellowCard")
        },
        "failed": partial(_status, status="failed", description="Error: item-not-found", chat_id=GROUP),
        "failedSWE004": partial(_status, status="failed", description=SWE004, chat_id=GROUP),
    },
    "stateInstanceChanged": {state: partial(_state, state=state) for state in STATES},
    "statusInstanceChanged": {status: partial(_socket, status=status) for status in ("online", "offline", "onLine")},
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
        "untimed": changed(_quota, drop("timestamp")),
        "timed": _quota,
        "strings": changed(_quota, IN_STRINGS, as_strings("quotaData.used", "quotaData.total")),
    },
}
"""By `typeWebhook`, and then by variant."""
