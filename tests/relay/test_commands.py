"""Commands through a real nats-server, and what becomes of those that cannot be executed."""

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from faststream.middlewares import AckPolicy
from faststream.nats import NatsBroker
from pydantic import TypeAdapter

from greenapi_async import Client, MemoryInbox
from greenapi_async.errors import DeliveryUnknownError, InvalidArgumentError, UnauthorizedError
from greenapi_async.relay import Command, CommandReply, CommandSender, ConsumedCommand, DeadCommand, InvalidCommand
from greenapi_async.sandbox import Fault, Instance, Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport
from tests.relay.servers import NatsServer

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with NatsServer(tmp_path) as server:
        yield server


@pytest.fixture
async def client(sandbox: Sandbox, instance: Instance) -> AsyncIterator[Client]:
    transport, outbox = InProcessTransport(create_app(sandbox)), MemoryInbox().outbox
    async with Client(
        instance.id_instance, instance.token, "http://sandbox", transport=transport, outbox=outbox
    ) as one:
        yield one


@pytest.fixture
def dead() -> list[DeadCommand]:
    return []


@pytest.fixture
def sender(client: Client, dead: list[DeadCommand]) -> CommandSender:
    async def bury(command: DeadCommand) -> None:
        dead.append(command)

    return CommandSender(clients=client, dead_letters=bury)


def sent(instance: Instance) -> list[str]:
    return [message.text for message in instance.chat(ANNA) if message.type == "outgoing"]


@pytest.mark.slow
async def test_a_command_that_is_delivered_twice_is_sent_once_and_answered_twice(
    server: NatsServer, client: Client, instance: Instance
) -> None:
    broker = NatsBroker(server.url)
    dead_letters = broker.publisher("dead-commands", stream="dead-commands", schema=DeadCommand)
    sender = CommandSender(clients=client, dead_letters=dead_letters.publish)
    subscriber = broker.subscriber(
        "commands",
        stream="commands",
        durable="sender",
        pull_sub=True,
        decoder=sender.decode,
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )
    subscriber(sender.handle)
    buried: list[DeadCommand] = []
    is_buried = anyio.Event()

    @broker.subscriber("dead-commands", stream="dead-commands", durable="people", pull_sub=True)
    async def look(command: DeadCommand) -> None:
        buried.append(command)
        is_buried.set()

    command = Command.call(client.id_instance, "send_message", id="order-17", chat_id=ANNA, message="Ready")
    async with broker:
        await broker.start()
        replies = [
            CommandReply.model_validate_json(
                (await broker.request(command, "commands", stream="commands", timeout=10)).body
            )
            for _ in range(2)
        ]
        await broker.publish(b'{"type": "nonsense"', "commands", stream="commands")
        with anyio.fail_after(10):
            await is_buried.wait()
    assert sent(instance) == ["Ready"]
    assert replies[0] == replies[1]
    assert replies[0].id == "order-17"
    assert replies[0].data.id_message
    assert buried[0].data.command == '{"type": "nonsense"'
    assert buried[0].data.error.startswith("JSONDecodeError")


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("send_message", {"message": "hi"}),
        ("send_poll", {"message": "Which?", "options": ["a", "b"]}),
        ("send_location", {"latitude": 55.7, "longitude": 37.6}),
        ("send_file_by_url", {"url_file": "https://example.com/a.pdf", "file_name": "a.pdf"}),
    ],
)
async def test_a_repeated_command_is_not_repeated_on_the_server(
    sender: CommandSender, instance: Instance, method: Any, arguments: dict[str, Any]
) -> None:
    command = Command.call(instance.id_instance, method, chat_id=ANNA, **arguments)
    first, second = await sender.handle(command), await sender.handle(command)
    assert first.data.id_message
    assert first == second
    assert len(instance.chat(ANNA)) == 1


async def test_a_method_that_may_be_repeated_is_called_again(sender: CommandSender, instance: Instance) -> None:
    id_message = instance.contact_writes(ANNA, "hi")
    command = Command.call(instance.id_instance, "read_chat", chat_id=ANNA, id_message=id_message)
    assert (await sender.handle(command)).data.error is None
    assert (await sender.handle(command)).data.error is None


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("send_message", {"chat_id": ANNA}, "InvalidArgumentError: send_message: ValidationError: message"),
        ("send_message", {"chat_id": ANNA, "message": 7}, "message: Input should be a valid string"),
        ("send_message", {"chat_id": ANNA, "message": "x" * 20_001}, "20"),
        ("send_poll", {"chat_id": ANNA, "message": "?", "options": ["a"]}, "options"),
        ("read_chat", {"chat_id": ANNA, "colour": "red"}, "colour"),
    ],
)
async def test_a_command_with_invalid_arguments_goes_to_the_dead_letters_with_the_error(
    sender: CommandSender, instance: Instance, dead: list[DeadCommand], method: Any, arguments: Any, error: str
) -> None:
    command = Command.call(instance.id_instance, method, id="bad", **arguments)
    reply = await sender.handle(command)
    [buried] = dead
    assert buried.id == "bad"
    assert error in buried.data.error
    assert buried.data.command["data"]["arguments"] == arguments
    assert reply.data.error == buried.data.error
    assert instance.chat(ANNA) == []


