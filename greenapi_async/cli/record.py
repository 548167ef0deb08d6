"""The work of the command ``greenapi record``."""

import logging
from pathlib import Path
from typing import Final

import anyio
import typer

from greenapi_async.cli.configuration import Configuration
from greenapi_async.cli.output import Output
from greenapi_async.cli.patience import Patience
from greenapi_async.cli.run import TIMEOUT
from greenapi_async.cli.text import counted, format_time, printable, terminal_advice
from greenapi_async.client import Client
from greenapi_async.errors import GreenAPIError
from greenapi_async.processing.signals import handle_shutdown_signals
from greenapi_async.testing.recordings import RecordedNotification, Recorder, RecordingFile, Redactor, open_recording
from greenapi_async.testing.recordings import hide_phones as replace_phones
from greenapi_async.testing.recordings.permutation import DigitPermutation

__all__ = ["run_record"]

CONNECT_TIMEOUT: Final = 5.0
"""Seconds in which a connection must be possible at the start. Later outages of any length are retried with backoff."""
SHARED_QUEUE_NOTICE: Final = """\
Each notification is deleted on the server once it is in the file. If a bot or
another program receives from this instance at the same time, each of them gets
only a part of the notifications."""


def run_record(configuration: Configuration, path: Path, *, hide_phones: bool, key: str | None, json: bool) -> int:
    """Record until Ctrl-C, and print how many notifications were recorded.

    Args:
        configuration: The instance.
        path: File to append to.
        hide_phones: Whether to replace phone numbers by pseudonyms.
        key: Passphrase for the pseudonyms; None uses a random key.
        json: Whether to print only a summary, as JSON.

    Returns:
        The exit status.

    Raises:
        InvalidArgumentError: The instance is not configured.
    """
    _enable_logging()
    session = _Session(configuration, path, hide=hide_phones, key=key, json=json)
    try:
        anyio.run(session.run)
    except KeyboardInterrupt:
        pass
    except GreenAPIError as error:
        if not session.has_started:
            raise
        session.print_summary()
        typer.echo(f"greenapi record: {terminal_advice(str(error))}", err=True)
        return 1
    session.print_summary()
    return 0


class _Session:
    def __init__(self, configuration: Configuration, path: Path, *, hide: bool, key: str | None, json: bool) -> None:
        self._configuration = configuration
        self._output = Output(json=json, secrets=configuration.secrets, on_closed=self._stop)
        self._path = path
        self._hide = hide
        self._key = key
        self._recorder: Recorder | None = None

    @property
    def has_started(self) -> bool:
        """True once recording has started."""
        return self._recorder is not None

    async def run(self) -> None:
        """Record until a signal or an error that needs intervention."""
        async with self._configuration.client() as client:
            with anyio.CancelScope() as scope:

                def stop_or_cancel(_: str) -> None:
                    if not self._stop():
                        scope.cancel()

                async with handle_shutdown_signals(stop_or_cancel, scope.cancel, override=True):
                    await self._record(client)

    def print_summary(self) -> None:
        """Print how many notifications were recorded."""
        count = 0 if self._recorder is None else self._recorder.count
        self._output.document({"file": str(self._path), "recorded": count})
        if self._recorder is None:
            self._output.line("Stopped before recording started.")
            return
        self._output.line(f"Stopped. {counted(count, 'notification')} recorded in {self._path}.")

    async def _record(self, client: Client) -> None:
        asking = client.with_options(retry=Patience(patience=CONNECT_TIMEOUT), timeout=TIMEOUT)
        settings = await asking.get_settings()
        tokens = [*self._configuration.secrets, settings.webhook_url_token or ""]
        file, key = open_recording(self._path, client.id_instance, hide_phones=self._hide, key=self._key)
        with file:
            permutation = DigitPermutation(key) if key is not None else None
            redact = Redactor(tokens, (lambda body: replace_phones(body, permutation)) if permutation else None)
            self._recorder = Recorder(client, file, redact, on_recorded=self._print_recorded)
            self._print_introduction(client.id_instance, file)
            await self._recorder.run()

    def _stop(self) -> bool:
        """Stop between two notifications; return False if recording has not started or is already stopping."""
        if self._recorder is None or self._recorder.stopped:
            return False
        self._recorder.stop()
        return True

    def _print_introduction(self, id_instance: int, file: RecordingFile) -> None:
        continuing = "" if file.is_empty else " (continuing)"
        self._output.line(f"Recording instance {id_instance} to {self._path}{continuing}.")
        self._output.line(SHARED_QUEUE_NOTICE)
        self._output.line("Tokens and the signatures of links are removed.")
        self._output.line(
            "Phone numbers are replaced. Names, texts and image previews are kept."
            if self._hide
            else "Phone numbers, names and texts are kept; --hide-phones replaces phone numbers."
        )
        access = "other users of this machine can read it" if file.mode & 0o077 else "only you can read it"
        self._output.line(f"The file contains private messages.\nIts mode is {file.mode:04o}: {access}.")
        self._output.line("Press Ctrl-C to stop.\n")

    def _print_recorded(self, recorded: RecordedNotification) -> None:
        self._output.line(f"{format_time(recorded.at)}  {printable(recorded.fields.get('typeWebhook'))}")


def _enable_logging() -> None:
    """Print log records, such as lost and restored contact with the API, to stderr."""
    logger = logging.getLogger("greenapi_async")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
