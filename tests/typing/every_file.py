"""A user file, type-checked and never executed: what may be sent as a file, and where downloads may go."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO, Any, assert_type

import anyio
import anyio.abc
import anyio.lowlevel
import httpx
import httpx2
from django.core.files.uploadedfile import UploadedFile as DjangoFile
from fastapi import UploadFile

from greenapi_async import BusinessClient, Client, IncomingMessageReceived, types


async def shown(done: int, total: int | None) -> None:
    await anyio.lowlevel.checkpoint()


async def send(
    client: Client,
    notification: IncomingMessageReceived,
    upload: UploadFile,
    django: DjangoFile[Any],
    opened: IO[bytes],
    anyio_file: anyio.AsyncFile[bytes],
    response: httpx.Response,
    response2: httpx2.Response,
    receiving: anyio.abc.ByteReceiveStream,
    reader: asyncio.StreamReader,
    pieces: AsyncIterator[bytes],
) -> None:
    files: list[types.File] = [upload, django, opened, anyio_file, response, response2, receiving, reader, pieces]
    for file in [*files, b"bytes", "path", Path("path"), io.BytesIO()]:
        await client.send_file_by_upload("79001234567@c.us", file, progress=shown)
    await notification.send_file(upload)
    await client.set_group_picture("120363043968066561@g.us", response)


async def receive(
    client: Client,
    business: BusinessClient,
    notification: IncomingMessageReceived,
    opened: IO[bytes],
    anyio_file: anyio.AsyncFile[bytes],
    upload: UploadFile,
    sending: anyio.abc.ByteSendStream,
    objects: anyio.abc.ObjectSendStream[bytes],
    writer: asyncio.StreamWriter,
) -> None:
    targets: list[types.Writer] = [opened, anyio_file, upload, sending, objects, writer, io.BytesIO()]
    for target in targets:
        assert_type(await client.download(notification, target, progress=shown), int)
    assert_type(await notification.download(sending, max_bytes=10**6), int)
    assert_type(await notification.download(), bytes)
    assert_type(await notification.download("downloads/"), Path)
    assert_type(await client.download("https://shop.example/x.png"), bytes)
    assert_type(await business.download_media("1"), bytes)
    assert_type(await business.download_media("1", opened), int)
