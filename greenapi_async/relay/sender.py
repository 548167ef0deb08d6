"""Command sender: works off commands, each once, at the rate of its instance.

A broker delivers a command at least once. ``send_message`` gets the command's id as ``once=``: if an attempt has an
unknown outcome, the message is looked for on the server before it is sent again. Other sends are recorded in the same
outbox before they leave; a command that is delivered again is answered from the record, and one whose outcome is
unknown, because the process died or the connection failed in between, goes to the dead letters: whether to repeat it is
a human's decision. The other methods can be repeated.

What a later delivery may execute (network, server, account not linked, token wrong) is raised, after a backoff, so that
the broker delivers the command again. What no repetition can help (not a command, an invalid argument, a rejected
message) goes to the dead letters with the error named, and the command is acknowledged. Nothing is acknowledged before
its dead letter is published.
"""

# The client's private members are for this package.
# pyright: reportPrivateUsage=false

import logging
import random
import secrets
from collections.abc import Awaitable, Callable, Sequence
from hashlib import blake2b
from typing import Any
from weakref import WeakValueDictionary

import anyio
from pydantic import ConfigDict, ValidationError, validate_call
from pydantic_core import to_json

from greenapi_async._internal.concurrency import run_to_completion
from greenapi_async.client import Client
from greenapi_async.errors import (
    BadRequestError,
    DecodeError,
    DeliveryUnknownError,
    GreenAPIError,
    InstanceDeletedError,
    InstanceExpiredError,
    InstanceStartingError,
    InvalidArgumentError,
    MessengerLimitError,
    NotAuthorizedError,
    PayloadTooLargeError,
    QuotaExceededError,
    RefusedError,
    WebhookUrlSetError,
)
from greenapi_async.http.retry import backoff, is_ambiguous
from greenapi_async.inbox.outbox import Outbox
from greenapi_async.processing.idempotency import MAX_KEY_LENGTH
from greenapi_async.processing.options import clients_by_instance
from greenapi_async.relay.commands import (
    Command,
    CommandReply,
    ConsumedCommand,
    DeadCommand,
    DeadCommandData,
    InvalidCommand,
    ReplyData,
    describe,
)
from greenapi_async.relay.target import require_asyncio

__all__ = ["CommandSender"]

logger = logging.getLogger("greenapi_async")

WAIT_INITIAL = 0.5
WAIT_MAX = 15.0
"""Seconds before a command that failed for now is given back to the broker."""

MAX_DEAD_COMMAND = 256 * 1024
"""Bytes of a command that a dead letter holds whole; more than any valid command has. Brokers limit messages, too."""
MAX_ERROR = 1000
"""Characters of an error in a reply or a dead letter; it can name an argument, however long."""

RECORD_TIMEOUT = 15.0
"""Seconds for which a cancelled sender waits until the outcome of a send is recorded."""

_FINAL = (
    BadRequestError,
    DecodeError,
    InvalidArgumentError,
    MessengerLimitError,
    PayloadTooLargeError,
    QuotaExceededError,
    RefusedError,
)
"""Errors that the same command would meet again."""
_LATER = (InstanceDeletedError, InstanceExpiredError, InstanceStartingError, NotAuthorizedError, WebhookUrlSetError)
"""Bad requests that are not the command's fault."""
_ONCE = frozenset({"send_file_by_url", "send_link", "send_location", "send_poll"})
"""Sends without ``once=``."""


