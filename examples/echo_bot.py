"""Answer every text with the same text.

Set GREENAPI_ID_INSTANCE and GREENAPI_API_TOKEN_INSTANCE (and GREENAPI_API_URL, if it is not the usual one) to those
of a real instance, or of a sandbox: `greenapi demo --keep` prints them. Ctrl-C ends it; what it has not answered by
then is served again at the next start.
"""

import asyncio
import logging
import signal

from greenapi_async import Client, DeliveryUnknownError, IncomingMessageReceived

logger = logging.getLogger("echo_bot")


async def main() -> None:
    async with Client.from_env() as client:
        notifications = client.notifications(receive_timeout=20)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, notifications.stop)
        async for notification in notifications:
            if isinstance(notification, IncomingMessageReceived) and notification.text:
                try:
                    await notification.reply(notification.text)
                except DeliveryUnknownError as error:  # it may have gone out: better silent than twice
                    logger.warning("%s", error)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    asyncio.run(main())
