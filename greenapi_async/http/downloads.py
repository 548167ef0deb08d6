"""Files on their way from the server: streamed into a temporary file beside the target, and renamed when whole.

A name that comes from the network is only ever a name: it is cleaned of everything that could lead out of the folder
or hide the file, and never overwrites what is there.
"""

import itertools
import os
import re
import secrets
import unicodedata
from collections.abc import Awaitable, Callable
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

import anyio

from greenapi_async.errors import InvalidArgumentError, NotFoundError, PayloadTooLargeError, ResponseError
from greenapi_async.http.endpoint import Endpoint
from greenapi_async.models.files import Progress
from greenapi_async.models.service_errors import service_error
from greenapi_async.serialization.converter import ignore_body

__all__ = ["DOWNLOAD", "Sink", "download", "safe_name"]


def _gone(status: int, _: object) -> NotFoundError | None:
    gone = status in {403, 404, 410}
    return NotFoundError("the file is gone, or its URL has expired", method="download", status=status) if gone else None


DOWNLOAD = Endpoint("GET", "download", ignore_body, idempotent=True, error_from=_gone)
"""A file from any URL: what it needs of an endpoint is its name in errors, and that it may be repeated."""

_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
"""Categories of characters that do not show, or change how others do."""
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10))}
_LONGEST_NAME = 200
"""Bytes; file systems allow 255, and a temporary name is longer."""


class Sink:
    """Where the bytes go: counted, reported, and bounded. Entering it begins anew, for each attempt."""

    def __init__(self, path: Path, max_bytes: int | None, progress: Progress | None) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._progress = progress
        self._file: anyio.AsyncFile[bytes] | None = None
        self._done = 0

    async def __aenter__(self) -> Self:
        self._done = 0
        self._file = await anyio.open_file(self._path, "wb")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._file is not None:
            with anyio.CancelScope(shield=True):
                await self._file.aclose()

    async def write(self, part: bytes, total: int | None) -> None:
        """Take the next bytes of so many in all; raises ``PayloadTooLargeError`` when they are too many."""
        self._done += len(part)
        most = max(self._done, total or 0)
        if self._max_bytes is not None and most > self._max_bytes:
            words = f"the file has {most:,} bytes or more; max_bytes allows {self._max_bytes:,}"
            raise PayloadTooLargeError(words, method="download")
        if self._file is not None:
            await self._file.write(part)
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
    """Fetch a URL into a file or, under its own name, into a folder; a URL that is missing or expired is refreshed."""
    if not url and refresh is not None:
        url, refresh = await refresh(), None
    marker = service_error(url)
    if marker is not None:
        raise InvalidArgumentError(f"there is no file, but the marker {marker}. {marker.advice}", method="download")
    if not url or urlsplit(url).scheme not in {"http", "https"}:
        raise InvalidArgumentError(f"there is no file at {url!r}; http:// or https:// is needed", method="download")
    folder, file_name = await anyio.to_thread.run_sync(_place, path, name or _name_of(url))
    part = folder / f".{file_name or Path(path).name}.{secrets.token_hex(4)}.part"
    try:
        try:
            await fetch(url, Sink(part, max_bytes, progress))
        except ResponseError as error:
            if refresh is None or isinstance(error, PayloadTooLargeError):
                raise
            fresh = await refresh()
            if not fresh:
                raise
            await fetch(fresh, Sink(part, max_bytes, progress))
        return await anyio.to_thread.run_sync(_put, part, folder, file_name, Path(path))
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.Path(part).unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """Make a file's name of what the network calls one."""
    seen = "".join("_" if unicodedata.category(letter) in _UNSEEN else letter for letter in name)
    path = PurePosixPath(_UNSAFE.sub("_", seen).strip(" .") or "file")
    suffix = path.suffix if len(path.suffix.encode()) < _LONGEST_NAME // 2 else ""
    stem = path.name.removesuffix(suffix)
    if stem.partition(".")[0].upper() in _RESERVED:
        stem = f"_{stem}"
    while len((stem + suffix).encode()) > _LONGEST_NAME:
        stem = stem[:-1]
    return stem + suffix


def _name_of(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])


def _place(path: str | os.PathLike[str], name: str) -> tuple[Path, str | None]:
    """Give the folder, and the file's own name if it gets that; a path that ends in a slash is a folder, and made."""
    given = Path(path)
    if os.fspath(path).endswith(("/", os.sep)):
        given.mkdir(parents=True, exist_ok=True)
    return (given, safe_name(name)) if given.is_dir() else (given.parent, None)


def _put(part: Path, folder: Path, name: str | None, path: Path) -> Path:
    """Give the whole file its name: the one that was asked for, or the next that is free, claimed before it is used."""
    if name is None:
        return part.replace(path)
    for number in itertools.count(2):
        target = folder / name if number == 2 else folder / f"{Path(name).stem} ({number - 1}){Path(name).suffix}"
        try:
            target.open("xb").close()
        except FileExistsError:
            continue
        return part.replace(target)
    raise AssertionError  # one of endless numbers is free
