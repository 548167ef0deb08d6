"""One run over several clients: ``process(handler, clients=[shop, support], inbox=...)``."""

from collections.abc import Sequence
from typing import Protocol, Unpack

from greenapi_async.inbox.base import Inbox
from greenapi_async.loop.counters import Counters
from greenapi_async.loop.intake import Intake, PatientInbox
from greenapi_async.loop.listening import Listening
from greenapi_async.loop.polling import Poll
from greenapi_async.loop.processing import Processing
from greenapi_async.loop.reading import Reader
from greenapi_async.loop.rules import Handler, ProcessOptions, Rules, by_number, check_handler
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
    check_handler(handler)
    known = by_number(clients)
    rules = Rules(**options)
    counters = Counters()
    if rules.telemetry is not None:
        rules.telemetry.watch(counters, list(known))
    patient = PatientInbox(inbox, lambda: processing.stopped)
    intakes = [
        Intake(client.poll(rules.receive_timeout, counters), patient, client.id_instance, overlap=rules.overlap)
        for client in clients
    ]
    readers = {number: Reader(client) for number, client in known.items()}
    listening = {number: client.listening for number, client in known.items()}
    processing = Processing(
        handler, intakes=intakes, readers=readers, listening=listening, inbox=patient, rules=rules, counters=counters
    )
    return processing
