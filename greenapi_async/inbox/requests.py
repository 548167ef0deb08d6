"""Requests of other processes to the owner of an SQLite inbox: release, drop, and copies of what arrives.

Only the owner writes to the file. Another process puts a request, a small JSON file, into the folder
``<path>.requests`` and waits for the answer. The owner's worker thread looks into the folder twice a second, so it
answers even if the event loop is blocked, and needs no port and no socket.

A request is claimed by deleting it: the owner deletes it before it executes it, a requester that gives up deletes it to
withdraw it, and only one of them succeeds. So what was withdrawn is never executed. The requester removes the answer,
and the folder when it is empty.

A process that wants to see what arrives creates a file ``.tail``, to which the owner appends a copy of each
notification that it stores, and a file ``.lease``, which it touches every few seconds. The owner stops, and removes
both, when the lease is old.

Whoever can write into the folder can drop entries and read messages. So the owner ignores a folder that is a link, that
everybody can write to, or that belongs to somebody who may not write to the file; it opens no link
and no pipe, and removes no file that is not of the kinds above.
"""

import json
import os
import re
import secrets
import stat
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

import anyio
import attrs

from greenapi_async.errors import InboxUnavailableError, InvalidArgumentError

__all__ = ["INTERVAL", "PERMISSION_ADVICE", "Request", "RequestFolder"]

INTERVAL = 0.5
"""Seconds between two looks of the owner into the folder."""
POLL = 0.05
"""Seconds between two looks of a requester for its answer."""
MAX_BYTES = 10_000
LEASE = 10.0
"""Seconds after which a tail whose lease was not touched has ended."""
TAIL_BYTES = 64 * 1024 * 1024
"""Size at which a tail that nobody reads is ended."""
STALE = 60.0
"""Seconds after which an answer that nobody has fetched is removed."""
PERMISSION_ADVICE = "Do it as the user that runs the bot, or as root."
_LEFT_BEHIND = re.compile(r"[0-9a-f]{16}\.(answer|lease|new[0-9a-f]{8})")
_OPEN_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@attrs.frozen
class Request:
    """A request of another process to the owner.

    Attributes:
        token: Identifies the request.
        action: Name of the operation.
        entry: Id of the entry.
    """

    token: str
    action: str
    entry: int


