from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Fault, Instance, ManualClock
from greenapi_async.sandbox.api.business import MEDIA_LIMIT

V1 = Callable[..., Awaitable[httpx.Response]]
CHAT = "79001234567@c.us"
META = {"api_status": "stable", "version": "2.0.1"}
pytestmark = pytest.mark.anyio


@pytest.fixture
def v1(http: httpx.AsyncClient, instance: Instance) -> V1:
    """Call an endpoint with the instance's token: `await v1("POST", "messages", json={...})`."""

    async def call(verb: str, node: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {instance.token}", **options.pop("headers", {})}
        return await http.request(verb, f"/v1/{node}", headers=headers, **options)

    return call


async def upload(v1: V1, content: bytes = b"JPEG", **headers: str) -> str:
    answer = await v1("POST", "media", content=content, headers={"X-Gr-File-Extension": "jpeg", **headers})
    assert answer.status_code == 201
    assert answer.json()["meta"] == META
    media_id: str = answer.json()["media"][0]["id"]
    return media_id


@pytest.mark.parametrize("to", ["79001234567", "79001234567-1581234048"])
async def test_a_text_is_sent(v1: V1, instance: Instance, to: str) -> None:
    chat = f"{to}@{'g' if '-' in to else 'c'}.us"
    if "-" in to:
        instance.contact_writes(chat, "welcome")
    sent = await v1("POST", "messages", json={"to": to, "text": {"body": "hi"}, "preview_url": True})
    assert sent.status_code == 201
    message = instance.chat(chat)[-1]
    assert sent.json() == {"messages": [{"id": message.id_message}], "meta": META}
    assert (message.text, message.by_api) == ("hi", True)


async def test_uploaded_media_can_be_sent_downloaded_and_deleted(
    v1: V1, http: httpx.AsyncClient, instance: Instance
) -> None:
    media_id = await upload(v1)
    image = {"id": media_id, "caption": "Logo"}
    await v1("POST", "messages", json={"to": "79001234567", "type": "image", "image": image})
    [message] = instance.chat(CHAT)
    row = message.content.flat()
    assert (row["typeMessage"], row["caption"], row["mimeType"]) == ("imageMessage", "Logo", "image/jpeg")
    assert (await http.get(row["downloadUrl"])).content == b"JPEG"
    fetched = await v1("GET", f"media/{media_id}")
    assert (fetched.content, fetched.headers["content-type"]) == (b"JPEG", "image/jpeg")
    assert (await v1("DELETE", f"media/{media_id}")).status_code == 200
    for verb in ("GET", "DELETE"):
        assert (await v1(verb, f"media/{media_id}")).json()["errors"][0]["code"] == 1006


async def test_media_expire_after_a_day(v1: V1, clock: ManualClock) -> None:
    media_id = await upload(v1)
    clock.advance(86_400)
    assert (await v1("GET", f"media/{media_id}")).status_code == 404


async def test_media_are_not_public_files(v1: V1, http: httpx.AsyncClient) -> None:
    assert (await http.get(f"/files/{await upload(v1)}/media.jpeg")).status_code == 404


async def test_a_link_is_sent_with_its_name(v1: V1, instance: Instance) -> None:
    document = {"link": "https://my.io/a.pdf", "filename": "b.pdf", "provider": {"name": "x"}}
    body = {"recipient_type": "individual", "to": "79001234567", "type": "document", "document": document}
    await v1("POST", "messages", json=body)
    row = instance.chat(CHAT)[0].content.flat()
    assert (row["typeMessage"], row["downloadUrl"], row["fileName"]) == (
        "documentMessage",
        "https://my.io/a.pdf",
        "b.pdf",
    )


@pytest.mark.parametrize(
    ("body", "code", "details"),
    [
        ({"text": {"body": "hi"}}, 1008, "'to' is required"),
        ({"to": CHAT, "text": {"body": "hi"}}, 1009, "'to' must be digits, or digits-digits of a group"),
        ({"to": "7900"}, 1008, "'text' is required"),
        ({"to": "7900", "type": "poll"}, 1009, "'type' must be one of"),
        ({"to": "7900", "type": "image", "image": {}}, 1008, "'image' must have either 'id' or 'link'"),
        ({"to": "7900", "type": "video", "video": {"id": "x", "link": "y"}}, 1008, "'video' must have either"),
        ({"to": "7900", "type": "audio", "audio": {"link": "y"}}, 1009, "'link' must start with http(s)://"),
        ({"to": "7900", "type": "sticker", "sticker": {"id": "y"}}, 1006, "media not found"),
        ({"to": "7900", "text": {"body": "x" * 4097}}, 1009, "'body' length must be less than or equal to 4096"),
        ([], 1000, "Validation failed. Details: 'value' must be of type object"),
    ],
)
async def test_an_invalid_message_is_rejected_with_a_code(v1: V1, body: Any, code: int, details: str) -> None:
    answer = await v1("POST", "messages", json=body)
    [error] = answer.json()["errors"]
    assert answer.status_code == 400
    assert (error["code"], set(error)) == (code, {"code", "details", "title"})
    assert error["details"].startswith(details)


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", {"X-Gr-File-Extension": "jpeg"}, 400),
        (b"x", {}, 400),
        (b"x" * (MEDIA_LIMIT + 1), {"X-Gr-File-Extension": "jpeg"}, 413),
    ],
)
async def test_an_invalid_upload_is_rejected(v1: V1, content: bytes, headers: Any, status: int) -> None:
    answer = await v1("POST", "media", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.json()["meta"] == META


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer é".encode()}])
async def test_wrong_credentials_are_rejected(http: httpx.AsyncClient, instance: Instance, header: Any) -> None:
    answer = await http.post("/v1/messages", headers=header)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, 1005)


async def test_an_unknown_endpoint_is_not_found(v1: V1) -> None:
    assert (await v1("GET", "contacts")).status_code == 404


async def test_the_chat_quota_of_the_tariff_applies(v1: V1, instance: Instance) -> None:
    instance.quotas.tariff = "developer"
    answers = [await v1("POST", "messages", json={"to": f"790{number}", "text": {"body": "x"}}) for number in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 400]
    assert answers[-1].json()["errors"][0]["code"] == 82


async def test_faults_apply(v1: V1, instance: Instance) -> None:
    instance.fail("v1/messages", Fault(status=502))
    assert (await v1("POST", "messages", json={"to": "7900", "text": {"body": "x"}})).status_code == 502
    assert [(call.method, call.status) for call in instance.calls] == [("v1/messages", 502)]


@pytest.mark.parametrize(("flag", "words"), [("deleted", "Instance is deleted"), ("expired", "Instance account is")])
async def test_an_ended_instance_rejects_calls(v1: V1, instance: Instance, flag: str, words: str) -> None:
    setattr(instance.lifecycle, flag, True)
    answer = await v1("POST", "messages", json={})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["details"].startswith(words)
