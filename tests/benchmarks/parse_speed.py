"""CPU time of parsing one text notification, JSON bytes included: ``json.loads`` alone, pydantic v2, and this package.

All run in this process, in turns. pydantic reads the same fields into the same nested objects; it is no dependency of
this package, so without it the rest is shown.
Run by hand: ``python tests/benchmarks/parse_speed.py [notifications per round] [rounds]``.
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


def validator() -> Callable[[bytes], Any] | None:
    """Make pydantic's ``model_validate_json`` for the fields that our classes have, nested as on the wire."""
    try:
        pydantic: Any = importlib.import_module("pydantic")  # by name: type checkers need not have it installed
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
    read: Callable[[bytes], Any] = notification.model_validate_json
    assert read(BODY).message_data.text_message_data.text_message == TEXT
    return read


def microseconds(read: Callable[[bytes], Any], count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        read(BODY)
    return (time.process_time() - start) / count * 1e6


def main(count: int = 5000, rounds: int = 15) -> None:
    assert parse_notification(BODY).text == TEXT
    readers: dict[str, Callable[[bytes], Any]] = {"json.loads": json.loads, "greenapi_async": parse_notification}
    pydantic = validator()
    if pydantic is not None:
        readers["pydantic"] = pydantic
    figures = {name: [0.0] * 0 for name in readers}
    for number in range(rounds + 1):
        for name, read in readers.items():
            taken = microseconds(read, count)
            if number:  # the first round warms up
                figures[name].append(taken)
    ours = figures["greenapi_async"]
    above = statistics.median(mine - base for mine, base in zip(ours, figures["json.loads"], strict=True))
    each = ", ".join(f"{name} {statistics.median(taken):.2f} us" for name, taken in figures.items())
    sys.stdout.write(f"one text notification, median of {rounds} rounds of {count}: {each}\n")
    sys.stdout.write(f"greenapi_async over json.loads: {above:.2f} us\n")
    if pydantic is None:
        sys.stdout.write("pydantic is not installed: no ratio to it\n")
    else:
        ratio = statistics.median(mine / theirs for mine, theirs in zip(ours, figures["pydantic"], strict=True))
        sys.stdout.write(f"greenapi_async to pydantic: ratio {ratio:.2f}\n")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
