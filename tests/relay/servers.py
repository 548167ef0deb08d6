"""Real brokers as processes of a test: started on a free port, killed, and started again with the same data."""

import os
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

import pytest

from tests.free_port import free_port

PATIENCE = 40.0
"""Seconds for a server to start: RabbitMQ takes ten on a busy machine."""


class Server(ABC):
    """A broker with its data in a folder; a context manager that stops it."""

    program: str
    package: str

    def __init__(self, folder: Path) -> None:
        found = shutil.which(self.program) or shutil.which(self.program, path="/usr/sbin:/usr/local/sbin")
        if found is None:
            pytest.skip(f"{self.program} is not on the PATH; apt-get install {self.package}")
        self.path = found
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str: ...

    @abstractmethod
    def command(self) -> list[str]: ...

    def environment(self) -> dict[str, str] | None:
        return None

    def is_ready(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def start(self) -> None:
        with (self.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                self.command(), stdout=output, stderr=output, env=self.environment(), start_new_session=True
            )
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._process.poll() is None:
            if self.is_ready():
                return
            time.sleep(0.02)  # waits for another process
        pytest.fail(f"{self.program} does not start: {(self.folder / 'output').read_text(errors='replace')[-2000:]}")

    def kill(self) -> None:
        """Kill the server without warning."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.kill()


class NatsServer(Server):
    program = "nats-server"
    package = "nats-server"

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        return [self.path, "-js", "-a", "127.0.0.1", "-p", str(self.port), "-sd", str(self.folder / "jetstream")]


class RedisServer(Server):
    program = "redis-server"
    package = "redis-server"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        durable = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        return [self.path, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), *durable]


class RabbitServer(Server):
    """RabbitMQ without Debian's wrapper, which needs root; with a name server (epmd) of its own."""

    program = "rabbitmq-server"
    package = "rabbitmq-server"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.path = "/usr/lib/rabbitmq/bin/rabbitmq-server"
        if not Path(self.path).exists():
            pytest.skip(f"{self.path} does not exist; it is Debian's place of RabbitMQ")
        self._name_server_port = free_port()
        self._distribution_port = free_port()
        (folder / "plugins").write_text("[rabbitmq_consistent_hash_exchange].\n")

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def command(self) -> list[str]:
        return [self.path]

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._name_server_port),
            "ERL_EPMD_RELAXED_COMMAND_CHECK": "true",  # it can be stopped while it believes that the node lives
            "RABBITMQ_NODENAME": f"relay{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
        }

    def is_ready(self) -> bool:
        """Check for the greeting: the port is open before the node is."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(b"AMQP\0\0\x09\x01")
                return connection.recv(1) == b"\x01"
        except OSError:
            return False

    def __exit__(self, *unused: object) -> None:
        super().__exit__(*unused)
        name_server = shutil.which("epmd")
        if name_server is not None:
            stop = [name_server, "-port", str(self._name_server_port), "-kill"]
            subprocess.run(stop, check=False, capture_output=True, env={"ERL_EPMD_ADDRESS": "127.0.0.1"})
