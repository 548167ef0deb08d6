"""Callbacks for changes: the observer pattern."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import attrs

__all__ = ["Listeners"]


@attrs.define(eq=False)
class Listeners:
    """The callbacks that are currently registered for one kind of change."""

    _callbacks: list[Callable[[], None]] = attrs.field(factory=list[Callable[[], None]], init=False)

    @contextmanager
    def listening(self, callback: Callable[[], None]) -> Generator[None]:
        """Call `callback` at every change until the block ends."""
        self._callbacks.append(callback)
        try:
            yield
        finally:
            self._callbacks.remove(callback)

    def __getstate__(self) -> dict[str, object]:
        """Return the state without the callbacks, which belong to the process."""
        return {"_callbacks": []}

    def __setstate__(self, state: dict[str, object]) -> None:
        self._callbacks = []

    def notify(self) -> None:
        """Call every registered callback."""
        for callback in tuple(self._callbacks):
            callback()
