"""Downloads: streamed into a temporary file next to the target, which is renamed when it is complete.

A writer of the user gets the file from a temporary one when it is complete, because few writers can be rewound for a
retry.

A file name received from the network is untrusted. It is reduced to a plain name: no directories, no control or
invisible characters, no names reserved by Windows, at most 200 bytes. A name without an extension gets the one of the
content type. A file in a folder never overwrites another one; it gets the next free name instead.
"""

import io
import itertools
import os
import re
import secrets
import tempfile
import unicodedata
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, TypeAlias, cast
from urllib.parse import unquote, urlsplit

import anyio

from greenapi_async.errors import InvalidArgumentError, NotFoundError, PayloadTooLargeError, ResponseError
from greenapi_async.http.endpoint import Endpoint, ErrorPattern
from greenapi_async.http.file_sources import MAX_FILE_BYTES, SPOOL_BYTES
from greenapi_async.http.file_types import extension_of
from greenapi_async.http.sink import Sink
from greenapi_async.http.writers import check_writer, copy_to_writer
from greenapi_async.models.files import Progress, Writer
from greenapi_async.models.service_errors import service_error
from greenapi_async.serialization.decoders import ignore_body

__all__ = ["DOWNLOAD", "download", "safe_name"]


_NOT_FOUND = (403, 404, 410)


def _not_found_error(status: int, _: object) -> NotFoundError | None:
    if status not in _NOT_FOUND:
        return None
    return NotFoundError("the file does not exist, or its URL has expired", method="download", status=status)


_EXPIRED = "Request a new URL with download_file(); WhatsApp keeps files for a limited time only."
DOWNLOAD = Endpoint(
    "GET",
    "download",
    ignore_body,
    idempotent=True,
    error_from=_not_found_error,
    advice={ErrorPattern(status): _EXPIRED for status in _NOT_FOUND},
)
"""Pseudo-method for a file at any URL: the name for error messages, and that a download may be retried."""

_UNSAFE_CHARACTERS = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
_INVISIBLE_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
"""Unicode categories of characters that are invisible or change how others are displayed."""
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10))}
_MAX_NAME_BYTES = 200
"""File systems allow 255 bytes; an extension and a number may be added."""


Fetch: TypeAlias = Callable[[str, Sink], Awaitable[None]]
"""Downloads a URL into a sink."""
Refresh: TypeAlias = Callable[[], Awaitable[str | None]]
"""Requests a new URL of the file."""


async def download(
    fetch: Fetch,
    refresh: Refresh | None,
    url: str | None,
    target: str | os.PathLike[str] | Writer | None,
    *,
    name: str | None = None,
    max_bytes: int | None = None,
    progress: Progress | None = None,
) -> Path | bytes | int:
    """Download a URL into a file, a folder, memory or a writer.

    Args:
        fetch: Downloads a URL into a sink.
        refresh: Requests a new URL if ``url`` is missing or has expired; None if there is no way to.
        url: The URL, if known.
        target: A file, which is overwritten, or an existing folder. A path with a trailing slash is a folder and is
            created if it does not exist. None returns the content. A writer gets it when it is complete.
        name: File name within a folder; None means the last part of the URL's path. A name without an extension gets
            the one of the content type.
        max_bytes: Maximum size of the file; None means unlimited, and 100 MB in memory.
        progress: Called after each chunk with the bytes received and the total, which is None if unknown.

    Returns:
        The path of the file; the content; or the number of bytes written.

    Raises:
        InvalidArgumentError: There is no valid http(s) URL, or a marker such as SWE002 in its place; or the target is
            none.
        NotFoundError: The file does not exist, or its URL has expired.
        PayloadTooLargeError: The file is larger than ``max_bytes``.
    """
    source = _Source(fetch, refresh, url)
    if target is None:
        limit = MAX_FILE_BYTES if max_bytes is None else max_bytes
        with io.BytesIO() as memory:
            await source.copy_to(Sink(partial(_emptied, memory), limit, progress))
            return memory.getvalue()
    if not isinstance(target, str | os.PathLike):
        await check_writer(target)
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as temporary:
            spooled = cast("BinaryIO", temporary)
            await source.copy_to(Sink(partial(_emptied, spooled), max_bytes, progress))
            return await copy_to_writer(spooled, target)
    valid_url = await source.valid_url()
    folder, file_name = await anyio.to_thread.run_sync(_resolve, target, name or _name_from_url(valid_url))
    part = folder / f".{secrets.token_hex(8)}.part"  # without the file's name, which may be as long as is allowed
    sink = Sink(lambda: part.open("wb"), max_bytes, progress)
    try:
        await source.copy_to(sink)
        if file_name is not None and not Path(file_name).suffix:
            file_name += extension_of(sink.content_type)
        return await anyio.to_thread.run_sync(_move_into_place, part, folder, file_name, Path(target))
    finally:
        part.unlink(missing_ok=True)  # not in a thread: must not be cancelled


