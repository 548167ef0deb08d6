"""One run over several clients: ``process(handler, clients=[shop, support], inbox=...)``."""

import inspect
from collections.abc import Sequence
from typing import Protocol, Unpack

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.base import Inbox
from greenapi_async.loop.counters import Counters
from greenapi_async.loop.intake import Intake, PatientInbox
from greenapi_async.loop.listening import Listening
from greenapi_async.loop.polling import Poll
from greenapi_async.loop.processing import Processing
from greenapi_async.loop.reading import Reader
from greenapi_async.loop.rules import Handler, ProcessOptions, Rules
from greenapi_async.models.notifications import Replier

__all__ = ["Polled", "process"]


class Polled(Replier, Protocol):
    """What is needed of a client."""

    @property
    def id_instance(self) -> int:
        """The instance's number."""
        ...

    @property
    def listening(self) -> Listening:
        """What conversations hear of it."""
        ...

    def poll(self, receive_timeout: int, counters: Counters) -> Poll:
        """Give the queue at the server."""
        ...


def process(
    handler: Handler, *, clients: Sequence[Polled], inbox: Inbox, **options: Unpack[ProcessOptions]
) -> Processing:
    """Run ``await handler(notification)`` over several clients; one that fails does not stop the others.

    See ``Client.process``.
    """
    if not any(inspect.iscoroutinefunction(part) for part in (handler, getattr(type(handler), "__call__", None))):  # noqa: B004
        raise InvalidArgumentError(f"the handler is {handler!r}; an async function of one notification is needed")
    numbers = [client.id_instance for client in clients]
    if not numbers or len(set(numbers)) < len(numbers):
        words = f"the clients are of the instances {numbers}; at least one is needed, and one of each"
        raise InvalidArgumentError(words)
    rules = Rules(**options)
    counters = Counters()
    if rules.telemetry is not None:
        rules.telemetry.watch(counters, numbers)
    patient = PatientInbox(inbox, lambda: processing.stopped)
    intakes = [
        Intake(client.poll(rules.receive_timeout, counters), patient, client.id_instance, overlap=rules.overlap)
        for client in clients
    ]
    readers = {client.id_instance: Reader(client) for client in clients}
    listening = {client.id_instance: client.listening for client in clients}
    processing = Processing(
        handler, intakes=intakes, readers=readers, listening=listening, inbox=patient, rules=rules, counters=counters
    )
    return processing
