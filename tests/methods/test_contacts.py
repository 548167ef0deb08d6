from typing import Any

import pytest

from greenapi_async import Client, RefusedError

from .conftest import ANNA, Call, Request, Server

pytestmark = pytest.mark.anyio


REQUESTS: list[tuple[Call, str, Any]] = [
    (
        lambda client: client.add_contact(ANNA, "John", last_name="Doe", save_in_addressbook=True),
        "addContact",
        {"chatId": ANNA, "firstName": "John", "lastName": "Doe", "saveInAddressbook": True},
    ),
    (
        lambda client: client.edit_contact(ANNA, "John", last_name="Roe", save_in_addressbook=False),
        "editContact",
        {"chatId": ANNA, "firstName": "John", "lastName": "Roe", "saveInAddressbook": False},
    ),
    (lambda client: client.delete_contact(ANNA), "deleteContact", {"chatId": ANNA}),
]


@pytest.mark.parametrize(
    ("call", "method", "body"),
    REQUESTS,
)
async def test_request_answer_and_refusal(client: Client, server: Server, call: Call, method: str, body: Any) -> None:
    server.respond({method: True})
    answer = await call(client)
    assert (answer.raw, answer.message) == ({method: True}, None)
    server.respond({method: False, "message": "not on WhatsApp"})
    with pytest.raises(RefusedError, match="not on WhatsApp"):
        await call(client)
    assert server.requests == [Request("POST", method, body)] * 2


async def test_answers_are_typed(client: Client, server: Server) -> None:
    server.respond({"addContact": True, "editContact": True, "deleteContact": True})
    assert (await client.add_contact(ANNA, "John")).add_contact is True
    assert (await client.edit_contact(ANNA, "John")).edit_contact is True
    assert (await client.delete_contact(ANNA)).delete_contact is True
