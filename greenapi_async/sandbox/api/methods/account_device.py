"""The phone's side of section 1.3.2 of the manual: signing in, and what the account looks like."""

from typing import Any

from greenapi_async.sandbox.api.methods.groups import picture_url, refuse_picture
from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.rejection import Rejected
from greenapi_async.sandbox.payloads.schema import Field
from greenapi_async.sandbox.payloads.field_types import file, phone_number
from greenapi_async.sandbox.simulation.contacts import Profile

PICTURE_EVERY = 10


@method("GET", "qr")
def qr(call: Call) -> dict[str, Any]:
    """Give the picture to scan, while no phone is linked."""
    return call.instance.qr()


@method("POST", "getAuthorizationCode", body={"phoneNumber": Field(phone_number().check, required=True)})
def get_authorization_code(call: Call) -> dict[str, Any]:
    """Give the code to type on the phone, while none is linked."""
    if call.instance.state != "notAuthorized":
        return {"status": False, "code": ""}
    return {"status": True, "code": call.instance.sign_in.new_code(call.instance.random, call.instance.now)}


@method("POST", "setProfilePicture", form={"file": file()})
def set_profile_picture(call: Call) -> dict[str, Any]:
    """Set the picture that others see."""
    instance, sign_in = call.instance, call.instance.sign_in
    refuse_picture(call.body["file"])
    if sign_in.pictured_at is not None and instance.now < sign_in.pictured_at + PICTURE_EVERY:
        return {"reason": "rate-overlimit", "urlAvatar": None, "setProfilePicture": False}
    sign_in.pictured_at = instance.now
    avatar = picture_url(instance)
    instance.profiles.setdefault(instance.wid, Profile()).avatar = avatar
    return {"reason": None, "urlAvatar": avatar, "setProfilePicture": True}


@method("GET", "getWaSettings", while_starting=True)
def get_wa_settings(call: Call) -> dict[str, Any]:
    """Tell of the account; nothing but the state unless a phone is linked."""
    instance = call.instance
    if instance.state is None:
        raise Rejected(400, "instance in starting process try later")
    if instance.state in {"notAuthorized", "blocked", "starting"}:
        return {"avatar": "", "phone": "", "stateInstance": instance.state, "deviceId": ""}
    profile = instance.profiles.get(instance.wid)
    return {
        "avatar": profile.avatar if profile else "",
        "phone": instance.phone,
        "stateInstance": instance.state,
        "deviceId": f"{instance.phone}:26@s.whatsapp.net",
    }


@method("GET", "getDeviceInfo")
def get_device_info(_call: Call) -> dict[str, Any]:
    """Tell of the phone; no document tells the answer of this retired method but its notification."""
    return {
        "platform": "android",
        "deviceManufacturer": "Sandbox",
        "deviceModel": "Phone",
        "osVersion": "14",
        "waVersion": "2.24.1",
        "battery": 100,
    }
