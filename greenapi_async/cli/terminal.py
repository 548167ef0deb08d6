"""Where the commands print to; whoever reads it may go away, as in ``greenapi record file.jsonl | head``."""

import os
import sys
from collections.abc import Callable

from rich.console import Console

__all__ = ["Terminal"]


class Terminal(Console):
    """A console that prints text as it is, and nothing more once nobody reads it; ``gone`` is called then."""

    def __init__(self, gone: Callable[[], object] = lambda: None) -> None:
        super().__init__(highlight=False, soft_wrap=True, markup=False)
        self._gone = gone

    def on_broken_pipe(self) -> None:
        """Stop printing."""
        self.quiet = True
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())  # or the interpreter complains at its end
        os.close(nowhere)
        self._gone()
