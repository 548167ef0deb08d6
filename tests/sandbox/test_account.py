import base64
import re
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Instance, ManualClock, Sandbox

Api = Callable[..., Awaitable[httpx.Response]]
JPG = {"file": ("me.jpg", b"\xff\xd8\xff", "image/jpeg")}
pytestmark = pytest.mark.anyio


async def test_logout_unlinks_the_phone(api: Api, instance: Instance) -> None:
    assert (await api("GET", "logout")).json() == {"isLogout": True}
    assert instance.state == "notAuthorized"
    assert (await api("GET", "getStatusInstance")).json() == {"statusInstance": "offline"}
    [body] = instance.notifications.bodies()
    assert body["stateInstance"] == "notAuthorized"


async def test_the_qr_code_changes_every_20_seconds(api: Api, instance: Instance, clock: ManualClock) -> None:
    instance.set_state("notAuthorized")
    first, again = (await api("GET", "qr")).json(), (await api("GET", "qr")).json()
    clock.advance(20)
    later = (await api("GET", "qr")).json()
    assert first["type"] == "qrCode"
    assert base64.b64decode(first["message"]).startswith(b"\x89PNG\r\n\x1a\n")
    assert first == again != later


@pytest.mark.parametrize(
    ("state", "answer"),
    [
        ("authorized", {"type": "alreadyLogged", "message": "instance account already authorized"}),
        ("blocked", {"type": "error", "message": "Instance has auth. You need to make log out"}),
    ],
)
async def test_a_linked_phone_gets_no_qr_code(api: Api, instance: Instance, state: Any, answer: Any) -> None:
    instance.set_state(state)
    assert (await api("GET", "qr")).json() == answer


async def test_an_authorization_code_is_returned_only_while_no_phone_is_linked(api: Api, instance: Instance) -> None:
    assert (await api("POST", "getAuthorizationCode", json={"phoneNumber": 441234567890})).json() == {
        "status": False,
        "code": "",
    }
    instance.set_state("notAuthorized")
    given = (await api("POST", "getAuthorizationCode", json={"phoneNumber": 441234567890})).json()
    assert given["status"] is True
    assert re.fullmatch(r"[A-Z1-9]{8}", given["code"])


@pytest.mark.parametrize("number", ["+441234567890", "44 12", 1.5, True, None])
async def test_a_phone_number_must_consist_of_digits(api: Api, number: Any) -> None:
    answer = await api("POST", "getAuthorizationCode", json={"phoneNumber": number})
    assert answer.status_code == 400
    assert (
        answer.json()["message"] == "Validation failed. Details: Wrong format. 'phoneNumber' must contain only digits"
    )


async def test_a_phone_number_is_required(api: Api, instance: Instance) -> None:
    answer = await api("POST", "getAuthorizationCode", json={})
    assert answer.json()["message"] == "Validation failed. Details: 'phoneNumber' is required"


async def test_a_profile_picture_is_returned_with_the_account(api: Api, instance: Instance) -> None:
    done = (await api("POST", "setProfilePicture", files=JPG)).json()
    assert done == {"reason": None, "urlAvatar": done["urlAvatar"], "setProfilePicture": True}
    assert (await api("GET", "getWaSettings")).json() == {
        "avatar": done["urlAvatar"],
        "phone": "79876543210",
        "stateInstance": "authorized",
        "deviceId": "79876543210:26@s.whatsapp.net",
    }


@pytest.mark.parametrize(
    ("file", "words"),
    [(("me.jpg", b"", "image/jpeg"), "File is empty"), (("me.png", b"x", "image/png"), "Unsupported media type")],
)
async def test_a_profile_picture_must_be_a_jpeg(api: Api, file: Any, words: str) -> None:
    answer = await api("POST", "setProfilePicture", files={"file": file})
    assert (answer.status_code, answer.json()["message"]) == (400, words)


async def test_a_profile_picture_can_be_set_once_in_ten_seconds(api: Api, sandbox: Sandbox, clock: ManualClock) -> None:
    await api("POST", "setProfilePicture", files=JPG)
    assert (await api("POST", "setProfilePicture", files=JPG)).status_code == 429
    sandbox.enforce_rates = False
    refused = await api("POST", "setProfilePicture", files=JPG)
    assert refused.json() == {"reason": "rate-overlimit", "urlAvatar": None, "setProfilePicture": False}
    clock.advance(10)
    assert (await api("POST", "setProfilePicture", files=JPG)).json()["setProfilePicture"] is True


@pytest.mark.parametrize("state", ["notAuthorized", "blocked", "starting"])
async def test_an_unlinked_account_returns_its_state_only(api: Api, instance: Instance, state: Any) -> None:
    instance.set_state(state)
    assert (await api("GET", "getWaSettings")).json() == {
        "avatar": "",
        "phone": "",
        "stateInstance": state,
        "deviceId": "",
    }


async def test_an_instance_being_created_has_no_account(api: Api, instance: Instance) -> None:
    instance.set_state(None)
    assert (await api("GET", "getWaSettings")).json()["message"] == "instance in starting process try later"


async def test_device_info_is_returned(api: Api) -> None:
    assert {"platform", "deviceModel", "battery"} <= set((await api("GET", "getDeviceInfo")).json())


async def test_the_history_of_states_is_newest_first(api: Api, instance: Instance, clock: ManualClock) -> None:
    start = int(clock.now)
    clock.advance(60)
    instance.set_state("yellowCard")
    history = (await api("GET", "GetStateInstanceHistory")).json()
    assert [(one["stateInstance"], one["timestamp"]) for one in history] == [
        ("yellowCard", start + 60),
        ("authorized", start),
    ]
    assert len((await api("GET", "GetStateInstanceHistory", params={"count": 1})).json()) == 1


async def test_a_new_token_invalidates_the_old_one(api: Api, http: httpx.AsyncClient, instance: Instance) -> None:
    old = instance.token
    new = (await api("GET", "updateApiToken")).json()["apiTokenInstance"]
    assert new == instance.token != old
    assert (await http.get(f"/waInstance{instance.id_instance}/getSettings/{old}")).status_code == 401
    assert (await api("GET", "getSettings")).status_code == 200


async def test_settings_beyond_the_manual_can_be_saved(api: Api, instance: Instance) -> None:
    await api("POST", "setSettings", json={"outgoingCallWebhook": "yes", "autoTyping": 4})
    assert (await api("GET", "getSettings")).json()["autoTyping"] == 4


async def test_settings_newer_than_any_list_are_stored(api: Api) -> None:
    settings = {"editedMessageWebhook": "yes", "proxyInstance": "system proxy", "someNewSetting": "no"}
    assert (await api("POST", "setSettings", json=settings)).json() == {"saveSettings": True}
    stored = (await api("GET", "getSettings")).json()
    assert {name: stored[name] for name in settings} == settings
