"""The command that records a real instance."""

import logging
import os
from pathlib import Path
from typing import Annotated, Final

import anyio
import typer

from greenapi_async.cli.terminal import Terminal
from greenapi_async.cli.text import moment, plain
from greenapi_async.client import Client
from greenapi_async.errors import GreenAPIError
from greenapi_async.http.retry import Retry
from greenapi_async.processing.signals import handle_shutdown_signals
from greenapi_async.recordings import Cleaning, Recorded, Recorder, RecordingFile, open_recording
from greenapi_async.recordings import hide_phones as hidden
from greenapi_async.recordings.permutation import Digits

__all__ = ["record"]

CONNECTS: Final = 5.0
"""Seconds in which the server must be reached at the beginning; later an outage of any length is waited out."""
SHARED: Final = """\
Each notification is deleted at the server once it is in the file. A bot, or
anything else that receives from this instance meanwhile, misses those that are
recorded here, and those that it gets are missing in the recording."""


def record(
    file: Annotated[Path, typer.Argument(help="Where to; it is appended to, and made if it is not there.")],
    hide_phones: Annotated[
        bool, typer.Option("--hide-phones", help="Replace each phone number by another, the same everywhere.")
    ] = False,
    key: Annotated[
        str | None,
        typer.Option(
            help="With --hide-phones: a word of 12 characters or more, with which the recording can be gone on with. "
            "Without it a random key is used and forgotten.",
            envvar="GREENAPI_RECORDING_KEY",
            show_envvar=True,
        ),
    ] = None,
) -> None:
    """Record what a real instance delivers into a file, until Ctrl-C.

    The instance is that of GREENAPI_ID_INSTANCE and GREENAPI_API_TOKEN_INSTANCE. Recording takes the notifications out
    of its queue.
    """
    _log()
    session = _Session(file, hide=hide_phones, key=key)
    try:
        anyio.run(session.run)
    except KeyboardInterrupt:
        pass
    except GreenAPIError as error:
        if session.began:
            session.end()
        typer.echo(f"greenapi record: {error}", err=True)
        raise typer.Exit(1) from None
    session.end()


class _Session:
    def __init__(self, path: Path, *, hide: bool, key: str | None) -> None:
        self._console = Terminal(gone=self._stop)
        self._path = path
        self._hide = hide
        self._key = key
        self._recorder: Recorder | None = None

    @property
    def began(self) -> bool:
        """Whether recording had begun."""
        return self._recorder is not None

    async def run(self) -> None:
        """Record until a signal, or an error that a person must do something about."""
        async with Client.from_env() as client:
            with anyio.CancelScope() as scope:

                def stop_or_cancel(_: str) -> None:
                    if not self._stop():
                        scope.cancel()

                async with handle_shutdown_signals(stop_or_cancel, scope.cancel, override=True):
                    await self._record(client)

    def end(self) -> None:
        """Say how much was kept."""
        if self._recorder is None:
            self._console.print("Ended before anything was recorded.")
            return
        count = self._recorder.kept
        self._console.print(f"Ended. {count} notification{'' if count == 1 else 's'} kept in {self._path}.")

    async def _record(self, client: Client) -> None:
        settings = await client.with_options(retry=Retry(patience=CONNECTS)).get_settings()
        tokens = [os.environ["GREENAPI_API_TOKEN_INSTANCE"].strip(), settings.webhook_url_token or ""]
        file, key = open_recording(self._path, client.id_instance, hide_phones=self._hide, key=self._key)
        with file:
            digits = Digits(key) if key is not None else None
            clean = Cleaning(tokens, (lambda body: hidden(body, digits)) if digits else None)
            self._recorder = Recorder(client, file, clean, told=self._told)
            self._say(client.id_instance, file)
            await self._recorder.run()

    def _stop(self) -> bool:
        """End between two notifications; False where there is nothing to end so."""
        if self._recorder is None or self._recorder.stopped:
            return False
        self._recorder.stop()
        return True

    def _say(self, id_instance: int, file: RecordingFile) -> None:
        more = "" if file.empty else " more"
        self._console.print(f"Recording{more} of what instance {id_instance} delivers into {self._path}.")
        self._console.print(SHARED)
        phones = (
            "Phone numbers are replaced; names, texts and pictures' previews are not."
            if self._hide
            else "Phone numbers, names and texts are not; --hide-phones replaces phone numbers."
        )
        self._console.print(f"Tokens are removed, and the signatures of links.\n{phones}")
        self._console.print(f"The file holds people's letters.\nIts mode is {file.mode:04o}: {_readers(file.mode)}.")
        self._console.print("Ctrl-C ends it.\n")

    def _told(self, recorded: Recorded) -> None:
        self._console.print(f"{moment(recorded.at)}  {plain(recorded.fields.get('typeWebhook'))}")


def _readers(mode: int) -> str:
    return "others on this machine can read it" if mode & 0o077 else "only you can read it"


def _log() -> None:
    """Show what the loop says about contact lost and found."""
    logger = logging.getLogger("greenapi_async")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
