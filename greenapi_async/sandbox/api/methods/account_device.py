"""Account methods that concern the phone: sign-in, profile picture, device.

Source: manual 1.3.2.
"""

from typing import Any

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.api.methods.groups import check_picture, picture_url
from greenapi_async.sandbox.payloads.field_types import file, phone_number
from greenapi_async.sandbox.payloads.responses import RequestRejected
from greenapi_async.sandbox.payloads.schema import Field
from greenapi_async.sandbox.simulation.contacts import Profile

__all__ = ["get_authorization_code", "get_device_info", "get_wa_settings", "qr", "set_profile_picture"]

PICTURE_INTERVAL = 10
"""Seconds between two changes of the profile picture."""


@method("GET", "qr")
def qr(call: Call) -> dict[str, Any]:
    """Return the QR code to scan, while no phone is linked."""
    return call.instance.sign_in.qr()


@method("POST", "getAuthorizationCode", body={"phoneNumber": Field(phone_number().check, required=True)})
def get_authorization_code(call: Call) -> dict[str, Any]:
    """Return the code to type on the phone, while none is linked."""
    if call.instance.state != "notAuthorized":
        return {"status": False, "code": ""}
    return {"status": True, "code": call.instance.sign_in.new_code()}


@method("POST", "setProfilePicture", form={"file": file()})
def set_profile_picture(call: Call) -> dict[str, Any]:
    """Set the profile picture."""
    instance, sign_in = call.instance, call.instance.sign_in
    check_picture(call.body["file"])
    if sign_in.picture_set_at is not None and instance.timeline.now < sign_in.picture_set_at + PICTURE_INTERVAL:
        return {"reason": "rate-overlimit", "urlAvatar": None, "setProfilePicture": False}
    sign_in.picture_set_at = instance.timeline.now
    avatar = picture_url(instance)
    instance.people.profiles.setdefault(instance.own_id, Profile()).avatar = avatar
    return {"reason": None, "urlAvatar": avatar, "setProfilePicture": True}


@method("GET", "getWaSettings", while_starting=True)
def get_wa_settings(call: Call) -> dict[str, Any]:
    """Return the account's phone and avatar, or only the state unless a phone is linked."""
    instance = call.instance
    if instance.state is None:
        raise RequestRejected(400, "instance in starting process try later")
    if instance.state in {"notAuthorized", "blocked", "starting"}:
        return {"avatar": "", "phone": "", "stateInstance": instance.state, "deviceId": ""}
    profile = instance.people.profiles.get(instance.own_id)
    return {
        "avatar": profile.avatar if profile else "",
        "phone": instance.phone,
        "stateInstance": instance.state,
        "deviceId": f"{instance.phone}:26@s.whatsapp.net",
        **({} if (lid := instance.lids.of(instance.wid)) is None else {"chatId": lid}),
    }


@method("GET", "getDeviceInfo")
def get_device_info(_call: Call) -> dict[str, Any]:
    """Return the phone's model; for this retired method, only the matching notification is documented."""
    return {
        "platform": "android",
        "deviceManufacturer": "Sandbox",
        "deviceModel": "Phone",
        "osVersion": "14",
        "waVersion": "2.24.1",
        "battery": 100,
    }
