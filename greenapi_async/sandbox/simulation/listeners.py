"""Who wants to know when something changed."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import attrs


@attrs.define(eq=False)
class Listeners:
    """Callbacks, each for as long as somebody listens."""

    _callbacks: list[Callable[[], None]] = attrs.field(factory=list[Callable[[], None]], init=False)

    @contextmanager
    def listening(self, callback: Callable[[], None]) -> Generator[None]:
        """Call back at each change, until the block ends."""
        self._callbacks.append(callback)
        try:
            yield
        finally:
            self._callbacks.remove(callback)

    def tell(self) -> None:
        """Call all of them back."""
        for callback in tuple(self._callbacks):
            callback()
