from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Instance, ManualClock, Sandbox
from greenapi_async.sandbox.simulation.statuses import text_status

Api = Callable[..., Awaitable[httpx.Response]]
ANN, BOB = "79001234568@c.us", "79001234569@c.us"
TEXT = {"message": "Hello", "backgroundColor": "#228B22", "font": "SERIF"}
pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def no_rate_limits(sandbox: Sandbox) -> None:
    sandbox.enforce_rates = False


async def send(api: Api, method: str = "sendTextStatus", **body: Any) -> str:
    id_message: str = (await api("POST", method, json=body or TEXT)).json()["idMessage"]
    return id_message


async def statistic(api: Api, id_message: str) -> dict[str, str]:
    rows = (await api("GET", "getStatusStatistic", params={"idMessage": id_message})).json()
    return {row["participant"]: row["status"] for row in rows}


async def test_statuses_are_queued_under_their_methods(api: Api, instance: Instance) -> None:
    instance.set_state("notAuthorized")
    voice = {"urlFile": "https://my.site.com/music.mp3", "fileName": "music.mp3", "backgroundColor": "#228B22"}
    media = {"urlFile": "https://my.site.com/horse.png", "fileName": "horse.png", "caption": "Little horse"}
    ids = [
        await send(api, **TEXT, participants=[ANN]),
        await send(api, "sendVoiceStatus", **voice),
        await send(api, "sendMediaStatus", **media),
    ]
    shown = (await api("GET", "showMessagesQueue")).json()
    assert shown == [
        {
            "messageID": ids[0],
            "type": "sendTextStatus",
            "body": {**TEXT, "participants": [ANN], "linkPreview": True},
        },
        {"messageID": ids[1], "type": "sendVoiceStatus", "body": {**voice, "participants": []}},
        {"messageID": ids[2], "type": "sendMediaStatus", "body": {**media, "participants": []}},
    ]
    assert await statistic(api, ids[0]) == {ANN: "pending"}
    rows = (await api("GET", "getOutgoingStatuses")).json()
    assert [row["statusMessage"] for row in rows] == ["pending"] * 3
    await api("GET", "clearMessagesQueue")
    assert (await api("GET", "getOutgoingStatuses")).json() == []


async def test_statuses_keep_the_sending_delay(api: Api, instance: Instance, clock: ManualClock) -> None:
    ids = [await send(api), await send(api)]
    assert list(instance.statuses.own) == ids[:1]
    clock.advance(0.5)
    instance.timeline.settle()
    assert list(instance.statuses.own) == ids


async def test_a_status_for_everyone_goes_to_the_address_book(api: Api, instance: Instance) -> None:
    for contact in (ANN, BOB):
        instance.people.address_book.save(contact, "saved")
    id_message = await send(api)
    assert await statistic(api, id_message) == {ANN: "delivered", BOB: "delivered"}
    instance.statuses.contact_views(BOB, id_message)
    assert await statistic(api, id_message) == {ANN: "delivered", BOB: "read"}
    [row] = (await api("GET", "getOutgoingStatuses")).json()
    assert row == {
        "type": "outgoing",
        "idMessage": id_message,
        "timestamp": int(instance.timeline.now),
        "typeMessage": "extendedTextMessage",
        "chatId": instance.wid,
        "textMessage": "Hello",
        "extendedTextMessage": {
            "text": "Hello",
            "backgroundColor": "#228B22",
            "font": "SERIF",
            "participants": [],
        },
        "statusMessage": "read",
        "sendByApi": True,
    }


async def test_a_status_for_everyone_reaches_1024_contacts(api: Api, instance: Instance) -> None:
    for number in range(1100):
        instance.people.address_book.save(f"7900{number:07}@c.us", "saved")
    assert len(await statistic(api, await send(api))) == 1024


async def test_a_number_without_an_account_is_skipped(api: Api, instance: Instance) -> None:
    instance.people.no_account.add(BOB)
    assert await statistic(api, await send(api, message="x", participants=[ANN, BOB])) == {ANN: "delivered"}


async def test_without_outgoing_webhook_progress_is_unknown(api: Api, instance: Instance) -> None:
    instance.settings["outgoingWebhook"] = "no"
    id_message = await send(api, message="x", participants=[ANN])
    instance.statuses.contact_views(ANN, id_message)
    assert await statistic(api, id_message) == {ANN: "sent"}


@pytest.mark.parametrize(
    ("method", "name", "kind"),
    [
        ("sendMediaStatus", "horse.png", "imageMessage"),
        ("sendMediaStatus", "horse.mp4", "videoMessage"),
        ("sendMediaStatus", "horse.mp3", "audioMessage"),
        ("sendVoiceStatus", "horse.wav", "audioMessage"),
    ],
)
async def test_the_file_name_decides_how_a_file_is_shown(api: Api, method: str, name: str, kind: str) -> None:
    await send(api, method, urlFile=f"https://my.site.com/{name}", fileName=name, participants=[ANN])
    [row] = (await api("GET", "getOutgoingStatuses")).json()
    assert (row["typeMessage"], row["fileName"], row["participants"]) == (kind, name, [ANN])
    assert row["downloadUrl"] == f"https://my.site.com/{name}"
    assert ("jpegThumbnail" in row) is (kind != "audioMessage")


async def test_a_deleted_status_is_gone(api: Api) -> None:
    id_message = await send(api)
    deleted = await api("POST", "deleteStatus", json={"idMessage": id_message})
    assert (deleted.status_code, deleted.content) == (200, b"")
    assert (await api("GET", "getOutgoingStatuses")).json() == []
    assert await statistic(api, id_message) == {}
    again = await api("POST", "deleteStatus", json={"idMessage": id_message})
    assert (again.status_code, again.json()["message"]) == (400, "ID message notfound")


