"""Resident memory while a million notifications are parsed: after the first tenth, and after all of them.

Every id and text is unique. Every tenth notification has another type; these include unknown and malformed ones.
Usage: ``python tests/benchmarks/parse_memory.py [notifications]``. Linux only, because it reads ``/proc/self/statm``.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from greenapi_async import (
    IncomingCall,
    IncomingMessageReceived,
    MalformedNotification,
    OutgoingMessageStatus,
    StateInstanceChanged,
    UnknownNotification,
    parse_notification,
)


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def text(number: int) -> dict[str, Any]:
    return {
        "typeWebhook": "incomingMessageReceived",
        "senderData": {"chatId": f"{number}@c.us", "sender": f"{number}@c.us", "senderName": f"Ivan {number}"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": f"hello {number}"}},
    }


def other(number: int) -> tuple[type, dict[str, Any]]:
    kinds: list[tuple[type, dict[str, Any]]] = [
        (OutgoingMessageStatus, {"typeWebhook": "outgoingMessageStatus", "status": "read", "chatId": f"{number}@c.us"}),
        (IncomingCall, {"typeWebhook": "incomingCall", "from": f"{number}@c.us", "status": "pickUp"}),
        (StateInstanceChanged, {"typeWebhook": "stateInstanceChanged", "stateInstance": f"word{number}"}),
        (UnknownNotification, {"typeWebhook": f"new{number}", f"field{number}": number}),
        (MalformedNotification, text(number) | {"messageData": f"text {number}"}),
    ]
    return kinds[number // 10 % len(kinds)]


def parse(number: int) -> None:
    kind, special = (IncomingMessageReceived, text(number)) if number % 10 else other(number)
    envelope = {
        "instanceData": {"idInstance": 1101000001, "wid": "79876543210@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1588091580 + number,
        "idMessage": f"F7AEC1B7086ECDC7{number:016X}",
    }
    notification = parse_notification(json.dumps(envelope | special).encode())
    assert type(notification) is kind
    assert notification.id_message == envelope["idMessage"]


def main(count: int = 1_000_000) -> float:
    first = 0.0
    for number in range(1, count + 1):
        parse(number)
        if number == count // 10:
            first = resident_mb()
    last = resident_mb()
    sys.stdout.write(
        f"resident memory after {count // 10:,} notifications {first:.2f} MB, after {count:,} {last:.2f} MB, "
        f"difference {last - first:+.2f} MB\n"
    )
    return last - first


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
