"""A real Redis server of its own for tests, from Debian's package, on loopback; it keeps nothing on disk."""

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

import pytest

from tests.free_port import free_port

__all__ = ["RedisServer"]


class RedisServer:
    """A server with a folder of its own, which is removed at the end; skips the test if there is no redis-server."""

    def __init__(self) -> None:
        self._program = shutil.which("redis-server")
        if self._program is None:
            pytest.skip("redis-server is not on the PATH; apt-get install redis-server")
        self._folder = Path(tempfile.mkdtemp(prefix="greenapi-redis-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    def start(self) -> None:
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--logfile", "log"]
        self._process = subprocess.Popen([str(self._program), *options], cwd=self._folder, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail("redis-server does not start")
                time.sleep(0.02)  # the server has no other way to tell that it is ready
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the server; SIGKILL ends it as a crash does."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(20)
            self._process = None

    def command(self, words: str) -> bytes:
        """Execute a command, and return the reply as it is on the wire."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(f"{words}\r\n".encode())
            return connection.recv(1000)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder)
