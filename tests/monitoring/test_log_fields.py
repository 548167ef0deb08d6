"""Structured logs: records have instance, chat, message id and method, as the usual JSON formatters show them."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import anyio
import anyio.lowlevel
import pytest
import structlog
from pythonjsonlogger.json import JsonFormatter

from greenapi_async import Client, MemoryInbox, Notification, Processing
from greenapi_async.monitoring import LogFields
from greenapi_async.sandbox import Fault, Instance

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"
NUMBER = 1101000001
own_logger = logging.getLogger("a.bot")


def json_formatter() -> logging.Formatter:
    return JsonFormatter("%(levelname)s %(message)s")


def structlog_formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.ExtraAdder()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
    )


class Log:
    """Handler that keeps what a formatter makes of each record."""

    def __init__(self, formatter: logging.Formatter) -> None:
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(formatter)
        self.handler.addFilter(LogFields())

    def records(self, beginning: str) -> list[dict[str, Any]]:
        rows = [json.loads(line) for line in self.stream.getvalue().splitlines()]
        return [row for row in rows if str(row.get("message", row.get("event"))).startswith(beginning)]


@pytest.fixture(params=[json_formatter, structlog_formatter])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    log = Log(request.param())
    loggers = [logging.getLogger("greenapi_async"), own_logger]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(log.handler)
        logger.setLevel(logging.DEBUG)
    yield log
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(log.handler)
        logger.setLevel(level)


async def process_one(client: Client, attempts: int, error: Exception | None = None) -> None:
    processing: Processing | None = None

    async def handler(notification: Notification) -> None:
        own_logger.info("mine")
        await client.get_contacts()
        assert processing is not None
        if attempts == 1 or error is None:
            processing.stop()
        if error is not None:
            raise error

    processing = client.process(handler, inbox=MemoryInbox(), attempts=attempts)
    await processing


async def test_a_quarantined_notification_is_named(client: Client, instance: Instance, log: Log) -> None:
    instance.contact_writes(ANNA, "hi")
    await process_one(client, 1, LookupError("nothing there"))
    [record] = log.records("Quarantined the notification")
    id_message = record["message_id"]
    assert id_message
    assert (record["instance"], record["chat"], record["method"]) == (NUMBER, ANNA, None)
    text = f"Quarantined the notification (instance {NUMBER}, chat {ANNA}, message {id_message}, entry 1)"
    assert str(record.get("message", record.get("event"))).splitlines()[0] == text


async def test_what_is_logged_on_behalf_of_a_notification_names_it(
    client: Client, instance: Instance, log: Log
) -> None:
    instance.contact_writes(ANNA, "hi")
    instance.fail("getContacts", Fault(status=502), times=1)
    await process_one(client, 1)
    [mine] = log.records("mine")
    assert (mine["instance"], mine["chat"], mine["method"]) == (NUMBER, ANNA, None)
    [retry] = log.records("getContacts: attempt 1 failed")
    assert (retry["instance"], retry["chat"], retry["method"]) == (NUMBER, ANNA, "getContacts")
    assert retry["message_id"] == mine["message_id"]
    assert not any(row["chat"] for row in log.records("receiveNotification:"))


async def test_polls_name_the_instance_and_the_method(client: Client, instance: Instance, log: Log) -> None:
    instance.fail("receiveNotification", Fault(status=502), times=2)
    instance.contact_writes(ANNA, "hi")
    notifications = client.notifications()
    async for _ in notifications:
        await anyio.lowlevel.checkpoint()
        notifications.stop()
    [lost] = log.records("Cannot reach the API")
    assert (lost["instance"], lost["method"], lost["chat"]) == (NUMBER, "receiveNotification", None)
    [restored] = log.records("Contact with the API is restored")
    assert restored["instance"] == NUMBER


def test_a_format_string_can_use_the_fields_of_every_record() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("[%(instance)s %(chat)s %(message_id)s %(method)s] %(message)s"))
    logger = logging.getLogger("greenapi_async")
    logger.addHandler(handler)
    try:
        logger.error("anything")
    finally:
        logger.removeHandler(handler)
    assert stream.getvalue() == "[None None None None] anything\n"
