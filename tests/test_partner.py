"""PartnerClient: requests, answers, and that no token leaks."""

import json
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import httpx
import pytest

from greenapi_async.errors import (
    DecodeError,
    DeliveryUnknownError,
    InvalidArgumentError,
    RefusedError,
    UnauthorizedError,
)
from greenapi_async.http.retry import Retry
from greenapi_async.instance.partner import PartnerClient
from greenapi_async.models.partner import CreatedInstance
from tests.http_libraries import Wire

pytestmark = pytest.mark.anyio

TOKEN = "gac.c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee"
CREATED = "d75b3a66374942c5b3c019c698abc2067e151558acbd451234"
ROW = {
    "idInstance": 1101000001,
    "name": "first",
    "typeInstance": "whatsapp",
    "timeCreated": "2024-04-16T07:28:41.000Z",
    "timeDeleted": "0001-01-01T00:00:00.000Z",
    "apiTokenInstance": CREATED,
    "deleted": False,
    "tariff": "PARTNER",
    "isFree": False,
    "isPartner": True,
    "expirationDate": "2030-01-01T00:00:00.000Z",
    "isExpired": False,
}

Answer = Callable[[httpx.Request], httpx.Response]


class Create(Protocol):
    def __call__(
        self, answer: Answer | httpx.Response, requests: list[httpx.Request] | None = None
    ) -> PartnerClient: ...


@pytest.fixture
def partner(wire: Wire) -> Create:
    def create(answer: Answer | httpx.Response, requests: list[httpx.Request] | None = None) -> PartnerClient:
        def handle(request: httpx.Request) -> httpx.Response:
            if requests is not None:
                requests.append(request)
            return answer(request) if callable(answer) else httpx.Response(answer.status_code, content=answer.content)

        retry = Retry(repeats=2, wait_initial=0.001)
        return PartnerClient(TOKEN, "http://host/", retry=retry, **wire.options(handle))

    return create


async def test_instance_is_created_with_its_settings(partner: Create) -> None:
    requests: list[httpx.Request] = []
    answer = {"idInstance": 1101000001, "apiTokenInstance": CREATED, "typeInstance": "whatsapp"}
    async with partner(httpx.Response(200, json=answer), requests) as client:
        created = await client.create_instance(
            name="shop", webhook_url="", incoming_webhook=True, outgoing_api_message_webhook=False
        )
    assert created == CreatedInstance(id_instance=1101000001, api_token_instance=CREATED, type_instance="whatsapp")
    (request,) = requests
    assert (request.method, str(request.url)) == ("POST", f"http://host/partner/createInstance/{TOKEN}")
    assert json.loads(request.content) == {
        "name": "shop",
        "webhookUrl": "",
        "incomingWebhook": "yes",
        "outgoingAPIMessageWebhook": "no",
    }


async def test_instance_needs_neither_name_nor_settings(partner: Create) -> None:
    requests: list[httpx.Request] = []
    async with partner(httpx.Response(200, json={"idInstance": "7", "apiTokenInstance": CREATED}), requests) as client:
        assert (await client.create_instance()).id_instance == 7
    assert json.loads(requests[0].content) == {}


async def test_settings_are_validated_as_in_set_settings(partner: Create) -> None:
    client = partner(httpx.Response(200))
    with pytest.raises(InvalidArgumentError, match="500 to 86,400,000 ms"):
        await client.create_instance(delay_send_messages_milliseconds=1)
    with pytest.raises(InvalidArgumentError, match="createInstance: incoming_webhook is 'yes'; expected True or False"):
        await client.create_instance(incoming_webhook="yes")  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(TypeError, match="unexpected keyword argument 'wid'"):
        await client.create_instance(wid="1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def test_instances_are_listed(partner: Create) -> None:
    requests: list[httpx.Request] = []
    async with partner(httpx.Response(200, json=[ROW, {"idInstance": 2}]), requests) as client:
        first, second = await client.get_instances()
    assert (first.id_instance, first.name, first.api_token_instance) == (1101000001, "first", CREATED)
    assert (first.is_partner, first.deleted, first.tariff) == (True, False, "PARTNER")
    assert first.time_created == "2024-04-16T07:28:41.000Z"
    assert (second.id_instance, second.name) == (2, None)
    assert (requests[0].method, str(requests[0].url)) == ("GET", f"http://host/partner/getInstances/{TOKEN}")


async def test_instance_is_deleted(partner: Create) -> None:
    requests: list[httpx.Request] = []
    async with partner(httpx.Response(200, json={"deleteInstanceAccount": True}), requests) as client:
        assert (await client.delete_instance_account(1101000001)).delete_instance_account is True
        with pytest.raises(InvalidArgumentError, match="id_instance is 0; expected a positive integer"):
            await client.delete_instance_account(0)
    (request,) = requests
    assert (request.method, str(request.url)) == ("POST", f"http://host/partner/deleteInstanceAccount/{TOKEN}")
    assert json.loads(request.content) == {"idInstance": 1101000001}


CALLS: list[Callable[[PartnerClient], Awaitable[object]]] = [
    lambda client: client.create_instance(),
    lambda client: client.get_instances(),
    lambda client: client.delete_instance_account(1),
]


@pytest.mark.parametrize("call", CALLS)
async def test_error_in_a_200_answer_is_raised(
    call: Callable[[PartnerClient], Awaitable[object]], partner: Create
) -> None:
    requests: list[httpx.Request] = []
    async with partner(httpx.Response(200, json={"code": 401, "description": "Unauthorized"}), requests) as client:
        with pytest.raises(RefusedError, match=r"Unauthorized \(code 401\)") as raised:
            await call(client)
    assert (raised.value.reason, raised.value.status) == ("Unauthorized (code 401)", 200)
    assert len(requests) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"code": 404}, "no description was given (code 404)"),
        ({"description": "Not found"}, "Not found"),
        ({"deleteInstanceAccount": False}, "the instance was not deleted"),
    ],
)
async def test_error_without_code_or_description(answer: dict[str, Any], reason: str, partner: Create) -> None:
    async with partner(httpx.Response(200, json=answer)) as client:
        with pytest.raises(RefusedError) as raised:
            await client.delete_instance_account(1)
    assert raised.value.reason == reason


