"""Protocol for clients that come and go."""

from collections.abc import Sequence
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from greenapi_async.processing.client_protocol import ProcessClient
from greenapi_async.processing.instances import Removal

__all__ = ["ClientSource", "ClientSourceRun"]


class ClientSourceRun(Protocol):
    """Part of a run that a ``ClientSource`` uses."""

    @property
    def clients(self) -> Sequence[ProcessClient]:
        """The clients that are served at the moment."""
        ...

    def add(self, client: ProcessClient) -> None:
        """See ``Processing.add``."""
        ...

    def remove(self, id_instance: int) -> Removal:
        """See ``Processing.remove``."""
        ...


@runtime_checkable
class ClientSource(Protocol):
    """Clients that come and go; ``Fleet`` is an implementation.

    As a context manager, it keeps its clients open: the run leaves it when the last handler has finished.
    """

    async def follow(self, run: ClientSourceRun) -> None:
        """Add clients to a run and remove them until cancelled.

        Args:
            run: The run.
        """
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
