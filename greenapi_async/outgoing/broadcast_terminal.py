"""Progress of a broadcast as a bar in the terminal."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from greenapi_async.errors import MissingExtraError
from greenapi_async.outgoing.broadcast_progress import BroadcastProgress, BroadcastState

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["ProgressBar"]


class ProgressBar:
    """Bar on stderr while a block runs; call it with each change.

    Args:
        console: Where it is drawn; None is stderr.

    Raises:
        MissingExtraError: rich is not installed.
    """

    def __init__(self, console: "Console | None" = None) -> None:
        try:
            from rich import console as consoles  # noqa: PLC0415  optional
            from rich import progress  # noqa: PLC0415  optional
        except ImportError as error:
            raise MissingExtraError("cli", "rich") from error
        self._bar = progress.Progress(
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn("{task.fields[numbers]}", markup=False),
            console=console or consoles.Console(stderr=True),
            auto_refresh=False,
        )
        self._task: progress.TaskID | None = None

    def __call__(self, progress: BroadcastProgress) -> None:
        """Draw the numbers."""
        shown = {
            "delivered": progress.delivered + progress.read,
            "failed": progress.failed,
            "skipped": progress.skipped,
        }
        numbers = ", ".join(f"{count} {name}" for name, count in shown.items() if count)
        is_shown = progress.reason and progress.state is not BroadcastState.STOPPED  # the error or the log says why
        state = f"{progress.state}: {progress.reason}" if is_shown else str(progress.state)
        numbers = f"{numbers} ({state})" if numbers else f"({state})"
        if self._task is None:
            self._task = self._bar.add_task(progress.name, total=None, numbers=numbers)
        self._bar.update(self._task, total=progress.total or None, completed=progress.done, numbers=numbers)
        self._bar.refresh()

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()
