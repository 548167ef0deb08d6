"""Fleet: the clients of a run, as a source says.

The source yields complete sets of credentials. Each set is compared with the one before, by value: clients of instances
that are gone are removed from the run and closed when their last handler has finished; a client whose token or address
has changed is replaced; new ones are created and added. A set that cannot be used in part is used for the rest.
"""

import logging
from collections.abc import AsyncIterable, Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Self, Unpack

import anyio

from greenapi_async.base_client import ClientOptions
from greenapi_async.client import Client
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.fleet.credentials import Credentials
from greenapi_async.processing.client_source import ClientSource, ClientSourceRun

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

    from greenapi_async.processing.instances import Removal

__all__ = ["Fleet"]

logger = logging.getLogger("greenapi_async")


class Fleet(ClientSource):
    """Clients that come and go while a run serves them: ``run(router, clients=Fleet(source), inbox=...)``.

    A run of a fleet goes on without instances, and when all have failed. An instance that has failed is polled again
    when its credentials change, or when it is gone from one set and back in a later one. The fleet creates its clients
    and closes them. One run uses it at a time.

    Args:
        source: A list of credentials, which stays as it is; or an async iterable of complete sets of credentials, for
            example an ``InstanceTable``. If it ends or fails, the last set stays.
        create: Creates the client of an instance; None is ``Client`` with ``options``.
        **options: Keyword options of ``Client``, without ``create``.

    Raises:
        InvalidArgumentError: ``create`` and ``options`` are given, or ``source`` is neither.

    Example:
        >>> fleet = Fleet(InstanceTable("postgresql://..."), transport="aiohttp")
        >>> await run(router, clients=fleet, inbox=PostgresInbox("postgresql://..."))
    """

    def __init__(
        self,
        source: Iterable[Credentials] | AsyncIterable[Iterable[Credentials]],
        *,
        create: Callable[[Credentials], Client] | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        if create is not None and options:
            raise InvalidArgumentError(f"create is given, so {', '.join(options)} must be given to its clients")
        _check_source(source)
        self._source = source
        self._create = create or self._create_client
        self._options = options
        self._known: dict[int, Credentials] = {}
        self._clients: dict[int, Client] = {}
        self._closing: set[Client] = set()
        self._users = 0
        self._is_followed = False

    def __repr__(self) -> str:
        return f"<Fleet of {len(self._clients)} instance{'' if len(self._clients) == 1 else 's'}>"

    async def __aenter__(self) -> Self:
        self._users += 1
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._users -= 1
        if self._users:
            return
        clients = [*self._clients.values(), *self._closing]
        self._known.clear()
        self._clients.clear()
        self._closing.clear()
        for client in clients:
            await client.aclose()

    async def follow(self, run: ClientSourceRun) -> None:
        """Add and remove clients until cancelled; the run calls it.

        Args:
            run: The run.

        Raises:
            RuntimeError: Another run uses this fleet.
        """
        if self._is_followed:
            raise RuntimeError("another run uses this Fleet; create one for each run")
        self._is_followed = True
        try:
            async with anyio.create_task_group() as tasks:
                if isinstance(self._source, AsyncIterable):
                    await self._follow(self._source, run, tasks)
                else:
                    self._apply(self._source, run, tasks)
                await anyio.sleep_forever()
        finally:
            self._is_followed = False

    async def _follow(
        self, source: AsyncIterable[Iterable[Credentials]], run: ClientSourceRun, tasks: "TaskGroup"
    ) -> None:
        iterator = aiter(source)
        try:
            async for rows in iterator:
                self._apply(rows, run, tasks)
        except Exception:
            logger.exception("The source of a Fleet has failed; its last %d instances are served", len(self._known))
        else:
            logger.info("The source of a Fleet has ended; its last %d instances are served", len(self._known))
        finally:
            close = getattr(iterator, "aclose", None)
            if close is not None:
                with anyio.CancelScope(shield=True):
                    await close()

    def _apply(self, rows: Iterable[Credentials], run: ClientSourceRun, tasks: "TaskGroup") -> None:
        """Make the clients of the run those of a set."""
        wanted: dict[int, Credentials] = {}
        for row in rows:
            if wanted.setdefault(row.id_instance, row) != row:
                logger.warning(
                    "A Fleet has instance %d with different credentials; the first are used",
                    row.id_instance,
                    extra={"instance": row.id_instance},
                )
        for number in [number for number, known in self._known.items() if wanted.get(number) != known]:
            del self._known[number]
            self._remove(number, run, tasks)
        for number, credentials in wanted.items():
            if number not in self._known:
                self._known[number] = credentials
                self._add(credentials, run)

    def _add(self, credentials: Credentials, run: ClientSourceRun) -> None:
        number = credentials.id_instance
        fields = {"instance": number}
        try:
            client = self._create(credentials)
        except Exception as error:  # noqa: BLE001  the others are served
            logger.error("A Fleet cannot create the client of instance %d: %s", number, error, extra=fields)  # noqa: TRY400  frames have the token
            return
        self._clients[number] = client
        try:
            run.add(client)
        except (InvalidArgumentError, RuntimeError) as error:
            logger.error("A Fleet cannot add instance %d: %s", number, error, extra=fields)  # noqa: TRY400  the traceback says nothing

    def _remove(self, number: int, run: ClientSourceRun, tasks: "TaskGroup") -> None:
        client = self._clients.pop(number, None)
        if client is None:
            return
        self._closing.add(client)
        removal: Removal | None = None
        if client in run.clients:
            removal = run.remove(number)
        tasks.start_soon(self._close, client, removal)

    async def _close(self, client: Client, removal: "Removal | None") -> None:
        if removal is not None:
            await removal
        await client.aclose()
        self._closing.discard(client)

    def _create_client(self, credentials: Credentials) -> Client:
        return Client(
            credentials.id_instance,
            credentials.api_token_instance,
            credentials.api_url,
            credentials.media_url,
            **self._options,
        )


def _check_source(source: object) -> None:
    if not isinstance(source, AsyncIterable | Iterable) or isinstance(source, str | bytes):
        raise InvalidArgumentError(f"source is a {type(source).__name__}; expected credentials, or sets of them")
