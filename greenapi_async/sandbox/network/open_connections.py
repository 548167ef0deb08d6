"""The connections under way, so that all of them can be ended at once."""

from collections.abc import Generator
from contextlib import contextmanager

import anyio


class Live:
    """Hold what can be cancelled."""

    def __init__(self) -> None:
        self.closed = False
        self._scopes: set[anyio.CancelScope] = set()

    def close(self) -> None:
        """Cancel all that is held, and whatever comes later."""
        self.closed = True
        for scope in tuple(self._scopes):
            scope.cancel()

    @contextmanager
    def holding(self, scope: anyio.CancelScope) -> Generator[None]:
        """Hold one for as long as the block lasts."""
        self._scopes.add(scope)
        if self.closed:
            scope.cancel()
        try:
            yield
        finally:
            self._scopes.discard(scope)
