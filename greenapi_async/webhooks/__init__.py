"""Webhook receivers: the server pushes notifications into your own web application.

::

    receiver = WebhookReceiver(clients=client, inbox=inbox, tokens=["the webhookUrlToken"])
    app.mount("/webhook", receiver.asgi())                            # Starlette, FastAPI
    app.router.add_route("*", "/webhook", receiver.aiohttp())         # aiohttp
    status, reason = await receiver.handle(method, headers, body, remote_address)  # anything else

    await client.process(handler, inbox=inbox, polling=False)         # run this alongside the web application
"""

from greenapi_async.webhooks.allowed_addresses import UNIX, WEBHOOK_ADDRESSES
from greenapi_async.webhooks.receiver import WebhookReceiver
from greenapi_async.webhooks.response import WebhookResponse

__all__ = ["UNIX", "WEBHOOK_ADDRESSES", "WebhookReceiver", "WebhookResponse"]
