"""An aiohttp application with a bot, a route that sends messages, and probes.

    pip install aiohttp
    python aiohttp_app.py
    curl -X POST 'localhost:8080/messages?phone=79001234567&text=Hello'
    curl -i localhost:8080/readyz            # 503 if the bot does not work, and why

Set the environment variables GREENAPI_ID_INSTANCE and GREENAPI_API_TOKEN_INSTANCE first.
"""

import logging
import os
from collections.abc import AsyncGenerator

from aiohttp import web

from greenapi_async import Client, IncomingMessageReceived, SQLiteInbox, chat_id
from greenapi_async.bots import Router, filters, lifespan
from greenapi_async.monitoring import HealthApp

CLIENT = web.AppKey("client", Client)

router = Router()
health = HealthApp()


@router.message(filters.private)
async def answer(notification: IncomingMessageReceived) -> None:
    await notification.reply(f"You said: {notification.text}")


async def run_bot(app: web.Application) -> AsyncGenerator[None]:
    inbox = SQLiteInbox("aiohttp_app.db")
    async with Client.from_env() as client, lifespan(router, clients=client, inbox=inbox, monitor=health):
        app[CLIENT] = client
        yield


async def send(request: web.Request) -> web.Response:
    phone, text = request.query["phone"], request.query["text"]
    sent = await request.app[CLIENT].send_message(chat_id(phone), text)
    return web.json_response({"id_message": sent.id_message})


async def readyz(_: web.Request) -> web.Response:
    verdict = await health.ready()
    return web.json_response({"problems": verdict.problems}, status=200 if verdict.ready else 503)


async def livez(_: web.Request) -> web.Response:
    return web.Response(status=200 if health.live else 503)


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    app = web.Application()
    app.cleanup_ctx.append(run_bot)
    app.add_routes([web.post("/messages", send), web.get("/readyz", readyz), web.get("/livez", livez)])
    web.run_app(app, host="127.0.0.1", port=int(os.environ.get("PORT", "8080")))
