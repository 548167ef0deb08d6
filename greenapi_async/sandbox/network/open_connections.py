"""The registry of open connections, so that a shutdown can end all of them."""

from collections.abc import Generator
from contextlib import contextmanager

import anyio

__all__ = ["OpenConnections"]


class OpenConnections:
    """The cancel scopes of the connections that are being served."""

    def __init__(self) -> None:
        self.closed = False
        self._scopes: set[anyio.CancelScope] = set()

    def close(self) -> None:
        """Cancel every connection, including later ones."""
        self.closed = True
        for scope in tuple(self._scopes):
            scope.cancel()

    @contextmanager
    def registered(self, scope: anyio.CancelScope) -> Generator[None]:
        """Register a connection until the block ends."""
        self._scopes.add(scope)
        if self.closed:
            scope.cancel()
        try:
            yield
        finally:
            self._scopes.discard(scope)
