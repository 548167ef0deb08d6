"""The program that ``test_end_to_end`` kills: it forks one web application per life, with all modules already imported.

A line on stdin starts a life. Stdout gets the application's process id, a line when a handler starts (``S chat
number``) and ends (``E chat number``), and the exit status. Each line is a single write to a pipe, so lines survive the
process that wrote them.
"""

import os
import random
import sys
import traceback
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import uvicorn
from aiohttp import web
from fastapi import FastAPI

from greenapi_async import Client, Notification
from greenapi_async.inbox import SQLiteInbox
from greenapi_async.webhooks import WebhookReceiver

MAX_SECONDS = 0.04
"""Upper bound of a handler's duration; most handlers are much shorter."""


def report(line: str) -> None:
    os.write(1, f"{line}\n".encode())


async def handle(notification: Notification) -> None:
    which = f"{notification.chat_id} {notification.text}"
    report(f"S {which}")
    await anyio.sleep(MAX_SECONDS * random.random() ** 2)
    report(f"E {which}")


class Bot:
    """A client, and a receiver and a handler connected by an inbox."""

    def __init__(self, path: str, url: str, id_instance: str, token: str, webhook_token: str, concurrency: str) -> None:
        self.client = Client(id_instance, token, url, url)
        self.inbox = SQLiteInbox(path)
        self.concurrency = int(concurrency)
        self.receiver = WebhookReceiver(
            clients=self.client, inbox=self.inbox, tokens=[webhook_token], addresses=["127.0.0.1"]
        )

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        async with self.client, anyio.create_task_group() as tasks:
            processing = self.client.process(handle, inbox=self.inbox, polling=False, concurrency=self.concurrency)
            tasks.start_soon(processing.run)
            yield
            self.receiver.stop()
            processing.stop()


def by_uvicorn(bot: Bot, port: int) -> None:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with bot.running():
            yield

    app = FastAPI(lifespan=lifespan)
    app.mount("/webhook", bot.receiver.asgi())
    uvicorn.run(app, port=port, log_level="warning", access_log=False)


def by_aiohttp(bot: Bot, port: int) -> None:
    async def context(app: web.Application) -> AsyncGenerator[None]:
        async with bot.running():
            yield

    app = web.Application()
    app.cleanup_ctx.append(context)
    app.router.add_route("*", "/webhook/", bot.receiver.aiohttp())
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


def live(framework: str, port: int, arguments: list[str]) -> int:
    random.seed()
    try:
        (by_uvicorn if framework == "uvicorn" else by_aiohttp)(Bot(*arguments), port)
    except BaseException:  # noqa: BLE001  the parent gets the exit status
        traceback.print_exc()
        return 1
    return 0


async def warm_up() -> None:
    await Client(1, "token").aclose()


def main() -> None:
    framework, port, *arguments = sys.argv[1:]
    anyio.run(warm_up)
    for _ in sys.stdin:
        pid = os.fork()
        if not pid:
            report(f"pid {os.getpid()}")
            os._exit(live(framework, int(port), arguments))
        report(f"ended {os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}")


if __name__ == "__main__":
    main()