class _Source:
    """A file to download, whose URL may have to be renewed."""

    def __init__(self, fetch: Fetch, refresh: Refresh | None, url: str | None) -> None:
        self._fetch = fetch
        self._refresh = refresh
        self._url = url

    async def valid_url(self) -> str:
        """Return the URL; it is requested if it is missing."""
        if not self._url and self._refresh is not None:
            self._url, self._refresh = await self._refresh(), None
        marker = service_error(self._url)
        if marker is not None:
            raise InvalidArgumentError(
                f"the server sent the marker {marker} instead of a file. {marker.advice}", method="download"
            )
        return _checked_url(self._url)

    async def copy_to(self, sink: Sink) -> None:
        """Download the file; a URL that has expired is renewed once."""
        url = await self.valid_url()
        try:
            await self._fetch(url, sink)
        except ResponseError as error:
            if self._refresh is None or isinstance(error, PayloadTooLargeError):
                raise
            fresh = await self._refresh()
            if not fresh:
                raise
            await self._fetch(_checked_url(fresh), sink)


def _emptied(file: BinaryIO) -> AbstractContextManager[BinaryIO]:
    """Return a file without its content; it stays open."""
    file.seek(0)
    file.truncate()
    return nullcontext(file)


def safe_name(name: str) -> str:
    """Return a safe file name for a name received from the network."""
    visible = "".join("_" if unicodedata.category(letter) in _INVISIBLE_CATEGORIES else letter for letter in name)
    path = PurePosixPath(_UNSAFE_CHARACTERS.sub("_", visible).strip(" .") or "file")
    suffix = path.suffix if len(path.suffix.encode()) < _MAX_NAME_BYTES // 2 else ""
    stem = path.name.removesuffix(suffix)
    if stem.partition(".")[0].upper() in _RESERVED:
        stem = f"_{stem}"
    while len((stem + suffix).encode()) > _MAX_NAME_BYTES:
        stem = stem[:-1]
    return stem + suffix


def _checked_url(url: str | None) -> str:
    with suppress(ValueError):  # unbalanced brackets, invalid port
        parts = urlsplit(url or "")
        if url and parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return url
    problem = "invalid" if url else "missing"
    raise InvalidArgumentError(
        f"the file's URL is {problem}; expected http:// or https:// with a host and an optional port", method="download"
    )


def _name_from_url(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])


def _resolve(path: str | os.PathLike[str], name: str) -> tuple[Path, str | None]:
    """Return the target folder and, if ``path`` is a folder, the name of the file in it."""
    target = Path(path)
    if os.fspath(path).endswith(("/", os.sep)):
        target.mkdir(parents=True, exist_ok=True)
    return (target, safe_name(name)) if target.is_dir() else (target.parent, None)


def _move_into_place(part: Path, folder: Path, name: str | None, path: Path) -> Path:
    """Rename the complete file to ``path`` or to the next free name in the folder."""
    if name is None:
        return part.replace(path)
    for number in itertools.count(1):
        target = folder / (name if number == 1 else f"{Path(name).stem} ({number}){Path(name).suffix}")
        try:
            target.open("xb").close()  # reserves the name, so that concurrent downloads do not overwrite each other
        except FileExistsError:
            continue
        return part.replace(target)
    raise AssertionError  # unreachable: the loop is endless
