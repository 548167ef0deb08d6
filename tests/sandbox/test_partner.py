from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import ManualClock, Sandbox

pytestmark = pytest.mark.anyio
UNAUTHORIZED = {"code": 401, "description": "Unauthorized"}


@pytest.fixture
def sandbox(clock: ManualClock) -> Sandbox:
    return Sandbox(clock, seed=1, creation_seconds=120, partner_token="gac.1")


async def test_a_created_instance_is_ready_after_its_delay(
    http: httpx.AsyncClient, sandbox: Sandbox, clock: ManualClock
) -> None:
    body = {"name": "Shop", "incomingWebhook": "no"}
    made = (await http.post("/partner/createInstance/gac.1", json=body)).json()
    assert made == {
        "idInstance": 1101000001,
        "apiTokenInstance": sandbox.instances[1101000001].token,
        "typeInstance": "whatsapp",
    }
    state = f"/waInstance1101000001/getStateInstance/{made['apiTokenInstance']}"
    assert (await http.get(state)).json() is None
    clock.advance(120)
    assert (await http.get(state)).json() == {"stateInstance": "notAuthorized"}
    assert sandbox.instances[1101000001].settings["incomingWebhook"] == "no"


async def test_instances_are_listed_and_deleted(http: httpx.AsyncClient, sandbox: Sandbox) -> None:
    for name in ("one", "two"):
        await http.post("/partner/createInstance/gac.1", json={"name": name})
    one, two = (await http.get("/partner/getInstances/gac.1")).json()
    assert (one["name"], two["name"], two["idInstance"]) == ("one", "two", 1101000002)
    assert one["timeCreated"] == "2023-11-14T22:13:20.000Z"
    assert one["deleted"] is False
    deleted = await http.post("/partner/deleteInstanceAccount/gac.1", json={"idInstance": 1101000002})
    assert deleted.json() == {"deleteInstanceAccount": True}
    assert [row["deleted"] for row in (await http.get("/partner/getInstances/gac.1")).json()] == [False, True]
    call = await http.get(f"/waInstance1101000002/getSettings/{two['apiTokenInstance']}")
    assert call.json()["message"] == "Instance is deleted"


@pytest.mark.parametrize(
    ("verb", "path", "body", "answer"),
    [
        ("GET", "getInstances/wrong", None, UNAUTHORIZED),
        ("GET", "getInstances", None, UNAUTHORIZED),
        ("POST", "createInstance/wrong", {}, UNAUTHORIZED),
        ("POST", "deleteInstanceAccount/wrong", {"idInstance": 1}, UNAUTHORIZED),
        ("POST", "deleteInstanceAccount/gac.1", {"idInstance": 1}, {"code": 404, "description": "Not found"}),
        (
            "POST",
            "deleteInstanceAccount/gac.1",
            {},
            {"code": 400, "description": "Validation failed. Details: 'idInstance' is required"},
        ),
        (
            "POST",
            "createInstance/gac.1",
            {"incomingWebhook": "maybe"},
            {"code": 400, "description": "Validation failed. Details: 'incomingWebhook' must be one of [yes, no]"},
        ),
    ],
)
async def test_an_error_is_a_200_with_a_code(
    http: httpx.AsyncClient, verb: str, path: str, body: Any, answer: Any
) -> None:
    given = await http.request(verb, f"/partner/{path}", json=body)
    assert (given.status_code, given.json()) == (200, answer)


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [("GET", "nonsense/gac.1", 404), ("GET", "createInstance/gac.1", 404), ("OPTIONS", "getInstances/gac.1", 204)],
)
async def test_an_unknown_method_is_not_found(http: httpx.AsyncClient, verb: str, path: str, status: int) -> None:
    assert (await http.request(verb, f"/partner/{path}")).status_code == status
