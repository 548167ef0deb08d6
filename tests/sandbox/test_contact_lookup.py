from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Fault, Instance, Sandbox
from greenapi_async.sandbox.simulation.contacts import Profile

Api = Callable[..., Awaitable[httpx.Response]]
ANN, BOB = "79001234568@c.us", "79001234569@c.us"
GROUP = "120363043968066561@g.us"
NO_GROUPS = (
    "Validation failed. Details: The method GetContactInfo does not support group chats, to work with groups, use the "
    "GetGroupData method"
)
pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def no_rate_limits(sandbox: Sandbox) -> None:
    sandbox.enforce_rates = False


def error_message(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


async def test_a_number_has_an_account_or_not(api: Api, instance: Instance) -> None:
    instance.people.no_account.add(BOB)
    for number, exists in ((79001234568, True), ("79001234568", True), (79001234569, False)):
        answer = await api("POST", "checkWhatsapp", json={"phoneNumber": number})
        assert answer.json() == {"existsWhatsapp": exists}
    asked = await api("POST", "checkWhatsapp", json={"chatId": BOB, "force": True})
    assert asked.json() == {"existsWhatsapp": False, "chatId": BOB}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Validation failed. Details: 'value' must have at least 1 key"),
        ({"phoneNumber": "+7900"}, "Validation failed. Details: Wrong format. 'phoneNumber' must contain only digits"),
        ({"phoneNumber": True}, "Validation failed. Details: Wrong format. 'phoneNumber' must contain only digits"),
        ({"phoneNumber": 790012}, "bad phone number, valid from 11 to 16 digits"),
        ({"phoneNumber": 79001234567890123}, "bad phone number, valid from 11 to 16 digits"),
        ({"force": True}, "Validation failed. Details: 'phoneNumber' is required"),
        ({"nonsense": 1}, "Validation failed. Details: 'nonsense' is not allowed"),
    ],
)
async def test_an_invalid_number_is_rejected(api: Api, body: dict[str, Any], message: str) -> None:
    assert error_message(await api("POST", "checkWhatsapp", json=body)) == (400, message)


async def test_a_check_may_time_out(api: Api, instance: Instance) -> None:
    instance.fail("checkWhatsapp", Fault(status=400, body='{"message":"check phone number timeout limit exceeded"}'))
    answer = await api("POST", "checkWhatsapp", json={"phoneNumber": 79001234568})
    assert error_message(answer) == (400, "check phone number timeout limit exceeded")


@pytest.mark.parametrize(
    ("profile", "answer"),
    [
        (None, {"urlAvatar": "", "available": True}),
        (Profile(avatar="https://a.b/c.jpg"), {"urlAvatar": "https://a.b/c.jpg", "available": True}),
        (Profile(avatar="https://a.b/c.jpg", hides_avatar=True), {"urlAvatar": "", "available": False}),
    ],
)
async def test_an_avatar_is_visible_missing_or_hidden(
    api: Api, instance: Instance, profile: Profile | None, answer: dict[str, Any]
) -> None:
    if profile:
        instance.people.profiles[ANN] = profile
    assert (await api("POST", "getAvatar", json={"chatId": ANN})).json() == answer


async def test_contacts_include_saved_ones_chats_and_groups(api: Api, instance: Instance) -> None:
    assert (await api("GET", "getContacts")).json() == []
    instance.contact_writes(BOB, "hi", sender_name="Боб")
    instance.people.address_book.save(ANN, "Анна работа")
    group = instance.contact_makes_group("Моя группа", [ANN])
    instance.phone_writes(instance.wid, "note")
    rows = [
        {"id": ANN, "name": "", "contactName": "Анна работа", "type": "user"},
        {"id": BOB, "name": "Боб", "contactName": "", "type": "user"},
        {"id": group, "name": "Моя группа", "type": "group"},
    ]
    assert (await api("GET", "getContacts")).json() == rows
    assert (await api("GET", "getContacts", params={"group": "true"})).json() == rows[2:]
    assert (await api("GET", "getContacts", params={"group": "false", "count": 1})).json() == rows[:1]


async def test_contact_info_combines_profile_and_chat_settings(api: Api, instance: Instance) -> None:
    instance.contact_writes(ANN, "hi", sender_name="Dealer", contact_name="Анна")
    product = {"id": "42079728159", "name": "Замена", "price": None, "isHidden": False}
    instance.people.profiles[ANN] = Profile(
        avatar="https://a.b/c.jpg",
        email="24service@tt.tt",
        category="Automotive Dealership",
        description="Официальный сервис",
        products=[product],
        is_business=True,
    )
    await api("POST", "archiveChat", json={"chatId": ANN})
    await api("POST", "setDisappearingChat", json={"chatId": ANN, "ephemeralExpiration": 86_400})
    assert (await api("POST", "getContactInfo", json={"chatId": ANN})).json() == {
        "avatar": "https://a.b/c.jpg",
        "name": "Dealer",
        "contactName": "Анна",
        "email": "24service@tt.tt",
        "category": "Automotive Dealership",
        "description": "Официальный сервис",
        "products": [product],
        "chatId": ANN,
        "lastSeen": None,
        "isArchive": True,
        "isDisappearing": True,
        "isMute": False,
        "messageExpiration": 86_400,
        "muteExpiration": None,
        "isBusiness": True,
    }


@pytest.mark.parametrize("body", [{}, {"chatId": GROUP}, {"chatId": "7900"}])
async def test_only_contacts_have_contact_info(api: Api, body: dict[str, Any]) -> None:
    assert error_message(await api("POST", "getContactInfo", json=body)) == (400, NO_GROUPS)
