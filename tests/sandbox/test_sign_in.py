"""Sign-in by QR code and by authorization code."""

import base64
import io
from collections.abc import Awaitable, Callable

import httpx
import pytest
import zxingcpp
from PIL import Image

from greenapi_async.sandbox import Instance, ManualClock

ID = 1101000001
pytestmark = pytest.mark.anyio

Api = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture(autouse=True)
def unlinked(instance: Instance) -> None:
    instance.set_state("notAuthorized")


def scanned(message: str) -> str:
    """Decode a QR code."""
    with Image.open(io.BytesIO(base64.b64decode(message))) as image:
        [code] = zxingcpp.read_barcodes(image)
    return code.text


async def test_scanning_the_qr_code_signs_in(http: httpx.AsyncClient, api: Api, instance: Instance) -> None:
    text = scanned((await api("GET", "qr")).json()["message"])
    assert instance.token not in text
    assert (await http.post(f"/sandbox/{ID}/scan", json={"text": text})).json()["stateInstance"] == "authorized"
    assert [body["stateInstance"] for body in instance.notifications.bodies()] == ["notAuthorized", "authorized"]


@pytest.mark.parametrize(("seconds", "state"), [(0, "authorized"), (39, "authorized"), (40, "notAuthorized")])
async def test_a_qr_code_is_valid_for_20_to_40_seconds(
    http: httpx.AsyncClient, api: Api, instance: Instance, clock: ManualClock, seconds: float, state: str
) -> None:
    text = scanned((await api("GET", "qr")).json()["message"])
    clock.advance(seconds)
    answer = await http.post(f"/sandbox/{ID}/scan", json={"text": text})
    assert (answer.status_code, instance.state) == (200 if state == "authorized" else 400, state)


async def test_an_authorization_code_is_valid_once_and_for_150_seconds(
    http: httpx.AsyncClient, api: Api, instance: Instance, clock: ManualClock
) -> None:
    unasked = await http.post(f"/sandbox/{ID}/scan", json={"code": "ABCD1234"})
    assert "getAuthorizationCode" in unasked.json()["message"]
    code = (await api("POST", "getAuthorizationCode", json={"phoneNumber": 79876543210})).json()["code"]
    wrong = await http.post(f"/sandbox/{ID}/scan", json={"code": "WRONG000"})
    assert (wrong.status_code, instance.state) == (400, "notAuthorized")
    typed = f"{code[:4]}-{code[4:]}".lower()
    assert (await http.post(f"/sandbox/{ID}/scan", json={"code": typed})).status_code == 200
    instance.set_state("notAuthorized")
    assert (await http.post(f"/sandbox/{ID}/scan", json={"code": code})).status_code == 400
    code = (await api("POST", "getAuthorizationCode", json={"phoneNumber": 79876543210})).json()["code"]
    clock.advance(150)
    assert (await http.post(f"/sandbox/{ID}/scan", json={"code": code})).status_code == 400


async def test_an_authorized_instance_cannot_be_signed_in(http: httpx.AsyncClient, instance: Instance) -> None:
    text = instance.sign_in.qr_text
    instance.set_state("authorized")
    refused = await http.post(f"/sandbox/{ID}/scan", json={"text": text})
    assert (refused.status_code, refused.json()["message"][:26]) == (400, "the instance is authorized")


async def test_an_empty_scan_is_rejected(http: httpx.AsyncClient) -> None:
    assert (await http.post(f"/sandbox/{ID}/scan", json={})).status_code == 400


async def test_settings_are_changed_and_contacts_added(http: httpx.AsyncClient, instance: Instance) -> None:
    await http.put(f"/sandbox/{ID}/settings", json={"incomingWebhook": "no"})
    assert instance.settings["incomingWebhook"] == "no"
    assert (await http.put(f"/sandbox/{ID}/settings", json={"incomingWebhook": "maybe"})).status_code == 400
    met = await http.post(f"/sandbox/{ID}/contacts", json={"phone": "79001234567", "name": "Anna"})
    assert instance.people.name_of(met.json()["chatId"]) == "Anna"
    refused = await http.post(f"/sandbox/{ID}/contacts", json={"phone": "+7 900"})
    assert refused.json()["message"].endswith("for example 79001234567")
