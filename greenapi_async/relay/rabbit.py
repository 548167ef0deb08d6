"""Notifications to RabbitMQ.

The routing key is ``<prefix>.<instance>.<chat>``. A message is persistent and mandatory, and RabbitMQ's publisher
confirm is the confirmation: every durable queue bound to the key has it on disk. If no queue is bound, RabbitMQ returns
the message, and the notification stays on the server.

A queue keeps the order of publication, and with it that of each chat, if one consumer at a time works on it: declare
the queue with ``x-single-active-consumer``. For several consumers, use an exchange of the type ``x-consistent-hash``
with one queue for each: the routing key, and so the chat, decides the queue. RabbitMQ does not deduplicate:
``message_id`` is the event's id.
"""

from typing import TYPE_CHECKING

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.relay.events import CONTENT_TYPE, OutgoingEvent
from greenapi_async.relay.notification_event import NotificationEvent
from greenapi_async.relay.target import CONFIRM_TIMEOUT, BrokerTarget

if TYPE_CHECKING:
    from faststream.rabbit import RabbitBroker, RabbitExchange

__all__ = ["RabbitTarget"]


class RabbitTarget(BrokerTarget):
    """Publishes notifications to a RabbitMQ exchange.

    Create it before the broker is started: the broker then declares the exchange, and its AsyncAPI document has the
    publication.

    Example:
        >>> broker = RabbitBroker("amqp://guest:guest@127.0.0.1:5672/")
        >>> exchange = RabbitExchange("greenapi", type=ExchangeType.TOPIC, durable=True)
        >>> target = RabbitTarget(broker, exchange=exchange)
    """

    def __init__(
        self,
        broker: "RabbitBroker",
        *,
        exchange: "RabbitExchange",
        prefix: str = "greenapi",
        timeout: float = CONFIRM_TIMEOUT,
    ) -> None:
        """Create a target.

        Args:
            broker: The broker, connected when the first notification arrives; its channels have publisher confirms
                unless you have switched them off.
            exchange: A durable exchange, of the type topic or x-consistent-hash.
            prefix: First part of the routing keys.
            timeout: Seconds in which RabbitMQ must confirm.

        Raises:
            InvalidArgumentError: The exchange is not durable: it would be gone after a restart of RabbitMQ.
        """
        super().__init__("RabbitMQ", timeout)
        if not exchange.durable:
            raise InvalidArgumentError(f"the exchange {exchange.name!r} is not durable; expected durable=True")
        self._broker = broker
        self._exchange = exchange
        self._prefix = prefix
        broker.publisher(
            routing_key=f"{prefix}.*.*",
            exchange=exchange,
            persist=True,
            schema=NotificationEvent,
            title=f"{prefix}:notifications",
        )

    async def _publish(self, event: OutgoingEvent) -> None:
        from pamqp.commands import Basic  # noqa: PLC0415  RabbitMQ's protocol, used by the broker's driver

        answer = await self._broker.publish(
            event.content,
            exchange=self._exchange,
            routing_key=f"{self._prefix}.{event.key}",
            mandatory=True,
            persist=True,
            timeout=self._timeout,
            correlation_id=event.id,
            message_id=event.id,
            content_type=CONTENT_TYPE,
        )
        if answer is None:
            raise InvalidArgumentError(
                "the broker's channel has no publisher confirms; expected Channel(publisher_confirms=True)"
            )
        is_returned = not isinstance(answer, Basic.Ack)
        if is_returned:
            raise LookupError(f"no queue is bound to the exchange {self._exchange.name!r} for this message")
