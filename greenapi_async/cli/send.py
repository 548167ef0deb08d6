"""The work of the command ``greenapi send``."""

import os
import re
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

import anyio
import attrs

from greenapi_async.cli.progress import Progress
from greenapi_async.cli.recipients import resolve_chat
from greenapi_async.cli.run import Session
from greenapi_async.cli.terminal import interruptible
from greenapi_async.client import Client
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.outbox import Outbox
from greenapi_async.models.sent import Sent

__all__ = ["Outgoing", "open_outbox", "send_message"]

MAX_TEXT: Final = 1_000_000
"""Characters read from stdin."""


@attrs.frozen(kw_only=True)
class Outgoing:
    """A message to send.

    Attributes:
        chat: Phone number or chat id.
        text: Text, caption, question or name.
        file: Path or URL of a file.
        options: Options of a poll.
        multiple: Whether the poll allows several answers.
        location: Latitude and longitude.
        quote: Id of the message to quote.
        once: Idempotency key; None sends in any case.
    """

    chat: str
    text: str | None
    file: str | None
    options: tuple[str, ...]
    multiple: bool
    location: str | None
    quote: str | None
    once: str | None


async def send_message(session: Session, outgoing: Outgoing, outbox: str | None) -> None:
    """Send a message and print its id.

    Args:
        session: The session.
        outgoing: What to send.
        outbox: Where the key is remembered; None for the default.

    Raises:
        InvalidArgumentError: The options contradict each other; nothing was sent.
    """
    kinds = [name for name in ("file", "options", "location") if getattr(outgoing, name)]
    names = {"file": "--file", "options": "--option", "location": "--location"}
    if len(kinds) > 1:
        raise InvalidArgumentError(f"{' and '.join(names[kind] for kind in kinds)} exclude each other")
    if outgoing.multiple and not outgoing.options:
        raise InvalidArgumentError("--multiple is for polls; give their options with --option")
    once, file = outgoing.once, outgoing.file
    if once is not None and (outgoing.location is not None or (file is not None and not _is_url(file))):
        other = "the path of a file" if outgoing.location is None else "--location"
        raise InvalidArgumentError(f"--once is for texts, polls and files by URL; it cannot be combined with {other}")
    if outbox is not None and once is None:
        raise InvalidArgumentError("--outbox remembers the keys of --once, which is missing")
    text = _read_stdin(session) if outgoing.text == "-" else outgoing.text
    async with AsyncExitStack() as stack:
        opened = None if once is None else await stack.enter_async_context(open_outbox(outbox))
        client = await stack.enter_async_context(session.client(outbox=opened))
        chat = await resolve_chat(client, outgoing.chat)
        with _interruption_named(session):
            sent = await _send(session, client, outgoing, chat, text)
    session.output.document({"idMessage": sent.id_message, "chatId": chat})
    session.output.line(str(sent.id_message))


@contextmanager
def _interruption_named(session: Session) -> Generator[None]:
    """Say after Ctrl-C that the request may have left."""
    try:
        yield
    except anyio.get_cancelled_exc_class():
        session.output.note(
            "greenapi send: interrupted; the message may have been sent. Look into the chat and the queue before "
            "sending it again."
        )
        raise


async def _send(session: Session, client: Client, outgoing: Outgoing, chat: str, text: str | None) -> Sent:
    quote = outgoing.quote
    if outgoing.file is not None:
        return await _send_file(session, client, outgoing, chat, text)
    if outgoing.location is not None:
        latitude, longitude = _coordinates(outgoing.location)
        return await client.send_location(chat, latitude, longitude, name_location=text, quoted_message_id=quote)
    if not text:
        raise InvalidArgumentError("Missing argument 'text'. See greenapi send --help")
    if outgoing.options:
        return await client.send_poll(
            chat,
            text,
            outgoing.options,
            multiple_answers=outgoing.multiple or None,
            quoted_message_id=quote,
            once=outgoing.once,
        )
    return await client.send_message(chat, text, quoted_message_id=quote, once=outgoing.once)


async def _send_file(session: Session, client: Client, outgoing: Outgoing, chat: str, text: str | None) -> Sent:
    file = outgoing.file or ""
    if _is_url(file):
        name = file.partition("?")[0].rstrip("/").rpartition("/")[2]
        return await client.send_file_by_url(
            chat, file, name, caption=text, quoted_message_id=outgoing.quote, once=outgoing.once
        )
    path = Path(file)
    progress = Progress(session.output, f"upload {path.name}", _file_size(path))
    try:
        return await client.send_file_by_upload(
            chat,
            path,
            caption=text,
            quoted_message_id=outgoing.quote,
            progress=lambda done, _: progress.reach(done),
        )
    finally:
        progress.finish()


def _is_url(file: str) -> bool:
    return re.match("https?://", file) is not None


@asynccontextmanager
async def open_outbox(location: str | None) -> AsyncGenerator[Outbox]:
    """Open what remembers idempotency keys.

    Args:
        location: A file, or the connection string of a PostgreSQL database; None for the default file.
    """
    if location is not None and re.match("postgres(ql)?://", location):
        from greenapi_async.inbox.postgres.inbox import PostgresInbox  # noqa: PLC0415  it requires an extra

        async with PostgresInbox(location) as shared:
            yield shared.outbox
        return
    from greenapi_async.cli.outbox_file import OutboxFile  # noqa: PLC0415  not every Python has sqlite3

    outbox = OutboxFile(location or _default_outbox())
    await outbox.check()
    yield outbox


def _file_size(path: Path) -> int:
    try:
        if path.is_file():
            return path.stat().st_size
    except OSError as error:
        raise InvalidArgumentError(f"{path} cannot be read: {error.strerror}") from None
    raise InvalidArgumentError(f"there is no file {path}")


def _default_outbox() -> Path:
    folder = Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state") / "greenapi"
    try:
        folder = folder.expanduser()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except (OSError, RuntimeError):  # RuntimeError: there is no home directory
        raise InvalidArgumentError(
            f"{folder} cannot be created; name a file for the keys with --outbox. Nothing was sent"
        ) from None
    return folder / "outbox.db"


def _read_stdin(session: Session) -> str:
    try:
        with interruptible():
            if sys.stdin.isatty():
                session.output.note("Type the text. Ctrl-D on a line of its own ends it; Ctrl-C sends nothing.")
            text = sys.stdin.read(MAX_TEXT).rstrip("\n")
        text.encode()
    except UnicodeError:
        raise InvalidArgumentError("standard input is not a UTF-8 text; nothing was sent") from None
    return text


def _coordinates(value: str) -> tuple[float, float]:
    try:
        latitude, longitude = (float(part) for part in value.split(","))
    except ValueError:
        raise InvalidArgumentError(
            f"--location is {value!r}; expected latitude,longitude, for example 55.7558,37.6173"
        ) from None
    return latitude, longitude
