"""The page's view of what leaves: the queue, and the progress of a message to several people."""

import pytest
from playwright.async_api import Page, expect

from greenapi_async import Client, MemoryInbox
from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_the_queue_and_a_broadcast_are_shown(page: Page, sandbox: Sandbox, server: SandboxServer) -> None:
    instance = server.call(lambda: sandbox.instances.get(1101000001) or sandbox.add_instance())
    await page.get_by_role("tab", name="Instance").click()
    async with Client(instance.id_instance, instance.token, server.url, server.url) as client:
        inbox, people = MemoryInbox(), [79001230000 + number for number in range(4)]
        async with client.broadcast("sale", people, "The sale begins", inbox=inbox, pause=(0, 0), settle=0):
            panel = page.get_by_role("tabpanel")
            await expect(panel.get_by_role("progressbar", name="Delivered: 4 of 4")).to_be_visible()
            await expect(panel).to_contain_text("4 messages: 4 delivered")
        server.call(lambda: instance.settings.update(delaySendMessagesMilliseconds=60_000))
        for text in ("One", "Two"):
            await client.send_message("79001230000@c.us", text)
    await expect(page.get_by_role("tabpanel")).to_contain_text("in the queue, one leaves every 60 s")