async def test_statuses_of_saved_contacts_are_listed(api: Api, instance: Instance) -> None:
    instance.people.address_book.save(ANN, "Коля")
    instance.people.names[ANN] = "Николай"
    look = text_status("Прекрасное утро!", "#228B22", "SANS_SERIF")
    id_message = instance.statuses.contact_posts(ANN, look)
    instance.statuses.contact_posts(BOB, look)
    assert (await api("GET", "getIncomingStatuses")).json() == [
        {
            "type": "incoming",
            "idMessage": id_message,
            "timestamp": int(instance.timeline.now),
            "typeMessage": "extendedTextMessage",
            "chatId": ANN,
            "textMessage": "Прекрасное утро!",
            "extendedTextMessage": {
                "text": "Прекрасное утро!",
                "backgroundColor": "#228B22",
                "font": "SANS_SERIF",
            },
            "senderId": ANN,
            "senderName": "Николай",
            "senderContactName": "Коля",
        }
    ]


async def test_status_journals_cover_a_day_by_default(api: Api, instance: Instance, clock: ManualClock) -> None:
    instance.people.address_book.save(ANN, "Аня")
    instance.statuses.contact_posts(ANN, text_status("old"))
    await send(api)
    clock.advance(86_401)
    for method in ("getIncomingStatuses", "getOutgoingStatuses"):
        assert (await api("GET", method)).json() == []
        assert len((await api("GET", method, params={"minutes": 1441})).json()) == 1
        assert (await api("GET", method, params={"minutes": "day"})).status_code == 400


@pytest.mark.parametrize(
    ("verb", "method", "options"),
    [
        ("POST", "sendTextStatus", {"json": TEXT}),
        ("POST", "sendVoiceStatus", {"json": {"urlFile": "https://a.b/c.mp3", "fileName": "c.mp3"}}),
        ("POST", "sendMediaStatus", {"json": {"urlFile": "https://a.b/c.png", "fileName": "c.png"}}),
        ("POST", "deleteStatus", {"json": {"idMessage": "BAE5F4886F6F2D05"}}),
        ("GET", "getStatusStatistic", {"params": {"idMessage": "BAE5F4886F6F2D05"}}),
        ("GET", "getIncomingStatuses", {}),
        ("GET", "getOutgoingStatuses", {}),
    ],
)
async def test_statuses_are_forbidden_outside_the_beta(
    api: Api, instance: Instance, verb: str, method: str, options: dict[str, Any]
) -> None:
    instance.statuses.allowed = False
    answer = await api(verb, method, **options)
    assert (answer.status_code, answer.json()["message"]) == (403, "Forbidden")


@pytest.mark.parametrize(
    ("method", "body", "details"),
    [
        ("sendTextStatus", {}, "'message' is required"),
        (
            "sendTextStatus",
            {"message": "x" * 501},
            "'message' length must be less than or equal to 500 characters long",
        ),
        (
            "sendTextStatus",
            {"message": "x", "font": "ARIAL"},
            "'font' must be one of [SERIF, SANS_SERIF, NORICAN_REGULAR, BRYNDAN_WRITE, OSWALD_HEAVY]",
        ),
        ("sendTextStatus", {"message": "x", "participants": ANN}, "'participants' must be an array"),
        ("sendVoiceStatus", {"urlFile": "https://a.b"}, "'fileName' is required"),
        (
            "sendVoiceStatus",
            {"urlFile": "ftp://a.b", "fileName": "a.mp3"},
            "url has incorrect format. It should start with http(s)://'",
        ),
        ("sendMediaStatus", {"urlFile": 7, "fileName": "a.png"}, "'urlFile' must be a string"),
        (
            "sendMediaStatus",
            {"urlFile": "https://a.b", "fileName": "a.png", "caption": "x" * 1025},
            "'caption' length must be less than or equal to 1024 characters long",
        ),
        ("deleteStatus", {"idMessage": "short"}, "'message id' must be at least 16 symbols"),
    ],
)
async def test_invalid_parameters_are_reported(api: Api, method: str, body: dict[str, Any], details: str) -> None:
    answer = await api("POST", method, json=body)
    assert (answer.status_code, answer.json()["message"]) == (400, f"Validation failed. Details: {details}")


async def test_the_statistic_needs_a_status_id(api: Api) -> None:
    answer = await api("GET", "getStatusStatistic")
    assert answer.json()["message"] == "Validation failed. Details: 'idMessage' is required"


async def test_contacts_post_and_view_statuses(api: Api, http: httpx.AsyncClient, instance: Instance) -> None:
    instance.people.address_book.save(ANN, "Аня")
    root = f"/sandbox/{instance.id_instance}/statuses"
    file = {"urlFile": "https://a.b/c.jpg", "fileName": "c.jpg", "caption": "look"}
    posted = [(await http.post(root, json={"chatId": ANN, **what})).json()["idMessage"] for what in (TEXT, file)]
    seen = (await api("GET", "getIncomingStatuses")).json()
    assert [(row["idMessage"], row["typeMessage"]) for row in seen] == [
        (posted[0], "extendedTextMessage"),
        (posted[1], "imageMessage"),
    ]
    id_message = await send(api)
    assert (await http.post(f"{root}/{id_message}/views", json={"chatId": ANN})).json() == {"viewed": True}
    assert await statistic(api, id_message) == {ANN: "read"}
    stranger = await http.post(f"{root}/{id_message}/views", json={"chatId": BOB})
    empty = await http.post(root, json={"chatId": ANN})
    assert stranger.status_code == empty.status_code == 400
