"""Reply to every text with the same text.

Set GREENAPI_ID_INSTANCE and GREENAPI_API_TOKEN_INSTANCE (and GREENAPI_API_URL, if it is not the default) to those of a
real instance, or of a sandbox: `greenapi demo --keep` prints them. Ctrl-C stops the bot gracefully. Messages that were
not answered by then are delivered again at the next start.
"""

import asyncio
import contextlib
import logging
import signal

from greenapi_async import (
    BadRequestError,
    Client,
    DeliveryUnknownError,
    IncomingMessageReceived,
    InvalidArgumentError,
)

logger = logging.getLogger("echo_bot")


async def main() -> None:
    async with Client.from_env() as client:
        notifications = client.notifications(receive_timeout=20)
        loop = asyncio.get_running_loop()

        def stop(number: int) -> None:
            loop.remove_signal_handler(number)  # a second Ctrl-C stops at once
            notifications.stop()

        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError):  # Windows
                loop.add_signal_handler(number, stop, number)
        async for notification in notifications:
            if not isinstance(notification, IncomingMessageReceived) or notification.message.is_event:
                continue  # among others edits and reactions, which have a text, too
            if notification.text:
                try:
                    await notification.reply(notification.text)
                except (DeliveryUnknownError, BadRequestError, InvalidArgumentError) as error:
                    # Unknown delivery: do not risk a duplicate. Rejected reply: go on with the next notification.
                    logger.warning("%s", error)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    asyncio.run(main())
