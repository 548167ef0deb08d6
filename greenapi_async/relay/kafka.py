"""Notifications to Kafka.

The key is ``<instance>.<chat>``, so that a chat always goes to the same partition as long as the number of partitions
stays the same. Kafka keeps the order within a partition, and gives a partition to one consumer of a group at a time.

The confirmation is that of all replicas in sync, ``acks="all"``; how many that must be is the topic's
``min.insync.replicas``. With ``enable_idempotence=True`` the producer's own retries cannot store a record twice. What
the relay publishes again after a lost confirmation can: ``id`` of the event tells.
"""

from typing import TYPE_CHECKING, Any

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.relay.events import CONTENT_TYPE, OutgoingEvent
from greenapi_async.relay.notification_event import NotificationEvent
from greenapi_async.relay.target import BrokerTarget

if TYPE_CHECKING:
    from faststream.kafka import KafkaBroker

__all__ = ["KafkaTarget"]


class KafkaTarget(BrokerTarget):
    """Publishes notifications to a Kafka topic.

    Example:
        >>> broker = KafkaBroker("127.0.0.1:9092", acks="all", enable_idempotence=True)
        >>> target = KafkaTarget(broker, topic="greenapi")
    """

    def __init__(self, broker: "KafkaBroker", *, topic: str = "greenapi", timeout: float = 60.0) -> None:
        """Create a target.

        Args:
            broker: The broker, created with ``acks="all"``; connected when the first notification arrives.
            topic: The topic.
            timeout: Seconds in which Kafka must confirm; more than the producer's ``request_timeout_ms``.

        Raises:
            InvalidArgumentError: The broker does not wait for all replicas.
        """
        super().__init__("Kafka", timeout)
        options: dict[str, Any] = getattr(broker, "_connection_kwargs", {})
        if options.get("acks") not in {"all", -1} and options.get("enable_idempotence") is not True:
            raise InvalidArgumentError(
                'the broker does not wait for all replicas; expected KafkaBroker(..., acks="all")'
            )
        self._broker = broker
        self._topic = topic
        broker.publisher(topic, schema=NotificationEvent, title=f"{topic}:notifications")

    async def _publish(self, event: OutgoingEvent) -> None:
        await self._broker.publish(
            event.content,
            self._topic,
            key=event.key.encode(),
            headers={"content-type": CONTENT_TYPE},
            correlation_id=event.id,
        )
