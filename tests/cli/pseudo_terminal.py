"""Pseudo-terminals: what a person sees, for commands in this process and in one of their own."""

import contextlib
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from .conftest import Terminal


class Screen:
    """What a terminal shows. It is read all the time, as a terminal does."""

    def __init__(self, parent: int) -> None:
        self._parent = parent
        self._shown = bytearray()
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def text(self) -> str:
        """Wait until all programs have closed the terminal; return what it shows."""
        self._reader.join(60)
        assert not self._reader.is_alive(), self._shown
        return self._shown.decode().replace("\r\n", "\n")

    def wait_for(self, text: str) -> None:
        """Wait until the terminal shows a text."""
        with self._changed:
            assert self._changed.wait_for(lambda: text.encode() in self._shown, 60), self._shown

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # the end of a terminal
            while data := os.read(self._parent, 4096):
                with self._changed:
                    self._shown += data
                    self._changed.notify_all()


@contextmanager
def opened_terminal(typed: str = "") -> Generator[tuple[Screen, int]]:
    """Open a terminal in which something is typed; the block closes the end of the programs, which is yielded, too."""
    parent, child = pty.openpty()
    try:
        os.write(parent, typed.encode())
        yield Screen(parent), child
    finally:
        os.close(parent)


def in_terminal(terminal: Terminal, *command: str, typed: str = "", until: str = "", **variables: str) -> str:
    """Run a command as a process in a terminal.

    Args:
        terminal: Its folder and variables.
        command: The command.
        typed: What is typed.
        until: Text after which the process gets the signal of Ctrl-C; empty for none.
        variables: More variables.

    Returns:
        What the terminal shows.
    """
    environment = {**os.environ, "TERM": "xterm", "NO_PROXY": "*", **terminal.variables, **variables}
    with opened_terminal(typed) as (screen, child):
        with subprocess.Popen(
            [sys.executable, "-m", "greenapi_async", *command],
            stdin=child,
            stdout=child,
            stderr=child,
            cwd=terminal.folder,
            env=environment,
        ) as process:
            os.close(child)
            try:
                if until:
                    screen.wait_for(until)
                    _press_ctrl_c(process)
                else:
                    process.wait(60)
            finally:
                process.kill()
        return screen.text()


def _press_ctrl_c(process: "subprocess.Popen[bytes]") -> None:
    """Press Ctrl-C, once more if the process missed it; one that arrives just before a blocking read waits for it."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        process.wait(50)


def shown_in_process(monkeypatch: pytest.MonkeyPatch, *command: str, typed: str = "") -> tuple[int, str]:
    """Run a command in this process, with a terminal as its three streams; return its status and what is shown."""
    from greenapi_async.cli.commands import app
    from greenapi_async.cli.failures import run_app

    with opened_terminal(typed) as (screen, child), monkeypatch.context() as patched:
        with (
            os.fdopen(os.dup(child), encoding="utf-8") as stdin,
            os.fdopen(os.dup(child), "w", encoding="utf-8") as stdout,
            os.fdopen(child, "w", encoding="utf-8") as stderr,
        ):
            for name, stream in (("stdin", stdin), ("stdout", stdout), ("stderr", stderr)):
                patched.setattr(sys, name, stream)
            patched.setattr(sys, "argv", ["greenapi", *command])
            patched.setenv("TERM", "xterm")
            patched.delenv("NO_COLOR", raising=False)
            status = run_app(app)
        return status, screen.text()
