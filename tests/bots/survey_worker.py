"""A survey bot for ``test_survey_killed`` that kills itself at a given operation.

Arguments: the inbox's path, the sandbox's URL, the instance and its token. Each line on stdin begins a life in a child
process: the number of the operation, before or after which it kills itself, or 0. Operations are writes to the inbox
and requests that send a message. On stdout it tells what the survey has heard, and how each life ended.
"""

import json
import os
import sys
from datetime import date
from functools import partial
from typing import Literal

import anyio
import attrs

from greenapi_async import Client, IncomingMessageReceived
from greenapi_async.bots import Router, filters, question, takeover
from greenapi_async.inbox import SQLiteInbox
from greenapi_async.processing import idempotency
from tests.kill_points import Killer, KillingTransport

router = Router(takeover=takeover(minutes=5))


def tell(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def reserve(when: str) -> str:
    return f"table at {when}"


@router.message(filters.command("survey"))
async def survey(notification: IncomingMessageReceived) -> None:
    async with notification.conversation(timeout=600) as talk:
        name = await talk.ask("Name?")
        await talk.say(f"Hello {name}")
        size = await talk.choose("Size?", ["Small", "Large"])
        when = await talk.ask("When?")
        table = await talk.step("reserve", reserve, when)
        colour = (await talk.hear("Colour?")).text
        age = await talk.ask("Age?")
    await notification.reply("Thanks", once=f"thanks {notification.id_message}")
    tell("heard " + json.dumps([notification.chat_id, name, size, table, colour, age]))


@attrs.frozen
class Visit:
    name: str
    size: Literal["Small", "Large"]
    day: date = attrs.field(metadata=question("Which day?"))
    note: str | None = None


@router.message(filters.command("visit"))
async def visit(notification: IncomingMessageReceived) -> None:
    async with notification.conversation(timeout=600) as talk:
        filled = await talk.form(Visit)
    await notification.reply("Thanks", once=f"thanks {notification.id_message}")
    tell("heard " + json.dumps([notification.chat_id, filled.name, filled.size, str(filled.day), filled.note or "-"]))


@router.message(filters.regex(r"part \d"), gather=3, at_most=30)
async def parts(messages: list[IncomingMessageReceived]) -> None:
    texts = [message.text for message in messages]
    await messages[0].reply(" ".join(map(str, texts)), once=f"parts {messages[0].id_message} {len(texts)}")
    tell("heard " + json.dumps([messages[0].chat_id, *texts]))


@router.message()
async def other(notification: IncomingMessageReceived) -> None:
    tell("heard " + json.dumps([notification.chat_id, "not asked", notification.text]))


async def process(at: int, path: str, url: str, id_instance: str, token: str) -> None:
    setattr(idempotency, "SEARCH_DELAYS", (0.05, 0.1))  # noqa: B010  a constant
    killer, inbox = Killer(at), SQLiteInbox(path)
    killer.around(inbox, "done")
    killer.around(inbox.records, "apply")
    killer.around(inbox.outbox, "begin", "sent")
    async with Client(id_instance, token, url, url, rate_limiter=None, transport=KillingTransport(killer)) as client:
        await client.process(router.handler(), inbox=inbox, receive_timeout=5)


async def warm_up() -> None:
    await Client(1, "token").aclose()


def main() -> None:
    anyio.run(warm_up)
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            tell(f"pid {os.getpid()}")
            anyio.run(partial(process, int(line), *sys.argv[1:]))
            os._exit(0)
        tell(f"ended {os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}")


if __name__ == "__main__":
    main()