class RequestFolder:
    """Folder for requests to the owner of a file.

    Args:
        path: The file of the inbox.

    Attributes:
        tails: Files to which the owner appends what arrives; updated by ``take``.
    """

    def __init__(self, path: Path) -> None:
        self._inbox = Path(os.path.realpath(path))
        self._path = Path(f"{self._inbox}.requests")
        self.tails: tuple[Path, ...] = ()

    def take(self) -> Iterator[Request]:
        """Claim the requests that wait, oldest first; called by the owner."""
        if not self._is_trusted():
            self.tails = ()
            return
        now = time.time()
        found: list[tuple[float, Path]] = []
        tails: list[Path] = []
        with suppress(OSError):
            for file in self._path.iterdir():
                with suppress(OSError):
                    modified = file.lstat().st_mtime
                    if file.suffix == ".request":
                        found.append((modified, file))
                    elif file.suffix == ".tail":
                        tails += self._is_followed(file, now)
                    elif now - modified > STALE and _LEFT_BEHIND.fullmatch(file.name):
                        file.unlink()
        self.tails = tuple(tails)
        for _, file in sorted(found):
            with suppress(OSError):
                content = _read(file)
                file.unlink()  # from now on it cannot be withdrawn
                if (request := _parse(file.stem, content)) is not None:
                    yield request

    def append(self, copy: dict[str, object]) -> None:
        """Append a copy of what has arrived to the tails; called by the owner."""
        line = json.dumps(copy, ensure_ascii=False).encode(errors="backslashreplace")
        line = b"\n" + line + b"\n"  # the line before may have been cut by a full disk
        for file in self.tails:
            with suppress(OSError), open(file, "ab", opener=_open_existing) as opened:
                opened.write(line)

    @asynccontextmanager
    async def followed(self) -> AsyncGenerator[Path]:
        """Create a file to which the owner appends what arrives during the block; ``touch`` renews its lease."""
        token = secrets.token_hex(8)
        tail, lease = self._path / f"{token}.tail", self._path / f"{token}.lease"
        try:
            self._put(lease, {})
            os.close(os.open(tail, os.O_CREAT | os.O_EXCL | os.O_RDONLY, 0o600))  # it will contain private messages
            self._hand_over(tail)
            yield tail
        except OSError as error:
            raise self._unavailable(error) from error
        finally:
            self._clean(tail, lease)

    def touch(self, tail: Path) -> bool:
        """Renew the lease of a tail.

        Args:
            tail: The file, as ``followed`` has created it.

        Returns:
            False if the owner has ended it, because the lease was old: this process, or the computer, was suspended.

        Raises:
            InboxUnavailableError: The lease cannot be written to.
        """
        try:
            os.utime(tail.with_suffix(".lease"))
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._unavailable(error) from error
        return True

    def _is_followed(self, tail: Path, now: float) -> list[Path]:
        """Return the tail if its lease is young; otherwise remove both."""
        lease = tail.with_suffix(".lease")
        if now - lease.lstat().st_mtime < LEASE and tail.lstat().st_size < TAIL_BYTES:
            return [tail]
        for file in tail, lease:
            with suppress(OSError):
                file.unlink()
        return []

    def answer(self, request: Request, error: str | None, *, refused: bool = False) -> None:
        """Write the outcome for the requester; called by the owner.

        Args:
            request: The request.
            error: Why it failed; None if it was executed.
            refused: Whether the request itself is wrong, and not the inbox.
        """
        with suppress(OSError):  # the requester reports that there is no answer
            self._write(self._path / f"{request.token}.answer", {"error": error, "refused": refused})

    async def ask(self, action: str, entry: int, *, timeout: float) -> None:
        """Ask the owner to do something, and wait until it is done.

        Args:
            action: Name of the operation.
            entry: Id of the entry.
            timeout: Seconds until the request is withdrawn.

        Raises:
            InvalidArgumentError: The owner refuses, for example because no entry has the id.
            InboxUnavailableError: There is no answer, or the owner cannot write.
        """
        token = secrets.token_hex(8)
        request, answer = self._path / f"{token}.request", self._path / f"{token}.answer"
        try:
            self._put(request, {"action": action, "entry": entry})
            deadline = anyio.current_time() + timeout
            while not answer.exists():
                if anyio.current_time() > deadline and _withdraw(request):
                    raise InboxUnavailableError(
                        f"the process that uses the inbox did not answer within {timeout:g} seconds; nothing was "
                        "changed"
                    )
                if anyio.current_time() > deadline + timeout:
                    raise InboxUnavailableError(
                        "the process that uses the inbox took the request and ended without an answer; look at the "
                        "entry again"
                    )
                await anyio.sleep(POLL)
            outcome = _object(_read(answer))
        except OSError as error:
            raise self._unavailable(error) from error
        finally:
            self._clean(request, answer)
        if outcome.get("error") is not None:
            kind = InvalidArgumentError if outcome.get("refused") else InboxUnavailableError
            raise kind(str(outcome["error"]))

    def _unavailable(self, error: OSError) -> InboxUnavailableError:
        unavailable = InboxUnavailableError(f"cannot write to {self._path}: {error.strerror or error}")
        if isinstance(error, PermissionError):
            unavailable.advice = PERMISSION_ADVICE
        return unavailable

    def _put(self, request: Path, content: dict[str, object]) -> None:
        for attempt in range(10):
            try:
                self._path.mkdir(mode=0o770, exist_ok=True)
                self._hand_over(self._path)
                self._write(request, content)
            except FileNotFoundError:  # another requester has just removed the empty folder
                if attempt == 9 or not self._path.parent.is_dir():
                    raise
            else:
                return

    def _is_trusted(self) -> bool:
        """Return whether there is a folder, and only those can write to it who may."""
        try:
            status = self._path.lstat()
            if not stat.S_ISDIR(status.st_mode) or (os.name == "posix" and status.st_mode & stat.S_IWOTH):
                return False
            if os.name != "posix" or status.st_uid in {os.geteuid(), 0}:
                return True
            inbox = self._inbox.stat()
        except OSError:
            return False
        is_shared = bool(inbox.st_mode & stat.S_IWGRP) and status.st_gid == inbox.st_gid
        return status.st_uid == inbox.st_uid or is_shared

    def _write(self, path: Path, content: dict[str, object]) -> None:
        """Write a file that is complete as soon as it has its name."""
        temporary = path.with_suffix(f".new{secrets.token_hex(4)}")
        temporary.write_text(json.dumps(content), "utf-8")
        self._hand_over(temporary)
        temporary.replace(path)

    def _hand_over(self, path: Path) -> None:
        """Give what root has created to the user of the inbox, whose process must be able to remove it."""
        if os.name == "posix" and os.geteuid() == 0:
            status = self._inbox.stat()
            os.chown(path, status.st_uid, status.st_gid, follow_symlinks=False)

    def _clean(self, *files: Path) -> None:
        for file in files:
            with suppress(OSError):
                file.unlink()
        with suppress(OSError):
            self._path.rmdir()


def _withdraw(request: Path) -> bool:
    try:
        request.unlink()
    except FileNotFoundError:
        return False
    return True


def _open_existing(path: str, flags: int) -> int:
    """Open a file that exists: one that was just removed must not come back."""
    return os.open(path, (flags & ~os.O_CREAT) | _OPEN_FLAGS)


def _read(path: Path) -> bytes:
    with open(path, "rb", opener=_open_existing) as file:
        return file.read(MAX_BYTES)


def _parse(token: str, content: bytes) -> Request | None:
    fields = _object(content)
    action, entry = fields.get("action"), fields.get("entry")
    return Request(token, action, entry) if isinstance(action, str) and type(entry) is int else None


def _object(content: bytes) -> dict[str, Any]:
    try:
        parsed: Any = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else {}
