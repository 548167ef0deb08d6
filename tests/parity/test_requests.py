"""Each method, called against the sandbox, sends the example of the manual and decodes the answer."""

import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext
from typing import Any

import httpx
import pytest

from greenapi_async import Client
from greenapi_async.instance.partner import PartnerClient
from greenapi_async.sandbox import Instance, Sandbox, create_app
from greenapi_async.sandbox.simulation.shops import Collection, Product

from .arguments import ARGUMENTS, GROUP, ME, MEMBER, MUG, PICTURE, SERIALIZED, SHOP
from .request_body import body_of
from .table import HTTP_ROWS, Row

pytestmark = pytest.mark.anyio

OTHER = "79001234568@c.us"
WHATSAPP_ROWS = [row for row in HTTP_ROWS if "whatsapp" in row.messengers]
Overrides = dict[str, Any]


class RecordingTransport(httpx.ASGITransport):
    """Records the requests to the sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(create_app(sandbox))
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        return await super().handle_async_request(request)


@pytest.fixture
def transport(sandbox: Sandbox) -> RecordingTransport:
    return RecordingTransport(sandbox)


@pytest.fixture
async def client(instance: Instance, transport: RecordingTransport) -> AsyncIterator[Client]:
    hosts = ("http://sandbox", "http://media.sandbox")
    # Files are read in threads, which virtual time does not wait for: any timeout would expire at once.
    async with Client(instance.id_instance, instance.token, *hosts, transport=transport, timeout=math.inf) as client:
        yield client


@pytest.fixture
async def partner(sandbox: Sandbox, transport: RecordingTransport) -> AsyncIterator[PartnerClient]:
    async with PartnerClient(sandbox.partner_token, "http://sandbox", transport=transport) as partner:
        yield partner


def not_linked(instance: Instance) -> Overrides:
    instance.set_state("notAuthorized")
    return {}


def in_a_group(instance: Instance) -> Overrides:
    instance.contact_writes(GROUP, "hello", sender=OTHER)
    return {}


def over_a_group(instance: Instance) -> Overrides:
    """Make the account the administrator of a group with one other participant."""
    in_a_group(instance)
    group = instance.groups.get(GROUP)
    assert group is not None
    group.members[instance.wid] = True
    return {}


def over_a_group_with_the_member(instance: Instance) -> Overrides:
    over_a_group(instance)
    instance.contact_writes(GROUP, "hi", sender=MEMBER)
    return {}


def over_a_group_with_another_administrator(instance: Instance) -> Overrides:
    over_a_group_with_the_member(instance)
    group = instance.groups.get(GROUP)
    assert group is not None
    group.members[MEMBER] = True
    return {}


def with_a_notification(instance: Instance) -> Overrides:
    instance.contact_writes(ME, "hello")
    received = instance.notifications.receive()
    assert received is not None
    return {"receipt_id": received["receiptId"]}


def with_a_file(instance: Instance) -> Overrides:
    return {"id_message": instance.contact_sends(ME, {"file": {"fileName": "a.jpg", "data": "AAAA"}})}


def with_a_message(chat_id: str, name: str = "id_message") -> Callable[[Instance], Overrides]:
    return lambda instance: {name: instance.contact_writes(chat_id, "hello")}


def with_messages_to_forward(instance: Instance) -> Overrides:
    return {"messages": [instance.contact_writes(ME, text) for text in ("one", "two")]}


def with_an_own_message(chat_id: str) -> Callable[[Instance], Overrides]:
    def prepare(instance: Instance) -> Overrides:
        instance.contact_writes(chat_id, "hello")
        return {"id_message": instance.phone_writes(chat_id, "mine")}

    return prepare


def with_an_archived_chat(instance: Instance) -> Overrides:
    in_a_group(instance)
    instance.chats.settings(GROUP).archived = True
    return {}


def with_a_contact(instance: Instance) -> Overrides:
    instance.people.address_book.save(ME, "Somebody")
    return {}


def with_a_call(instance: Instance) -> Overrides:
    instance.voice_calls.contact_calls(ME)
    return {}


def with_products(instance: Instance) -> Overrides:
    """Give the account and another seller the products and the collections of the examples, and place an order."""
    for seller in (SHOP, instance.wid):
        shop = instance.shops.of(seller)
        for product_id in (MUG, "20000000000000002"):
            shop.products[product_id] = Product(product_id=product_id, name="Mug", price=850, currency="EUR")
        for number in (2, 3, 1):
            shop.collections.append(
                Collection(collection_id=f"3000000000000000{number}", name=f"{number}", product_ids=[MUG])
            )
    return {}


def with_an_order(instance: Instance) -> Overrides:
    with_products(instance)
    order = instance.shops.order(SHOP, [MUG])
    return {"order_id": order.order_id, "token": order.token}


def with_a_question_about_a_product(instance: Instance) -> Overrides:
    with_products(instance)
    return {"quoted_message_id": instance.contact_writes("79000000002@c.us", "Which mug?")}


PRECONDITIONS: dict[str, Callable[[Instance], Overrides]] = {
    "calls_accept": with_a_call,
    "calls_hang_up": with_a_call,
    "calls_qr": not_linked,
    "calls_reject": with_a_call,
    "calls_state": with_a_call,
    "qr": not_linked,
    "get_authorization_code": not_linked,
    "forward_messages": with_messages_to_forward,
    "delete_notification": with_a_notification,
    "download_file": with_a_file,
    "get_chat_history": with_a_message(ME, "_"),
    "get_message": with_a_message(GROUP),
    "last_incoming_messages": with_a_message(ME, "_"),
    "last_outgoing_messages": with_an_own_message(ME),
    "update_group_name": over_a_group,
    "get_group_data": in_a_group,
    "add_group_participant": over_a_group,
    "remove_group_participant": over_a_group_with_the_member,
    "set_group_admin": over_a_group_with_the_member,
    "remove_admin": over_a_group_with_another_administrator,
    "set_group_picture": over_a_group,
    "leave_group": in_a_group,
    "update_group_settings": over_a_group,
    "read_chat": with_a_message(ME),
    "get_chats": with_a_message(ME, "_"),
    "get_contacts": in_a_group,
    "delete_message": with_an_own_message(GROUP),
    "archive_chat": in_a_group,
    "unarchive_chat": with_an_archived_chat,
    "edit_message": with_an_own_message(ME),
    "edit_product": with_products,
    "delete_product": with_products,
    "get_products": with_products,
    "get_product": with_products,
    "send_product": with_a_question_about_a_product,
    "send_order": with_products,
    "create_collection": with_products,
    "get_collections": with_products,
    "get_collection": with_products,
    "edit_collection": with_products,
    "delete_collection": with_products,
    "move_collections": with_products,
    "get_order_details": with_an_order,
    "edit_contact": with_a_contact,
    "delete_contact": with_a_contact,
}
"""State to set up before the call; returns arguments that replace those of the manual."""


async def status_id(client: Client) -> Overrides:
    return {"id_message": (await client.send_text_status("hello")).id_message}


EARLIER_CALLS: dict[str, Callable[[Client], Awaitable[Overrides]]] = {
    "delete_status": status_id,
    "get_status_statistic": status_id,
}


def expected_body(row: Row, arguments: dict[str, Any], changed: Overrides) -> dict[str, Any]:
    """Return the example body of the manual, with the values that the sandbox generated."""
    places = ("json", "form", "raw")
    sent = row.request()
    if sent is None:
        carried = row.on_the_wire(arguments)
        sent = {name: value for name, value in carried.items() if name in row.at(*places)}
    return {**sent, **SERIALIZED.get(row.python, {}), **row.on_the_wire(changed)} if row.verb == "POST" else {}


def expected_query(row: Row, arguments: dict[str, Any]) -> dict[str, str]:
    given = {name: value for name, value in row.on_the_wire(arguments).items() if name in row.at("query")}
    return {name: "true" if value is True else str(value) for name, value in given.items()}


def expected_path(row: Row, start: str, token: str, arguments: dict[str, Any]) -> str:
    tail = [str(row.on_the_wire(arguments)[name]) for name in row.at("path")]
    return "/".join((start, row.name, token, *tail))


@pytest.mark.parametrize("row", WHATSAPP_ROWS, ids=lambda row: row.name)
async def test_example_of_the_manual_is_sent_and_the_answer_decoded(
    row: Row,
    sandbox: Sandbox,
    instance: Instance,
    client: Client,
    partner: PartnerClient,
    transport: RecordingTransport,
) -> None:
    owner: Client | PartnerClient = client
    start, token = f"/waInstance{instance.id_instance}", instance.token
    if row.host == "partner":
        owner, start, token = partner, "/partner", sandbox.partner_token
    changed = PRECONDITIONS[row.python](instance) if row.python in PRECONDITIONS else {}
    if row.python in EARLIER_CALLS:
        changed = await EARLIER_CALLS[row.python](client)
    names = {param.python for param in row.params}
    changed = {name: value for name, value in changed.items() if name in names}
    arguments = {**ARGUMENTS.get(row.python, {}), **changed}
    if row.python == "delete_instance_account":
        changed = arguments = {"id_instance": (await partner.create_instance()).id_instance}
    transport.requests.clear()
    with pytest.deprecated_call() if row.deprecated else nullcontext():
        await getattr(owner, row.python)(**arguments)
    (request,) = transport.requests
    assert request.method == row.verb
    assert request.url.host == ("media.sandbox" if row.host == "media" else "sandbox")
    assert request.url.path == expected_path(row, start, token, arguments)
    assert dict(request.url.params) == expected_query(row, arguments)
    assert body_of(request, row) == expected_body(row, arguments, changed)
    in_headers = {name: value for name, value in row.on_the_wire(arguments).items() if name in row.at("header")}
    assert {name: request.headers.get(name) for name in in_headers} == in_headers


async def test_unknown_content_type_is_replaced_by_the_file_name(client: Client, transport: RecordingTransport) -> None:
    await client.upload_file(PICTURE, file_name="main.unheard")
    await client.upload_file(PICTURE, file_name="horse.jpg")
    unknown, known = (request.headers for request in transport.requests)
    assert unknown["ga-filename"] == "main.unheard"
    assert (known["content-type"], known.get("ga-filename")) == ("image/jpeg", None)
