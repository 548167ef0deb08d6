"""A FastAPI application with a bot, a route that sends messages, and probes.

    pip install fastapi uvicorn
    python fastapi_app.py                    # or: uvicorn fastapi_app:app
    curl -X POST 'localhost:8000/messages?phone=79001234567&text=Hello'
    curl -i localhost:8000/health/readyz     # 503 if the bot does not work, and why

Set the environment variables GREENAPI_ID_INSTANCE and GREENAPI_API_TOKEN_INSTANCE first. Run a single worker: with
several, each would run a bot and they would compete for the notifications.
"""

import logging
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI, Request

from greenapi_async import Client, IncomingMessageReceived, SQLiteInbox, chat_id
from greenapi_async.bots import Router, filters, lifespan
from greenapi_async.monitoring import HealthApp

router = Router()
health = HealthApp()


@router.message(filters.private)
async def answer(notification: IncomingMessageReceived) -> None:
    await notification.reply(f"You said: {notification.text}")


@asynccontextmanager
async def run_bot(app: FastAPI) -> AsyncGenerator[None]:
    inbox = SQLiteInbox("fastapi_app.db")
    async with Client.from_env() as client, lifespan(router, clients=client, inbox=inbox, monitor=health):
        app.state.client = client
        yield


app = FastAPI(lifespan=run_bot)
app.mount("/health", health)


@app.post("/messages")
async def send(phone: str, text: str, request: Request) -> dict[str, str]:
    client: Client = request.app.state.client
    return {"id_message": (await client.send_message(chat_id(phone), text)).id_message}


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    uvicorn.run(app, port=int(os.environ.get("PORT", "8000")))