async def test_creating_is_never_retried_and_the_others_are(partner: Create) -> None:
    requests: list[httpx.Request] = []
    async with partner(httpx.Response(502), requests) as client:
        with pytest.raises(DeliveryUnknownError):
            await client.create_instance()
        assert len(requests) == 1
        with pytest.raises(Exception, match="502"):
            await client.get_instances()
        assert len(requests) == 4
        with pytest.raises(Exception, match="502"):
            await client.delete_instance_account(1)
        assert len(requests) == 7


async def test_options_can_be_changed_and_the_client_closed(partner: Create) -> None:
    requests: list[httpx.Request] = []
    client = partner(httpx.Response(502), requests)
    with pytest.raises(Exception, match="502"):
        await client.with_options(retry=Retry(repeats=0)).get_instances()
    assert len(requests) == 1
    await client.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await client.get_instances()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"idInstance": 1, "apiTokenInstance": CREATED}),
        httpx.Response(200, json=[ROW]),
        httpx.Response(200, json={"apiTokenInstance": CREATED}),
        httpx.Response(200, json={"code": 401, "description": f"no such token: {TOKEN}"}),
        httpx.Response(401, json={"message": f"no such token: {TOKEN}"}),
        httpx.Response(404, text=f"Cannot GET /partner/x/{TOKEN}"),
        httpx.Response(502, text=f"<html>{TOKEN}"),
        httpx.Response(200, text=f"<html>{TOKEN}"),
    ],
    ids=["created", "list", "no id", "refused", "401", "404", "502", "HTML"],
)
async def test_tokens_do_not_leak(answer: httpx.Response, caplog: pytest.LogCaptureFixture, partner: Create) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "greenapi_async")
    client = partner(answer)
    outputs, with_locals = [repr(client), repr(vars(client))], [""]
    for call in (client.create_instance, client.get_instances):
        try:
            outputs.append(repr(await call()))
        except Exception as error:  # noqa: BLE001
            plain = traceback.TracebackException.from_exception(error)
            outputs += ["".join(plain.format()), repr(error), repr(vars(error))]
            with_locals += traceback.TracebackException.from_exception(error, capture_locals=True).format()
    outputs += [f"{record.getMessage()} {record.args!r}" for record in caplog.records]
    assert any("createInstance: " in text for text in outputs)
    assert [text for text in outputs if TOKEN in text or CREATED in text] == []
    assert [text for text in with_locals if TOKEN in text] == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((TOKEN + "\n",), "partner_token has a character at position"),
        (("",), "partner_token is empty"),
        ((None,), "partner_token is a NoneType"),
        ((TOKEN, "host"), "http:// or https://"),
    ],
)
def test_invalid_constructor_argument(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message) as raised:
        PartnerClient(*arguments)
    assert all(TOKEN not in repr(frame.locals) for frame in raised.traceback[1:])
    assert TOKEN not in str(raised.value)


async def test_http_errors_are_those_of_every_client(partner: Create) -> None:
    async with partner(httpx.Response(401)) as client:
        with pytest.raises(UnauthorizedError, match="Check the token"):
            await client.get_instances()
    async with partner(httpx.Response(200, json={"instances": []})) as client:
        with pytest.raises(DecodeError, match="expected an array"):
            await client.get_instances()
