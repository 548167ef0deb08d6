"""A user file, type-checked and never executed: methods of the Business client."""

from collections.abc import Callable
from pathlib import Path
from typing import assert_type

from greenapi_async import BusinessClient
from greenapi_async.types import BusinessId, SentBusinessMessage


async def business_methods(business: BusinessClient, show: Callable[[int, int | None], None]) -> None:
    sent = await business.send_text("79001234567", "Hello", preview_url=True, recipient_type="individual")
    assert_type(sent, SentBusinessMessage)
    assert_type((sent.id, sent.messages), tuple[str, list[BusinessId]])
    assert_type(sent.messages[0].id.upper(), str)
    media = await business.upload_media(Path("horse.jpg"), content_type="image/jpeg", progress=show)
    assert_type(media, str)
    assert_type(await business.send_image("79001234567", id=media, caption="A horse"), SentBusinessMessage)
    assert_type(await business.send_video("79001234567", link="https://example.com/a.mp4"), SentBusinessMessage)
    assert_type(await business.send_audio("79001234567", id=media, provider="p"), SentBusinessMessage)
    document = await business.send_document(
        "79001234567-1581234048", id=media, filename="a.pdf", recipient_type="group"
    )
    assert_type(document, SentBusinessMessage)
    assert_type(document.meta is None, bool)
    assert_type((await business.send_sticker("79001234567", id=media)).messages, list[BusinessId])
    written = await business.download_media(media, Path("folder"), max_bytes=10**6, progress=show)
    assert_type(written, Path)
    assert_type(written.name, str)
    await business.delete_media(media)
    assert_type(business.with_options(validate=False), BusinessClient)
    await business.aclose()
