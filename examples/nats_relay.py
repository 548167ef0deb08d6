"""A relay and a bot in processes of their own, with NATS JetStream between them.

``nats_relay.py relay`` polls the instance and publishes; run it once. ``nats_relay.py bot`` handles what was published;
run it as often as you like. Of each shard, one notification is handled at a time, so that chats stay in order. The
server, ``nats-server -js``, is NATS_URL.
"""

import asyncio
import logging
import os
import sys

from faststream import FastStream
from faststream.middlewares import AckPolicy
from faststream.nats import ConsumerConfig, JStream, NatsBroker

from greenapi_async import Client, IncomingMessageReceived
from greenapi_async.bots import Router, filters
from greenapi_async.relay import ConsumedNotification, NatsTarget, relay

STREAM, SHARDS = JStream("greenapi", subjects=["greenapi.>"]), 4
router = Router()


@router.message(filters.private)
async def echo(notification: IncomingMessageReceived) -> None:
    await notification.reply(f"You said: {notification.text}")


async def publish(broker: NatsBroker, client: Client) -> None:
    target = NatsTarget(broker, stream=STREAM, shards=SHARDS)
    async with broker:
        await broker.start()
        await relay(clients=client, to=target)


async def handle(broker: NatsBroker, client: Client) -> None:
    async def consume(notification: ConsumedNotification) -> None:
        await router.feed(notification, client)

    one, policy = ConsumerConfig(max_ack_pending=1), AckPolicy.NACK_ON_ERROR
    for shard in range(SHARDS):
        subject, name = f"greenapi.{shard}.*.*", f"bot-{shard}"
        broker.subscriber(subject, stream=STREAM, durable=name, pull_sub=True, config=one, ack_policy=policy)(consume)
    await FastStream(broker).run()


async def main() -> None:
    broker = NatsBroker(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"), max_reconnect_attempts=-1)
    async with Client.from_env() as client:
        await (publish if sys.argv[1:] == ["relay"] else handle)(broker, client)


if __name__ == "__main__":
    logging.basicConfig(format="%(levelname)s %(message)s")
    logging.getLogger("greenapi_async").setLevel(logging.INFO)
    asyncio.run(main())
