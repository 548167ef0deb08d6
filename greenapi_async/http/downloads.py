"""Downloads: streamed into a temporary file next to the target, which is renamed when it is complete.

A file name received from the network is untrusted. It is reduced to a plain name: no directories, no control or
invisible characters, no names reserved by Windows, at most 200 bytes. A name without an extension gets the one of the
content type. A file in a folder never overwrites another one; it gets the next free name instead.
"""

import itertools
import os
import re
import secrets
import unicodedata
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import unquote, urlsplit

import anyio

from greenapi_async.errors import InvalidArgumentError, NotFoundError, PayloadTooLargeError, ResponseError
from greenapi_async.http.endpoint import Endpoint, ErrorPattern
from greenapi_async.http.uploads import extension_of
from greenapi_async.models.files import Progress
from greenapi_async.models.service_errors import service_error
from greenapi_async.serialization.converter import ignore_body

__all__ = ["DOWNLOAD", "Sink", "download", "safe_name"]


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


class Sink:
    """Temporary file that receives a download, with a size limit and progress reports.

    It is an async context manager; entering it again for a retry starts an empty file.
    """

    def __init__(self, path: Path, max_bytes: int | None, progress: Progress | None) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._progress = progress
        self._file: BinaryIO | None = None
        self._done = 0
        self.content_type = ""
        """Content type of the response."""

    async def __aenter__(self) -> Self:
        self._done = 0
        self._file = self._path.open("wb")  # in a thread, a cancelled task would lose the open file
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    async def write(self, chunk: bytes, total: int | None) -> None:
        """Write the next chunk.

        Args:
            chunk: The bytes.
            total: Size of the whole file; None if unknown.

        Raises:
            PayloadTooLargeError: The file is larger than ``max_bytes``.
        """
        self._done += len(chunk)
        size = max(self._done, total or 0)
        if self._max_bytes is not None and size > self._max_bytes:
            message = f"the file has at least {size:,} bytes; max_bytes allows {self._max_bytes:,}"
            error = PayloadTooLargeError(message, method="download")
            error.advice = "Allow more with max_bytes=, or leave the file where it is."
            raise error
        if not chunk:  # only the size was announced
            return
        if self._file is not None:
            await anyio.to_thread.run_sync(self._file.write, chunk)
        if self._progress is not None:
            self._progress(self._done, total)


async def download(
    fetch: Callable[[str, Sink], Awaitable[None]],
    refresh: Callable[[], Awaitable[str | None]] | None,
    url: str | None,
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    max_bytes: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Download a URL into a file or a folder.

    Args:
        fetch: Downloads a URL into a sink.
        refresh: Requests a new URL if ``url`` is missing or has expired; None if there is no way to.
        url: The URL, if known.
        path: The file, which is overwritten, or an existing folder. A path with a trailing slash is a folder and is
            created if it does not exist.
        name: File name within a folder; None means the last part of the URL's path. A name without an extension gets
            the one of the content type.
        max_bytes: Maximum size of the file; None means unlimited.
        progress: Called after each chunk with the bytes received and the total, which is None if unknown.

    Returns:
        The path of the file.

    Raises:
        InvalidArgumentError: There is no valid http(s) URL, or a marker such as SWE002 in its place.
        NotFoundError: The file does not exist, or its URL has expired.
        PayloadTooLargeError: The file is larger than ``max_bytes``.
    """
    if not url and refresh is not None:
        url, refresh = await refresh(), None
    marker = service_error(url)
    if marker is not None:
        raise InvalidArgumentError(
            f"the server sent the marker {marker} instead of a file. {marker.advice}", method="download"
        )
    url = _checked_url(url)
    folder, file_name = await anyio.to_thread.run_sync(_resolve, path, name or _name_from_url(url))
    part = folder / f".{secrets.token_hex(8)}.part"  # without the file's name, which may be as long as is allowed
    sink = Sink(part, max_bytes, progress)
    try:
        try:
            await fetch(url, sink)
        except ResponseError as error:
            if refresh is None or isinstance(error, PayloadTooLargeError):
                raise
            fresh = await refresh()
            if not fresh:
                raise
            await fetch(_checked_url(fresh), sink)
        if file_name is not None and not Path(file_name).suffix:
            file_name += extension_of(sink.content_type)
        return await anyio.to_thread.run_sync(_move_into_place, part, folder, file_name, Path(path))
    finally:
        part.unlink(missing_ok=True)  # not in a thread: must not be cancelled


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
