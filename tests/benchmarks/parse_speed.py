"""CPU time of parsing a text notification from JSON: ``json.loads`` alone, pydantic v2, and this package.

All alternate in this process. The pydantic models have the same fields and nesting; pydantic is skipped if it is not
installed, because it is not a dependency of this package.
Usage: ``python tests/benchmarks/parse_speed.py [notifications per round] [rounds]``.
"""

import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from greenapi_async import parse_notification

TEXT = "I use Green-API to send this message to you!"
BODY = json.dumps(
    {
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": 1101000001, "wid": "79876543210@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1588091580,
        "idMessage": "F7AEC1B7086ECDC7E6E45923F5EDB825",
        "senderData": {
            "chatId": "79001234568@c.us",
            "sender": "79001234568@c.us",
            "chatName": "Ivan",
            "senderName": "Ivan",
            "senderContactName": "Ivan Vasilyevich",
        },
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": TEXT}},
    }
).encode()


def pydantic_parser() -> Callable[[bytes], Any] | None:
    """Return pydantic's ``model_validate_json`` for the fields of our classes, nested as in the JSON."""
    try:
        pydantic: Any = importlib.import_module("pydantic")  # by name, so that type checkers do not need it installed
    except ImportError:
        return None
    names: Any = importlib.import_module("pydantic.alias_generators")
    config = {"alias_generator": names.to_camel, "populate_by_name": True, "extra": "allow"}

    def model(name: str, **fields: Any) -> Any:
        optional = {field: (kind | None, None) for field, kind in fields.items()}
        return pydantic.create_model(name, __config__=config, **optional)

    reference: dict[str, Any] = {
        "stanza_id": str,
        "participant": str,
        "is_forwarded": bool,
        "forwarding_score": int,
        "quoted_message": dict[str, Any],
    }
    text = model("TextMessageData", text_message=str, is_template_message=bool, **reference)
    message = model("MessageData", type_message=str, text_message_data=text, **reference)
    instance = model("InstanceData", id_instance=int, wid=str, type_instance=str)
    sender = model("SenderData", chat_id=str, sender=str, chat_name=str, sender_name=str, sender_contact_name=str)
    notification = model(
        "IncomingMessageReceived",
        type_webhook=str,
        instance_data=instance,
        timestamp=datetime,
        id_message=str,
        chat_id=str,
        sender_data=sender,
        message_data=message,
    )
    parse: Callable[[bytes], Any] = notification.model_validate_json
    assert parse(BODY).message_data.text_message_data.text_message == TEXT
    return parse


def microseconds(parse: Callable[[bytes], Any], count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        parse(BODY)
    return (time.process_time() - start) / count * 1e6


def main(count: int = 5000, rounds: int = 15) -> None:
    assert parse_notification(BODY).text == TEXT
    parsers: dict[str, Callable[[bytes], Any]] = {"json.loads": json.loads, "greenapi_async": parse_notification}
    pydantic = pydantic_parser()
    if pydantic is not None:
        parsers["pydantic"] = pydantic
    figures = {name: [0.0] * 0 for name in parsers}
    for number in range(rounds + 1):
        for name, parse in parsers.items():
            time_us = microseconds(parse, count)
            if number:  # the first round warms up
                figures[name].append(time_us)
    ours = figures["greenapi_async"]
    overhead = statistics.median(own - base for own, base in zip(ours, figures["json.loads"], strict=True))
    each = ", ".join(f"{name} {statistics.median(times):.2f} us" for name, times in figures.items())
    sys.stdout.write(f"parsing one text notification, median of {rounds} rounds of {count}: {each}\n")
    sys.stdout.write(f"greenapi_async minus json.loads: {overhead:.2f} us\n")
    if pydantic is None:
        sys.stdout.write("pydantic is not installed, skipped\n")
    else:
        ratio = statistics.median(own / theirs for own, theirs in zip(ours, figures["pydantic"], strict=True))
        sys.stdout.write(f"greenapi_async to pydantic: ratio {ratio:.2f}\n")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
