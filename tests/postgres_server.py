"""A real PostgreSQL server of its own for tests, from Debian's package, on loopback."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

import psycopg
import pytest

from tests.free_port import free_port

__all__ = ["PostgresServer", "find_postgres"]


def find_postgres() -> Path:
    """Return the folder of the server's programs; skip the test if there is none."""
    if os.name != "posix":
        pytest.skip("the PostgreSQL tests need a POSIX system")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    program = Path(shutil.which("postgres") or (found[-1] if found else "/nonexistent"))
    if not program.exists():
        pytest.skip("PostgreSQL is not installed; apt-get install postgresql")
    return program.parent


class PostgresServer:
    """A server with its data in a folder of its own, which is removed at the end.

    Args:
        settings: More settings, as in ``{"max_connections": "200"}``.
    """

    def __init__(self, settings: dict[str, str] | None = None) -> None:
        self._programs = find_postgres()
        self._folder = Path(tempfile.mkdtemp(prefix="greenapi-postgres-"))  # pytest's folders are closed to others
        self._data = self._folder / "data"
        self._log = self._folder / "log"
        self._settings = settings or {}
        self._user = "postgres" if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        options = ["--auth=trust", "--username=greenapi", "--encoding=UTF8", "--no-sync", "--no-locale"]
        command: list[str | Path] = [self._programs / "initdb", *options, "-D", self._data]
        subprocess.run(command, check=True, user=self._user, stdout=subprocess.DEVNULL)

    @property
    def dsn(self) -> str:
        return f"postgresql://greenapi@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": "off",  # the machine goes on when the server is killed
            **self._settings,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            command: list[str | Path] = [self._programs / "postgres", "-D", self._data, *options]
            self._process = subprocess.Popen(command, user=self._user, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.dsn, connect_timeout=5).close()
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"PostgreSQL does not start: {self._log.read_text()[-2000:]}")
                time.sleep(0.05)  # the server has no other way to tell that it is ready
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server: SIGINT disconnects the clients, SIGQUIT ends without a checkpoint, as a crash does."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def restart(self, how: signal.Signals = signal.SIGINT) -> None:
        self.stop(how)
        self.start()

    def cpu_seconds(self) -> float:
        """Return the CPU time of all processes of the server that run now, and of those that have ended (Linux)."""
        assert self._process is not None
        main = str(self._process.pid)
        ticks = 0
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except OSError:  # it has ended
                continue
            if path.parent.name == main:
                ticks += sum(map(int, fields[11:15]))  # with its children that have ended
            elif fields[1] == main:
                ticks += sum(map(int, fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder)
