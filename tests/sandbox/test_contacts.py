from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Instance

Api = Callable[..., Awaitable[httpx.Response]]
ANN = "79001234568@c.us"
pytestmark = pytest.mark.anyio


async def test_a_contact_is_added_edited_and_deleted(api: Api, instance: Instance) -> None:
    person = {"chatId": ANN, "firstName": "Анна", "lastName": "Петрова", "saveInAddressbook": False}
    assert (await api("POST", "addContact", json=person)).json() == {"addContact": True}
    assert instance.people.address_book.name(ANN) == "Анна Петрова"
    assert instance.people.address_book.entries[ANN].on_phone is False
    assert (await api("POST", "editContact", json={"chatId": ANN, "firstName": "Аня"})).json() == {"editContact": True}
    assert instance.people.address_book.name(ANN) == "Аня"
    assert instance.people.address_book.entries[ANN].on_phone is True
    assert (await api("POST", "deleteContact", json={"chatId": ANN})).json() == {"deleteContact": True}
    assert instance.people.address_book.entries == {}


async def test_a_saved_contact_is_not_added_twice(api: Api, instance: Instance) -> None:
    instance.people.address_book.save(ANN, "Анна")
    answer = await api("POST", "addContact", json={"chatId": ANN, "firstName": "Аня"})
    assert (answer.status_code, answer.json()["message"]) == (400, f"Contact {ANN} already exists")
    assert instance.people.address_book.name(ANN) == "Анна"


@pytest.mark.parametrize(
    ("method", "body"), [("editContact", {"chatId": ANN, "firstName": "Аня"}), ("deleteContact", {"chatId": ANN})]
)
async def test_an_unsaved_contact_is_not_found(api: Api, method: str, body: dict[str, Any]) -> None:
    answer = await api("POST", method, json=body)
    assert (answer.status_code, answer.json()["message"]) == (400, f"Contact {ANN} not found")


@pytest.mark.parametrize("method", ["addContact", "editContact"])
@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({"firstName": "A"}, "'chatId' is required"),
        ({"chatId": "1@g.us", "firstName": "A"}, "'chatId' must be one of the next formats: 'phone_number@c.us'"),
        ({"chatId": ANN}, "'firstName' is required"),
        ({"chatId": ANN, "firstName": "A", "saveInAddressbook": "yes"}, "'saveInAddressbook' must be a boolean"),
        ({"chatId": ANN, "firstName": "A", "nonsense": 1}, "'nonsense' is not allowed"),
    ],
)
async def test_invalid_parameters_are_reported(api: Api, method: str, body: dict[str, Any], details: str) -> None:
    answer = await api("POST", method, json=body)
    assert (answer.status_code, answer.json()["message"]) == (400, f"Validation failed. Details: {details}")


async def test_notifications_contain_the_saved_name(api: Api, instance: Instance) -> None:
    await api("POST", "addContact", json={"chatId": ANN, "firstName": "Анна"})
    instance.contact_writes(ANN, "hi", sender_name="annie")
    sender = instance.notifications.bodies()[-1]["senderData"]
    assert (sender["chatName"], sender["senderName"], sender["senderContactName"]) == ("Анна", "annie", "Анна")


def test_a_contact_name_is_saved_in_the_address_book(instance: Instance) -> None:
    instance.contact_writes(ANN, "hi", contact_name="Анна")
    instance.contact_writes(ANN, "hi again")
    assert instance.people.address_book.name(ANN) == "Анна"
    assert instance.notifications.bodies()[-1]["senderData"]["senderContactName"] == "Анна"