class CommandSender:
    """Executes the commands of one or more instances.

    Subscribe ``handle`` to the commands, in one process, so that one rate limiter applies. The broker must acknowledge
    after ``handle`` has returned and deliver again if it raises (``AckPolicy.NACK_ON_ERROR``). A reply is published if
    the command has a ``reply_to``.

    Example:
        >>> dead_letters = broker.publisher("dead-commands", stream="dead-commands", schema=DeadCommand)
        >>> sender = CommandSender(clients=client, dead_letters=dead_letters.publish)
        >>> subscriber = broker.subscriber(
        ...     "commands",
        ...     stream="commands",
        ...     durable="sender",
        ...     pull_sub=True,
        ...     decoder=sender.decode,
        ...     ack_policy=AckPolicy.NACK_ON_ERROR,
        ... )
        >>> subscriber(sender.handle)
    """

    def __init__(
        self, *, clients: Client | Sequence[Client], dead_letters: Callable[[DeadCommand], Awaitable[object]]
    ) -> None:
        """Create a sender.

        Args:
            clients: Client or clients that execute the commands, one per instance, each with an outbox.
            dead_letters: Publishes a command that cannot be executed, and returns when the broker has confirmed it.

        Raises:
            InvalidArgumentError: A client has no outbox, or there are two of one instance.
        """
        self._clients = clients_by_instance(clients if isinstance(clients, Sequence) else [clients])
        for client in self._clients.values():
            if client._own_outbox is None:
                raise InvalidArgumentError(
                    f"the client of instance {client.id_instance} has no outbox, which prevents that a command is "
                    'executed twice; expected Client(..., outbox=SQLiteInbox("outbox.db").outbox)'
                )
        self._dead_letters = dead_letters
        self._failures = 0
        self._locks: WeakValueDictionary[tuple[int, str], anyio.Lock] = WeakValueDictionary()

    @staticmethod
    async def decode(message: Any) -> bytes:
        """Return the body of a message as it is: the decoder of a subscriber, so that ``handle`` gets what is no JSON.

        Args:
            message: FastStream's message.
        """
        body: bytes = message.body
        return body

    async def handle(self, command: ConsumedCommand) -> CommandReply:
        """Execute a command, unless it was executed before.

        Args:
            command: The command, or what was received instead.

        Returns:
            The reply, with the id of the message that was sent now or before.

        Raises:
            GreenAPIError: It failed for now; deliver it again.
        """
        require_asyncio()
        if isinstance(command, InvalidCommand):
            return await self._bury(command.id, command.body, command.error)
        lock = self._locks.setdefault((command.data.id_instance, command.id), anyio.Lock())
        try:
            async with lock:
                id_message = await self._execute(command)
        except GreenAPIError as error:
            if _is_final(error, command.data.method):
                text = f"{type(error).__name__}: {error}"
                return await self._bury(command.id, command.model_dump(mode="json"), text)
            await self._back_off(command.id, error)
            raise
        self._failures = 0
        return CommandReply(id=command.id, data=ReplyData(id_message=id_message))

    async def _execute(self, command: Command) -> str | None:
        call = command.data
        client = self._clients.get(call.id_instance)
        if client is None:
            raise InvalidArgumentError(f"there is no client of instance {call.id_instance}")
        if call.method == "send_message":
            return await _call(client, call.method, {**call.arguments, "once": command.id})
        outbox = client._own_outbox
        if call.method in _ONCE and outbox is not None:
            return await self._send_recorded(client, outbox, command)
        return await _call(client, call.method, call.arguments)

    async def _send_recorded(self, client: Client, outbox: Outbox, command: Command) -> str | None:
        call, key, id_instance = command.data, command.id, command.data.id_instance
        digest = blake2b(call.model_dump_json().encode(errors="replace"), digest_size=16).digest()
        chat_id = str(call.arguments.get("chat_id"))
        record = await outbox.begin(id_instance, key, chat_id, digest, attempt=secrets.token_hex(8))
        if record.digest != digest:
            raise InvalidArgumentError(f"the id {key!r} was used for another command; use a new id for each")
        if not record.is_new and record.id_message is None:
            raise DeliveryUnknownError(
                "an earlier attempt with this id has an unknown outcome: the message may have been sent",
                method=call.method,
            )
        if record.id_message is not None:
            return record.id_message
        try:
            id_message = await _call(client, call.method, call.arguments)
        except GreenAPIError as error:
            if not is_ambiguous(error):
                await run_to_completion(lambda: outbox.forget(id_instance, key, record.attempt), RECORD_TIMEOUT)
            raise
        if id_message:
            await run_to_completion(lambda: outbox.sent(id_instance, key, id_message), RECORD_TIMEOUT)
        return id_message

    async def _bury(self, command_id: str, body: Any, error: str) -> CommandReply:
        logger.warning("A command goes to the dead letters (id %.200s): %s", command_id, error.partition(":")[0])
        command_id, error = command_id[:MAX_KEY_LENGTH], error[:MAX_ERROR]
        data = DeadCommandData(error=error, command=_shortened(body))
        try:
            await self._dead_letters(DeadCommand(id=command_id, data=data))
        except Exception as failure:
            await self._back_off(command_id, failure)
            raise
        return CommandReply(id=command_id, data=ReplyData(error=error))

    async def _back_off(self, command_id: str, error: Exception) -> None:
        self._failures += 1
        logger.warning("A command failed for now (id %.200s): %s", command_id, type(error).__name__)
        jitter = random.random()  # noqa: S311  not for secrets
        await anyio.sleep(backoff(self._failures, initial=WAIT_INITIAL, maximum=WAIT_MAX, jitter=jitter))


def _shortened(body: Any) -> Any:
    """Return a command, or the beginning of its text if a broker may reject it as too large."""
    text = to_json(body)
    return body if len(text) <= MAX_DEAD_COMMAND else text[: MAX_DEAD_COMMAND // 4].decode(errors="replace")


def _is_final(error: GreenAPIError, method: str) -> bool:
    if isinstance(error, DeliveryUnknownError):
        return method in _ONCE
    return isinstance(error, _FINAL) and not isinstance(error, _LATER)


async def _call(client: Client, method: str, arguments: dict[str, Any]) -> str | None:
    """Call a method with arguments from JSON, checked against its annotations; return the id of the message sent."""
    call = validate_call(config=ConfigDict(arbitrary_types_allowed=True))(getattr(client, method))
    try:
        answer = await call(**arguments)
    except ValidationError as error:
        raise InvalidArgumentError(f"{method}: {describe(error)}") from None
    id_message: str | None = getattr(answer, "id_message", None)
    return id_message
