"""``process``: run a handler over the notifications of one or more clients."""

# pyright: reportPrivateUsage=false  ProcessClient's private members are meant for this package

from collections.abc import Sequence
from typing import Unpack

from greenapi_async.inbox.base import Inbox
from greenapi_async.polling.counters import Counters
from greenapi_async.polling.ingest import Intake, PatientInbox
from greenapi_async.polling.reader import Reader
from greenapi_async.processing.client_protocol import ProcessClient
from greenapi_async.processing.options import Handler, ProcessOptions, Rules, by_number, check_handler
from greenapi_async.processing.processor import Processing

__all__ = ["process"]


def process(
    handler: Handler, *, clients: Sequence[ProcessClient], inbox: Inbox, **options: Unpack[ProcessOptions]
) -> Processing:
    """Process the notifications of several clients; a client that fails does not stop the others.

    Args:
        handler: Async function of one notification.
        clients: The clients, one per instance.
        inbox: Storage between the server's queue and the handler.
        **options: See ``ProcessOptions``.

    Returns:
        The run; await it, and call its ``stop()`` to end it.

    Raises:
        InvalidArgumentError: An argument is not valid.
    """
    check_handler(handler)
    known = by_number(clients)
    rules = Rules(**options)
    counters = Counters()
    if rules.telemetry is not None:
        rules.telemetry.watch(counters, list(known))
    patient = PatientInbox(inbox, lambda: processing.stopped)
    intakes = [
        Intake(client._poller(rules.receive_timeout, counters), patient, client.id_instance, overlap=rules.overlap)
        for client in clients
    ]
    readers = {number: Reader(client) for number, client in known.items()}
    waiters = {number: client._waiters for number, client in known.items()}
    processing = Processing(
        handler, intakes=intakes, readers=readers, waiters=waiters, inbox=patient, rules=rules, counters=counters
    )
    return processing
