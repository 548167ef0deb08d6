"""The queue of messages that wait to be sent. Manual: 1.3.6."""

from greenapi_async.api.section import Section
from greenapi_async.codec import many, one
from greenapi_async.endpoint import Endpoint, Replay
from greenapi_async.models.queues import ClearedQueue, QueuedMessage

__all__ = ["CLEAR_MESSAGES_QUEUE", "SHOW_MESSAGES_QUEUE", "Queues"]

SHOW_MESSAGES_QUEUE = Endpoint("GET", "showMessagesQueue", many(QueuedMessage), per_second=1, replay=Replay.ALWAYS)
CLEAR_MESSAGES_QUEUE = Endpoint("GET", "clearMessagesQueue", one(ClearedQueue), per_second=1, replay=Replay.UNSENT)


class Queues(Section):
    """Methods on the outgoing queue."""

    async def show_messages_queue(self) -> list[QueuedMessage]:
        """List the messages that wait to be sent, oldest first.

        Manual: 1.3.6, ShowMessagesQueue.
        """
        return await self._call(SHOW_MESSAGES_QUEUE)

    async def clear_messages_queue(self) -> ClearedQueue:
        """Drop the messages that wait to be sent.

        Do so after linking another number, or what was queued for the old one leaves from the new one. Not repeated
        after an unclear failure: what was queued in between would be dropped too.

        Manual: 1.3.6, ClearMessagesQueue.
        """
        return await self._call(CLEAR_MESSAGES_QUEUE)