async def test_an_unknown_instance_and_what_is_no_command_go_to_the_dead_letters(
    sender: CommandSender, dead: list[DeadCommand]
) -> None:
    await sender.handle(Command.call(7, "read_chat", id="other", chat_id=ANNA))
    await sender.handle(InvalidCommand(id="", body="?", error="JSONDecodeError: Expecting value"))
    assert [each.data.error.partition(":")[0] for each in dead] == ["InvalidArgumentError", "JSONDecodeError"]


async def test_the_id_of_another_command_is_rejected(
    sender: CommandSender, instance: Instance, dead: list[DeadCommand]
) -> None:
    for options in (["a", "b"], ["c", "d"]):
        arguments: dict[str, Any] = {"chat_id": ANNA, "message": "Which?", "options": options}
        await sender.handle(Command.call(instance.id_instance, "send_poll", id="poll", **arguments))
    assert len(instance.chat(ANNA)) == 1
    assert "used for another command" in dead[0].data.error


async def test_a_failure_that_may_pass_is_raised_so_that_the_broker_delivers_again(
    sender: CommandSender, instance: Instance, dead: list[DeadCommand], client: Client
) -> None:
    command = Command.call(instance.id_instance, "send_poll", chat_id=ANNA, message="Which?", options=["a", "b"])
    instance.fail("sendPoll", Fault(status=401))
    with pytest.raises(UnauthorizedError):
        await sender.handle(command)
    assert (await sender.handle(command)).data.id_message
    assert len(instance.chat(ANNA)) == 1
    assert dead == []


async def test_a_send_with_an_unknown_outcome_is_not_repeated_but_shown_to_people(
    sender: CommandSender, instance: Instance, dead: list[DeadCommand]
) -> None:
    command = Command.call(instance.id_instance, "send_poll", chat_id=ANNA, message="Which?", options=["a", "b"])
    instance.fail("sendPoll", Fault(drop=True, after_effect=True))
    for _ in range(2):
        reply = await sender.handle(command)
        assert DeliveryUnknownError.__name__ in (reply.data.error or "")
    assert len(dead) == 2
    assert len(instance.chat(ANNA)) == 1


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def poll(command_id: str, **arguments: Any) -> dict[str, Any]:
    command = Command.call(1101000001, "send_poll", id="1", chat_id=ANNA, message="?")
    body = command.model_dump(mode="json")
    body["data"]["arguments"] |= arguments
    return {**body, "id": command_id}


@pytest.mark.parametrize(
    ("body", "command_id"),
    [
        pytest.param(poll("1", message="\ud800", options=["a", "b"]), "1", id="a lone surrogate"),
        pytest.param(poll("\ud800", options=["a", "b"]), "?", id="a lone surrogate in the id"),
        pytest.param({"id": "1", "text": "\ud800"}, "1", id="a lone surrogate in what is no command"),
        pytest.param(poll("1", options=nested(400)), "1", id="a command nested too deeply"),
        pytest.param({"id": "1", "nested": nested(400)}, "1", id="what is no command, nested too deeply"),
        pytest.param(poll("1", options="x" * 900_000), "1", id="a command as long as a message may be"),
        pytest.param({"id": "1", "text": '"' * 400_000}, "1", id="what is no command, as long as a message may be"),
        pytest.param(poll("1", **{"x" * 900_000: 1}), "1", id="a name as long as a message may be"),
        pytest.param({"id": "1" * 900_000}, "1" * 200, id="an id as long as a message may be"),
    ],
)
async def test_no_content_of_a_command_prevents_that_its_dead_letter_is_published(
    sender: CommandSender, dead: list[DeadCommand], instance: Instance, body: dict[str, Any], command_id: str
) -> None:
    received = TypeAdapter[Any](ConsumedCommand).validate_python(json.dumps(body).encode())
    reply = await sender.handle(received)
    [letter] = dead
    assert reply.id == letter.id == command_id
    assert reply.data.error == letter.data.error
    for message in (reply, letter):
        assert len(message.model_dump_json()) < 1_000_000
    assert not sent(instance)


async def test_a_command_whose_dead_letter_cannot_be_published_is_delivered_again(client: Client) -> None:
    async def bury(_: DeadCommand) -> None:
        raise OSError("the broker is down")

    sender = CommandSender(clients=client, dead_letters=bury)
    with pytest.raises(OSError, match="the broker is down"):
        await sender.handle(Command.call(7, "read_chat", chat_id=ANNA))


async def test_a_client_without_an_outbox_is_rejected(instance: Instance) -> None:
    async def bury(_: DeadCommand) -> None: ...

    async with Client(instance.id_instance, instance.token) as client:
        with pytest.raises(InvalidArgumentError, match="has no outbox"):
            CommandSender(clients=client, dead_letters=bury)


def test_a_command_is_a_cloud_event() -> None:
    command = Command.call(1101000001, "send_message", id="order-17", chat_id=ANNA, message="Ready")
    assert json.loads(command.model_dump_json()) == {
        "specversion": "1.0",
        "source": "/",
        "datacontenttype": "application/json",
        "type": "com.green-api.command.v1",
        "id": "order-17",
        "data": {
            "idInstance": 1101000001,
            "method": "send_message",
            "arguments": {"chat_id": ANNA, "message": "Ready"},
        },
    }
