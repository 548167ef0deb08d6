"""Free ports for servers that cannot choose one themselves."""

import contextlib
import secrets
import socket

__all__ = ["free_port"]


def free_port() -> int:
    """Return a free port below those that the kernel gives out, so that nothing else gets it before the server."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)  # not random, which pytest-randomly seeds alike in all processes
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
