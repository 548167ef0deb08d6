"""Relay: notifications to NATS JetStream, RabbitMQ, Redis Streams or Kafka, and sends from there, on FastStream.

::

    broker = NatsBroker("nats://127.0.0.1:4222", max_reconnect_attempts=-1)
    target = NatsTarget(broker)
    async with broker, Client.from_env() as client:
        await broker.start()
        await relay(clients=client, to=target)

Requires the extra ``relay`` and FastStream's extra of the broker, for example ``faststream[nats]``. asyncio only.
"""

from greenapi_async.relay.commands import Command, CommandReply, ConsumedCommand, DeadCommand, InvalidCommand
from greenapi_async.relay.kafka import KafkaTarget
from greenapi_async.relay.nats import NatsTarget
from greenapi_async.relay.notification_event import ConsumedNotification, NotificationEvent
from greenapi_async.relay.rabbit import RabbitTarget
from greenapi_async.relay.redis import RedisTarget
from greenapi_async.relay.runner import Relay, relay
from greenapi_async.relay.sender import CommandSender
from greenapi_async.relay.target import BrokerTarget

__all__ = [
    "BrokerTarget",
    "Command",
    "CommandReply",
    "CommandSender",
    "ConsumedCommand",
    "ConsumedNotification",
    "DeadCommand",
    "InvalidCommand",
    "KafkaTarget",
    "NatsTarget",
    "NotificationEvent",
    "RabbitTarget",
    "RedisTarget",
    "Relay",
    "relay",
]
