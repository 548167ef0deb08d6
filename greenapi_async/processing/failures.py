"""Whether what a handler raised is a failed attempt, or ends the run."""

import asyncio

import anyio
import anyio.lowlevel

__all__ = ["ends_run"]


async def ends_run(error: BaseException, run_task: "asyncio.Task[object] | None", cancelling: int) -> bool:
    """Check whether an exception ends the run: KeyboardInterrupt and real cancellation, also inside a group.

    Everything else is a failed attempt: exceptions, SystemExit (``argparse``), GeneratorExit, other subclasses of
    BaseException, and a cancellation of the handler's own making.

    Args:
        error: What the handler raised.
        run_task: On asyncio, the task that runs ``process``.
        cancelling: Its pending cancellations when the run began.

    Raises:
        BaseException: The cancellation, if the current task is cancelled.
    """
    if isinstance(error, GeneratorExit) and not _in_task():
        return True  # the event loop is gone, and this coroutine is being closed
    if _contains(error, KeyboardInterrupt):
        return True
    await anyio.lowlevel.checkpoint_if_cancelled()
    return (
        run_task is not None
        and run_task.cancelling() > cancelling
        and _contains(error, anyio.get_cancelled_exc_class())
    )


def _contains(error: BaseException, kind: type[BaseException]) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return error.subgroup(kind) is not None
    return isinstance(error, kind)


def _in_task() -> bool:
    try:
        anyio.get_current_task()
    except (RuntimeError, LookupError):
        return False
    return True
