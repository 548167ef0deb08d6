"""Each method of MAX and Telegram, called against a sandbox of that messenger; what they lack is rejected unsent."""

import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, cast

import httpx
import pytest

from greenapi_async import Client, InvalidArgumentError
from greenapi_async.sandbox import Instance, Sandbox, create_app

from .arguments import ARGUMENTS, GROUP, ID, ME, MEMBER
from .table import HTTP_ROWS, Row

pytestmark = pytest.mark.anyio

NUMBERED = ("max", "telegram")
CLIENT_ROWS = [row for row in HTTP_ROWS if row.host != "partner"]


@pytest.fixture
def anyio_backend() -> str:
    """Nothing here depends on the event loop."""
    return "asyncio"


def cases(*, has: bool) -> list[tuple[str, Row]]:
    return [(each, row) for each in NUMBERED for row in CLIENT_ROWS if (each in row.messengers) is has]


def parametrize(found: list[tuple[str, Row]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("messenger", "row"), found, ids=[f"{each}-{row.name}" for each, row in found])


class RecordingTransport(httpx.ASGITransport):
    """Records the requests to the sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(create_app(sandbox))
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        return await super().handle_async_request(request)


class People:
    """A person who wrote, and a group over which the account is an administrator."""

    def __init__(self, instance: Instance) -> None:
        self.person = instance.people.resolve(ME)
        self.member = instance.people.resolve(MEMBER)
        self.group = instance.contact_makes_group("Team", [ME, MEMBER], admin=True)
        self.heard = instance.contact_writes(ME, "hello")
        self.own = instance.phone_writes(ME, "mine")
        self.in_group = instance.contact_writes(self.group, "hi", sender=MEMBER)
        self.file = instance.contact_sends(ME, {"file": {"fileName": "a.jpg", "data": "AAAA"}})

    def translate(self, value: Any) -> Any:
        """Replace the ids of the manual's examples."""
        if isinstance(value, list):
            return [self.translate(each) for each in cast("Sequence[object]", value)]
        names = {ME: self.person, MEMBER: self.member, GROUP: self.group, ID: self.own}
        return names.get(value, value) if isinstance(value, str) else value


def not_linked(instance: Instance) -> None:
    instance.set_state("notAuthorized")


def with_an_archived_group(instance: Instance) -> None:
    instance.chats.settings(next(iter(instance.groups)).group_id).archived = True


def with_another_administrator(instance: Instance) -> None:
    next(iter(instance.groups)).members[instance.people.resolve(MEMBER)] = True


def received(instance: Instance) -> None:
    instance.notifications.receive()


PREPARE: dict[str, Callable[[Instance], None]] = {
    "delete_notification": received,
    "qr": not_linked,
    "start_authorization": not_linked,
    "send_authorization_code": not_linked,
    "unarchive_chat": with_an_archived_group,
    "remove_admin": with_another_administrator,
}


def overrides(people: People) -> dict[str, dict[str, Any]]:
    return {
        "set_settings": {"incoming_webhook": True},
        "add_group_participant": {"group_id": people.group, "participant_chat_id": "79001234569@c.us"},
        "download_file": {"chat_id": people.person, "id_message": people.file},
        "forward_messages": {
            "chat_id": people.group,
            "chat_id_from": people.person,
            "messages": [people.heard],
        },
        "get_message": {"chat_id": people.group, "id_message": people.in_group},
        "get_contacts": {"count": 10},
        "delete_message": {"chat_id": people.person, "id_message": people.own},
        "read_chat": {"chat_id": people.person},
    }


@parametrize(cases(has=True))
async def test_the_method_works(sandbox: Sandbox, messenger: str, row: Row) -> None:
    instance = sandbox.add_instance(messenger=messenger)
    people = People(instance)
    if row.python in PREPARE:
        PREPARE[row.python](instance)
    given = overrides(people).get(row.python, ARGUMENTS.get(row.python, {}))
    arguments = {name: people.translate(value) for name, value in given.items()}
    transport = RecordingTransport(sandbox)
    hosts = ("http://sandbox", "http://media.sandbox")
    options: dict[str, Any] = {"transport": transport, "timeout": math.inf, "messenger": messenger}
    token = instance.token
    async with Client(instance.id_instance, token, *hosts, **options) as client:
        await getattr(client, row.python)(**arguments)
    (request,) = transport.requests
    prefix = "/v3" if messenger == "max" else ""
    assert request.url.path.startswith(f"{prefix}/waInstance{instance.id_instance}/{row.name}/{token}")
    if "group_id" in arguments:
        key = b"chatId" if messenger == "telegram" else b"groupId"
        assert key in request.content
        assert (b"groupId" in request.content) is (messenger == "max")


@parametrize(cases(has=False))
async def test_a_method_that_the_messenger_lacks_is_rejected(messenger: Any, row: Row) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        pytest.fail(f"sent {request.url}")

    async with Client(3100000001, "a" * 50, transport=httpx.MockTransport(respond), messenger=messenger) as client:
        ignored = pytest.deprecated_call() if row.deprecated else nullcontext()
        with (
            ignored,
            pytest.raises(InvalidArgumentError, match=rf"(MAX|Telegram) has no method {row.name}; \w+") as raised,
        ):
            await getattr(client, row.python)(**ARGUMENTS.get(row.python, {}))
    assert raised.value.method == row.name


@pytest.mark.parametrize(
    "row", [row for row in CLIENT_ROWS if "whatsapp" not in row.messengers], ids=lambda row: row.name
)
async def test_whatsapp_lacks_the_methods_of_the_others(row: Row) -> None:
    transport = httpx.MockTransport(lambda request: pytest.fail(f"sent {request.url}"))
    async with Client(1101000001, "a" * 50, transport=transport, messenger="whatsapp") as client:
        with pytest.raises(InvalidArgumentError, match=f"WhatsApp has no method {row.name}; use "):
            await getattr(client, row.python)(**ARGUMENTS.get(row.python, {}))
