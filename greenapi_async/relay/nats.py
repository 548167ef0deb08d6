"""Notifications to NATS JetStream.

The subject is ``<prefix>.<instance>.<chat>``. A stream stores its messages in one order, so those of a chat stay in
order, and a consumer can filter by instance or chat. A durable consumer hands messages to whoever asks, whatever their
chat: a chat stays in order, also when a message is delivered again, only with ``max_ack_pending=1``, one message at a
time. For several at a time, ``shards`` puts the number of a shard before the instance, and each shard gets a consumer.

JetStream's answer to the publication is the confirmation: the message is in the stream, on a quorum of its replicas.
``Nats-Msg-Id`` is the event's id: within the stream's duplicate window (two minutes by default) JetStream stores a
repeat only once.
"""

from typing import TYPE_CHECKING

from greenapi_async.errors import InboxError, InvalidArgumentError
from greenapi_async.relay.events import CONTENT_TYPE, OutgoingEvent, check_shards
from greenapi_async.relay.notification_event import NotificationEvent
from greenapi_async.relay.target import CONFIRM_TIMEOUT, BrokerTarget

if TYPE_CHECKING:
    from faststream.nats import JStream, NatsBroker

__all__ = ["NatsTarget"]


class NatsTarget(BrokerTarget):
    """Publishes notifications to a JetStream stream.

    Create it before the broker is started: the broker then declares the stream, and its AsyncAPI document has the
    publication.

    Example:
        >>> broker = NatsBroker("nats://127.0.0.1:4222", max_reconnect_attempts=-1)
        >>> target = NatsTarget(broker, stream="greenapi")
        >>> async with broker, Client.from_env() as client:
        ...     await broker.start()
        ...     await relay(clients=client, to=target)
    """

    def __init__(
        self,
        broker: "NatsBroker",
        *,
        stream: "JStream | str" = "greenapi",
        prefix: str = "greenapi",
        shards: int = 1,
        timeout: float = CONFIRM_TIMEOUT,
    ) -> None:
        """Create a target.

        Args:
            broker: The broker, connected when the first notification arrives. By default its driver gives a lost
                connection up after two minutes, which ends the relay; ``max_reconnect_attempts=-1`` tries for ever.
            stream: The stream; a ``JStream`` determines its settings, such as replicas and retention.
            prefix: First part of the subjects; the stream stores ``<prefix>.*.*``, with shards ``<prefix>.*.*.*``.
            shards: Number of shards; more than 1 make the subject ``<prefix>.<shard>.<instance>.<chat>``, with shards
                from 0. Changing it moves chats to other shards.
            timeout: Seconds in which JetStream must confirm.

        Raises:
            InvalidArgumentError: ``shards`` is not positive, or the stream has the retention ``interest``: it confirms
                and discards what no consumer exists for.
        """
        super().__init__("NATS", timeout)
        check_shards(shards)
        self._broker = broker
        self._prefix = prefix
        self._shards = shards
        publisher = broker.publisher(
            f"{prefix}.*.*" if shards == 1 else f"{prefix}.*.*.*",
            stream=stream,
            schema=NotificationEvent,
            title=f"{prefix}:notifications",
        )
        self._stream = publisher.stream.name if publisher.stream is not None else ""
        if publisher.stream is not None and publisher.stream.config.retention == "interest":
            raise InvalidArgumentError(
                f"the stream {self._stream!r} has the retention interest, which discards what no consumer exists for; "
                "expected limits or workqueue"
            )

    async def _publish(self, event: OutgoingEvent) -> None:
        from nats.errors import ConnectionClosedError  # noqa: PLC0415  the broker's driver

        prefix = self._prefix if self._shards == 1 else f"{self._prefix}.{event.shard(self._shards)}"
        try:
            await self._broker.publish(
                event.content,
                f"{prefix}.{event.key}",
                headers={"Nats-Msg-Id": event.id, "content-type": CONTENT_TYPE},
                correlation_id=event.id,
                stream=self._stream,
                timeout=self._timeout,
            )
        except ConnectionClosedError as error:
            raise InboxError(
                "the connection to NATS was given up; NatsBroker(..., max_reconnect_attempts=-1) tries for ever"
            ) from error
