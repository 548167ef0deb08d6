from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Instance, ManualClock, Sandbox

Api = Callable[..., Awaitable[httpx.Response]]
CHATS = [f"7900123456{number}@c.us" for number in range(4)]
pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _developer_tariff(instance: Instance, sandbox: Sandbox) -> None:
    sandbox.enforce_rates = False
    instance.quotas.tariff = "developer"
    instance.settings["outgoingWebhook"] = "no"


async def write(api: Api, chat: str) -> httpx.Response:
    return await api("POST", "sendMessage", json={"chatId": chat, "message": "hi"})


async def fill(api: Api) -> None:
    for chat in CHATS[:3]:
        assert (await write(api, chat)).status_code == 200


async def test_calls_over_the_monthly_quota_are_rejected_as_in_the_manual(
    api: Api, instance: Instance, clock: ManualClock
) -> None:
    answers = [await api("GET", "getStatusInstance") for _ in range(101)]
    assert [answer.status_code for answer in answers] == [200] * 100 + [466]
    assert answers[-1].json() == {
        "invokeStatus": {
            "method": "getstatusinstance",
            "used": 100,
            "total": 100,
            "status": "QUOTE_EXCEEDED",
            "description": "Monthly quota has been exceeded. Please go to your console and change the tariff to "
            "business https://console.green-api.com",
        }
    }
    clock.advance(17 * 86_400)
    assert (await api("GET", "getStatusInstance")).status_code == 200


async def test_a_rejected_call_does_not_count(api: Api) -> None:
    for _ in range(100):
        await api("POST", "getAvatar", json={})
    assert (await api("POST", "getAvatar", json={"chatId": CHATS[0]})).status_code == 200


async def test_the_business_tariff_has_no_chat_quota(api: Api, instance: Instance) -> None:
    instance.quotas.tariff = "business"
    assert {(await api("GET", "getStatusInstance")).status_code for _ in range(101)} == {200}
    await fill(api)
    assert (await write(api, CHATS[3])).status_code == 200


async def test_a_fourth_chat_is_rejected_as_in_the_manual(api: Api, instance: Instance) -> None:
    await fill(api)
    refused = await write(api, CHATS[3])
    assert refused.status_code == 466
    assert refused.json() == {
        "invokeStatus": {"method": "sendmessage", "used": 4, "total": 0, "status": "QUOTE_ALLOWED"},
        "correspondentsStatus": {
            "method": "correspondents",
            "used": 3,
            "total": 3,
            "status": "CORRESPONDENTS_QUOTE_EXCEEDED",
            "description": "Monthly quota has been exceeded. You can only send or receive messages from these numbers: "
            f"{','.join(CHATS[:3])}. Please go to your personal account and change the tariff to business "
            "https://console.green-api.com",
        },
    }
    assert instance.chat(CHATS[3]) == []
    assert (await write(api, CHATS[0])).status_code == 200


async def test_a_message_from_a_fourth_chat_is_reported_without_its_text(api: Api, instance: Instance) -> None:
    await fill(api)
    instance.contact_writes(CHATS[0], "known")
    instance.contact_writes(CHATS[3], "unknown")
    known, quota = instance.notifications.bodies()
    assert known["typeWebhook"] == "incomingMessageReceived"
    assert quota["typeWebhook"] == "quotaExceeded"
    data: Any = quota["quotaData"]
    assert (data["method"], data["used"], data["total"]) == ("correspondents", 3, 3)
    assert data["status"] == "CORRESPONDENTS_QUOTA_EXCEEDED"
    assert ", ".join(CHATS[:3]) in data["description"]


async def test_a_poll_can_report_the_quota_with_a_notification(
    api: Api, http: httpx.AsyncClient, instance: Instance
) -> None:
    await http.put(f"/sandbox/{instance.id_instance}/state", json={"pollsTellQuota": True})
    instance.contact_writes(CHATS[0], "hi")
    assert (await api("GET", "receiveNotification")).status_code == 200
    await fill(api)
    await write(api, CHATS[3])
    answer = await api("GET", "receiveNotification")
    assert answer.status_code == 466
    assert answer.json()["body"]["senderData"]["chatId"] == CHATS[0]
    assert answer.json()["correspondentsStatus"]["status"] == "CORRESPONDENTS_QUOTE_EXCEEDED"
    receipt = f"/{answer.json()['receiptId']}"
    assert (await api("DELETE", "deleteNotification", receipt)).json() == {"result": True}


async def test_the_tariff_is_changed_by_the_control_api(http: httpx.AsyncClient, instance: Instance) -> None:
    answer = await http.put(f"/sandbox/{instance.id_instance}/state", json={"tariff": "business"})
    assert answer.json()["tariff"] == instance.quotas.tariff == "business"


async def test_a_new_month_resets_the_chats(api: Api, clock: ManualClock) -> None:
    await fill(api)
    clock.advance(31 * 86_400)
    assert (await write(api, CHATS[3])).status_code == 200
