"""CPU time that a router adds to a handler: 50 handlers of which the last matches, minus the handler alone.

Measured for texts, commands and patterns.
Usage: ``python tests/benchmarks/router_overhead.py [notifications per round]``.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

from greenapi_async import IncomingMessageReceived, Notification, parse_notification
from greenapi_async.bots import Command, Filter, Router, filters

HANDLERS = 50
ROUNDS = 7

LAST = HANDLERS - 1
KINDS: dict[str, tuple[Callable[[int], Filter], str]] = {
    "text": (lambda number: filters.text(f"word {number}") & filters.private, f"word {LAST}"),
    "text without case": (lambda number: filters.text(f"word {number}", ignore_case=True), f"Word {LAST}"),
    "command": (lambda number: filters.command(f"do{number}"), f"/do{LAST} this and that"),
    "regex": (lambda number: filters.regex(rf"^order-{number} (\d+)$"), f"order-{LAST} 17"),
}


def message(text: str) -> Notification:
    return parse_notification(
        {
            "typeWebhook": "incomingMessageReceived",
            "instanceData": {"idInstance": 1101000001, "wid": "79000000001@c.us", "typeInstance": "whatsapp"},
            "timestamp": 1588091580,
            "idMessage": "F7AEC1B7086ECDC7E6E45923F5EDB825",
            "senderData": {"chatId": "79001234568@c.us", "sender": "79001234568@c.us", "senderName": "Boris"},
            "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": text}},
        }
    )


async def plain_handler(notification: Notification) -> None:
    assert notification.text


def routed(
    create_filter: Callable[[int], Filter], *, injects_command: bool
) -> Callable[[Notification], Awaitable[object]]:
    router = Router()
    for number in range(HANDLERS):
        if injects_command:

            @router.message(create_filter(number))
            async def command(notification: IncomingMessageReceived, command: Command) -> None:
                assert command.arguments
        else:

            @router.message(create_filter(number))
            async def plain(notification: IncomingMessageReceived) -> None:
                assert notification.text

    return router.handler()


async def cost(handler: Callable[[Notification], Awaitable[object]], notification: Notification, count: int) -> float:
    start = time.process_time()
    for _ in range(count):
        await handler(notification)
    return (time.process_time() - start) / count * 1e6


async def overhead(kind: str, count: int) -> float:
    create_filter, text = KINDS[kind]
    handler = routed(create_filter, injects_command=kind == "command")
    notification = message(text)
    await cost(handler, notification, count)  # warm-up
    return statistics.median(
        [
            await cost(handler, notification, count) - await cost(plain_handler, notification, count)
            for _ in range(ROUNDS)
        ]
    )


def main(count: int = 5000) -> dict[str, float]:
    figures = {kind: asyncio.run(overhead(kind, count)) for kind in KINDS}
    summary = ", ".join(f"{kind} {figure:.1f} us" for kind, figure in figures.items())
    sys.stdout.write(f"CPU added by a router with {HANDLERS} handlers if the last one matches: {summary}\n")
    return figures


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
