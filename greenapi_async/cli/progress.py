"""Progress of long work: one line on stderr that is rewritten, on terminals only."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from greenapi_async.cli.output import Output

__all__ = ["Progress"]

T = TypeVar("T")

WIDTH: Final = 30
DELAY: Final = 1.0
"""Seconds of work before anything is shown."""
INTERVAL: Final = 0.1


class Progress:
    """A progress bar, shown if the work takes longer than a second."""

    def __init__(self, output: Output, title: str, total: int = 0) -> None:
        """Create the bar.

        Args:
            output: The output of the command; with JSON nothing is shown.
            title: What is done.
            total: Number of steps; 0 if it is not known.
        """
        self._title = title
        self._total = total
        self._done = 0
        self._started = self._drawn = time.monotonic()
        self._is_shown = not output.json and sys.stderr.isatty()
        self._has_drawn = False

    def over(self, items: Sequence[T]) -> Iterator[T]:
        """Yield items, one step each."""
        self._total = len(items)
        for item in items:
            yield item
            self.advance()
        self.finish()

    def advance(self, steps: int = 1) -> None:
        """Note that steps are done."""
        self.reach(self._done + steps)

    def reach(self, done: int) -> None:
        """Note how many steps are done."""
        self._done = done
        now = time.monotonic()
        if self._is_shown and now - self._started > DELAY and now - self._drawn > INTERVAL:
            self._drawn = now
            self._draw()

    def finish(self) -> None:
        """Remove the bar."""
        if self._has_drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _draw(self) -> None:
        self._has_drawn = True
        bar = ""
        if self._total:
            filled = min(self._done, self._total) * WIDTH // self._total
            bar = f" [{'#' * filled}{'.' * (WIDTH - filled)}] of {self._total:,}"
        sys.stderr.write(f"\r\x1b[K{self._title}: {self._done:,}{bar}")
        sys.stderr.flush()
