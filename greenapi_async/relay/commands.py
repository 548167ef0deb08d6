"""Commands: calls of a client's methods that travel through a broker, their replies, and what becomes of invalid ones.

All three are CloudEvents in the structured mode, as notifications are. ``id`` of a command is its idempotency key: a
command that is delivered or published twice is executed once. A reply and a dead command have the id of the command.
"""

import json
import secrets
from typing import Annotated, Any, Literal, Self, cast

from greenapi_async.errors import MissingExtraError
from greenapi_async.processing.idempotency import MAX_KEY_LENGTH

try:
    from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError
    from pydantic.alias_generators import to_camel
    from pydantic_core import to_json
except ModuleNotFoundError as error:
    raise MissingExtraError("relay", error.name or "pydantic") from error

__all__ = [
    "Command",
    "CommandData",
    "CommandMethod",
    "CommandReply",
    "ConsumedCommand",
    "DeadCommand",
    "DeadCommandData",
    "InvalidCommand",
    "ReplyData",
    "describe",
]

CommandMethod = Literal[
    "archive_chat",
    "delete_message",
    "read_chat",
    "send_file_by_url",
    "send_link",
    "send_location",
    "send_message",
    "send_poll",
    "unarchive_chat",
]
"""Methods that a command can call: their arguments are JSON, and repeating the command does not repeat the effect."""


class _Envelope(BaseModel):
    """Attributes that all these CloudEvents have."""

    model_config = ConfigDict(frozen=True)

    source: str = Field(default="/", min_length=1, description="Who sent it.")
    datacontenttype: Literal["application/json"] = "application/json"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True)


class CommandData(_Data):
    """The call of a method."""

    id_instance: int = Field(description="The instance that is to execute it.")
    method: CommandMethod = Field(description="Name of the client's method.")
    arguments: dict[str, Any] = Field(
        repr=False, description="Arguments of the method, by the names of its parameters."
    )


class Command(_Envelope):
    """A command as a CloudEvent.

    Example:
        >>> command = Command.call(1101000001, "send_message", id="order-17-ready", chat_id=chat, message="Ready")
        >>> await broker.publish(command, "commands", stream="commands")
    """

    specversion: Literal["1.0"]
    type: Literal["com.green-api.command.v1"]
    id: str = Field(min_length=1, max_length=MAX_KEY_LENGTH, description="Idempotency key of the instance.")
    data: CommandData

    @classmethod
    def call(
        cls,
        id_instance: int,
        method: CommandMethod,
        /,
        *,
        id: str | None = None,  # noqa: A002  the name of the attribute
        **arguments: Any,
    ) -> Self:
        """Create a command.

        Args:
            id_instance: The instance that is to execute it.
            method: Name of the client's method.
            id: Idempotency key, 1 to 200 characters, the same as ``once=`` of ``send_message``; None creates one.
            **arguments: Arguments of the method.
        """
        data = CommandData(id_instance=id_instance, method=method, arguments=arguments)
        command_id = secrets.token_hex(16) if id is None else id
        return cls(specversion="1.0", type="com.green-api.command.v1", id=command_id, data=data)


class ReplyData(_Data):
    """The outcome of a command."""

    id_message: str | None = Field(default=None, description="Id of the message, if the command sent one.")
    error: str | None = Field(default=None, description="Why the command was not executed; null if it was.")


class CommandReply(_Envelope):
    """The reply to a command, published where the command asks for it."""

    specversion: Literal["1.0"] = "1.0"
    type: Literal["com.green-api.reply.v1"] = "com.green-api.reply.v1"
    id: str = Field(description="Id of the command; empty if it has none that can be read.")
    data: ReplyData


class DeadCommandData(_Data):
    """A command that will not be executed, and why."""

    error: str = Field(description="Class and text of the error.")
    command: Any = Field(
        repr=False, description="The command as received; a string if it is not JSON that can be repeated, or too long."
    )


class DeadCommand(_Envelope):
    """A command that cannot be executed, with the error named."""

    specversion: Literal["1.0"] = "1.0"
    type: Literal["com.green-api.dead-command.v1"] = "com.green-api.dead-command.v1"
    id: str = Field(description="Id of the command; empty if it has none that can be read.")
    data: DeadCommandData


class InvalidCommand(BaseModel):
    """A message that is not a valid command, as a subscriber gets it."""

    model_config = ConfigDict(frozen=True)

    id: str
    body: Any = Field(repr=False)
    error: str


def _validate(value: object) -> Command | InvalidCommand:
    if isinstance(value, Command | InvalidCommand):
        return value
    body: Any = value.decode(errors="replace") if isinstance(value, bytes | bytearray) else value
    received = body
    try:
        if isinstance(body, str):
            body = json.loads(body)
        command = Command.model_validate(body)
        to_json(command)  # what is nested too deeply or has lone surrogates could be neither recorded nor published
    except (ValueError, RecursionError) as error:  # pydantic's errors are ValueErrors
        found = cast("dict[str, Any]", body).get("id") if isinstance(body, dict) else None
        command_id = _encodable(found) if isinstance(found, str) else ""
        return InvalidCommand(id=command_id, body=_publishable(body, received), error=describe(error))
    return command


def _publishable(body: Any, received: Any) -> Any:
    """Return what can be serialised: the parsed body, or the text that was received."""
    try:
        to_json(body)
    except (ValueError, RecursionError):
        return _encodable(received if isinstance(received, str) else repr(received))
    return body


def _encodable(text: str) -> str:
    return text.encode(errors="replace").decode()


def describe(error: Exception) -> str:
    """Return the class and text of an error; of pydantic's, which quotes the values, only what is wrong where."""
    if not isinstance(error, ValidationError):
        return f"{type(error).__name__}: {error}"
    problems = (f"{'.'.join(map(str, each['loc'])) or 'message'}: {each['msg']}" for each in error.errors())
    return f"ValidationError: {'; '.join(problems)}"


ConsumedCommand = Annotated[Command | InvalidCommand, PlainValidator(_validate, json_schema_input_type=Command)]
"""Annotation of a subscriber's parameter: what is no command is an ``InvalidCommand`` instead of FastStream's error."""
