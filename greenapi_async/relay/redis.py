"""Notifications to Redis Streams.

A chat always goes to the same of the ``shards`` streams, ``<prefix>.0``, ``<prefix>.1`` and so on. A stream keeps the
order of publication. A consumer group distributes the entries of a stream among its consumers, whatever their chat, so
a chat stays in order only if one consumer at a time reads each stream: use as many shards as consumers.

The answer to XADD is the confirmation. It says as much as the server is configured to say: with ``appendonly yes`` and
``appendfsync always`` the entry is on disk, with Redis's default it survives neither a crash nor a failover. Redis does
not deduplicate, and keeps entries until they are trimmed; a trimmed entry is lost to consumers that have not read it.
"""

from typing import TYPE_CHECKING

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.relay.events import CONTENT_TYPE, OutgoingEvent, check_shards
from greenapi_async.relay.notification_event import NotificationEvent
from greenapi_async.relay.target import CONFIRM_TIMEOUT, BrokerTarget

if TYPE_CHECKING:
    from faststream.redis import RedisBroker

__all__ = ["RedisTarget"]


class RedisTarget(BrokerTarget):
    """Publishes notifications to Redis Streams.

    Example:
        >>> broker = RedisBroker("redis://127.0.0.1:6379")
        >>> target = RedisTarget(broker, shards=4)
        >>> target.streams
        ('greenapi.0', 'greenapi.1', 'greenapi.2', 'greenapi.3')
    """

    def __init__(
        self,
        broker: "RedisBroker",
        *,
        prefix: str = "greenapi",
        shards: int = 1,
        maxlen: int | None = None,
        timeout: float = CONFIRM_TIMEOUT,
    ) -> None:
        """Create a target.

        Args:
            broker: The broker, connected when the first notification arrives.
            prefix: First part of the streams' names.
            shards: Number of streams; changing it moves chats to other streams.
            maxlen: Greatest number of entries of a stream; the oldest are removed, read or not. None removes none.
            timeout: Seconds in which Redis must answer.

        Raises:
            InvalidArgumentError: ``shards`` or ``maxlen`` is not positive.
        """
        super().__init__("Redis", timeout)
        check_shards(shards)
        if maxlen is not None and maxlen < 1:
            raise InvalidArgumentError(f"maxlen is {maxlen!r}; expected at least 1")
        self.streams = tuple(f"{prefix}.{number}" for number in range(shards))
        self._broker = broker
        self._maxlen = maxlen
        for stream in self.streams:
            broker.publisher(stream=stream, schema=NotificationEvent, title=f"{stream}:notifications")

    async def _publish(self, event: OutgoingEvent) -> None:
        await self._broker.publish(
            event.content,
            stream=self.streams[event.shard(len(self.streams))],
            maxlen=self._maxlen,
            headers={"content-type": CONTENT_TYPE},
            correlation_id=event.id,
        )
