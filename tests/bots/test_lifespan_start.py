"""A bot inside an application is active when the application begins to serve."""

import pytest

from greenapi_async import Client, MemoryInbox
from greenapi_async.bots import Router, lifespan

pytestmark = pytest.mark.anyio


async def test_a_message_can_be_sent_once_at_the_very_beginning(client: Client) -> None:
    async with lifespan(Router(), clients=client, inbox=MemoryInbox()):
        sent = await client.send_message("79001234567@c.us", "The bot is up.", once="up")
    assert sent.id_message
