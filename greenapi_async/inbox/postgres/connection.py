"""Asynchronous access to a PostgreSQL database: a few connections, transactions, migrations and error translation.

``run`` executes a function of a psycopg connection in one transaction. All tables are in a PostgreSQL schema of their
own, which is first on the ``search_path``, so statements name tables without it.

The first operation connects, and so does ``async with``. The first connection applies missing migrations under an
advisory lock, so any number of processes can start at once. The locks of a process that was suspended, or whose
machine is gone, in the middle of a transaction are released after ``TIMEOUT``.

A transaction that fails because of a deadlock or a serialisation conflict was rolled back and is repeated. If the
connection is lost, the outcome of a COMMIT is unknown: ``InboxUnavailableError``, and the caller's repetition must be
idempotent. psycopg runs on asyncio only.
"""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, ClassVar, Concatenate, ParamSpec, Self, TypeVar, TypeVarTuple

import attrs

from greenapi_async._internal.concurrency import cancelled_once, run_to_completion
from greenapi_async.errors import InboxError, InboxUnavailableError, InvalidArgumentError, MissingExtraError
from greenapi_async.inbox.postgres.migrations import migrate
from greenapi_async.inbox.postgres.sql import drive
from greenapi_async.inbox.postgres.statement_connections import StatementConnections
from greenapi_async.inbox.sql import SQLDatabase, Work

try:
    import psycopg
    from psycopg import AsyncConnection, sql
    from psycopg.conninfo import conninfo_to_dict, make_conninfo
except ImportError:
    raise MissingExtraError("postgres", "psycopg") from None

__all__ = ["PostgresConnection"]

P = ParamSpec("P")
T = TypeVar("T")
Ts = TypeVarTuple("Ts")

TIMEOUT = 15.0
"""Seconds after which an operation that has no result raises ``InboxUnavailableError``."""
CONNECT_TIMEOUT = 5.0
"""Seconds for which the server may take to accept a connection."""
UNUSABLE = "Check the connection string, and that its user may use the database and create tables in the schema."
UNAVAILABLE = (
    "Check that PostgreSQL runs, can be reached and has free disk space. New notifications stay at GREEN-API meanwhile."
)
CONFLICTS = 10
"""Times that a transaction is repeated after a deadlock or a serialisation conflict."""
_CONFLICT = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
_PERMANENT = (
    psycopg.errors.InvalidPassword,
    psycopg.errors.InvalidAuthorizationSpecification,
    psycopg.errors.InvalidCatalogName,
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedFunction,
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.ProgrammingError,
    psycopg.NotSupportedError,
)

_NEEDS_HUMAN = re.compile(
    "FATAL: .*(does not exist|authentication failed|no pg_hba.conf entry)|no password supplied|does not support SSL"
)
"""Refused connections, of which libpq has no code, as a server with English messages words them."""
_DEFAULTS = {
    "fallback_application_name": "greenapi_async",
    # A connection that listens sends nothing: without these, the loss of its server is noticed after two hours.
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
}
"""Parameters of connections, unless the connection string has others."""


@attrs.frozen
class _Pool:
    """Connections for transactions and for single statements, and what they belong to."""

    connections: StatementConnections
    transactions: asyncio.Semaphore
    loop: asyncio.AbstractEventLoop


class PostgresConnection(SQLDatabase):
    """Connection to a database, shared by everything that a process keeps in it.

    Args:
        dsn: Connection string, as in ``postgresql://user@host/database``. It must reach the server itself, or a pooler
            in session mode: a pooler in transaction mode loses ``LISTEN`` and ``search_path``.
        schema: PostgreSQL schema of the tables; created if it does not exist.
        connections: Greatest number of transactions at once. Each uses a connection; so do the single statements of an
            inbox, of which each kind runs one at a time.

    Raises:
        InvalidArgumentError: An argument is not valid.

    Attributes:
        schema: PostgreSQL schema of the tables.
        errors: Exceptions of psycopg, which ``translate`` translates.
        owner: None, because several processes share the database.
    """

    errors: ClassVar[tuple[type[Exception], ...]] = (psycopg.Error, OSError)
    owner: str | None = None

    def __init__(self, dsn: str, *, schema: str = "greenapi", connections: int = 4) -> None:
        try:
            self._parameters = conninfo_to_dict(dsn)
        except psycopg.ProgrammingError as error:
            raise InvalidArgumentError(
                "dsn is no connection string of PostgreSQL; expected for example 'postgresql://user@host/database' "
                f"({str(error).splitlines()[0].partition(':')[0]})"
            ) from None
        address = [str(self._parameters.get(part) or "") for part in ("host", "port", "dbname")]
        if any("@" in part for part in address) and "%40" not in dsn:  # their text may be a part of the password
            raise InvalidArgumentError(
                "dsn has a password with special characters; write them in percent-encoding, for example %40 for @, "
                "%3A for : and %2F for /"
            )
        if not schema or len(schema) > 63:
            raise InvalidArgumentError(f"schema is {schema!r}; expected a name of 1 to 63 characters")
        if connections < 1:
            raise InvalidArgumentError(f"connections is {connections}; expected 1 or more")
        self._conninfo = make_conninfo("", **{**_DEFAULTS, **self._parameters})
        self.schema = schema
        self._size = connections
        self._pool: _Pool | None = None
        self._users = 0
        self._process = 0
        self._opening: asyncio.Lock | None = None

    def __repr__(self) -> str:
        return f"PostgresConnection({self.name}, schema={self.schema!r})"

    @property
    def name(self) -> str:
        """Host and database, for messages; never the password."""
        host = self._parameters.get("host") or self._parameters.get("hostaddr") or "localhost"
        return f"PostgreSQL database {self._parameters.get('dbname') or 'of the user'} at {host}"

    def check_loop(self) -> None:
        """Check that the event loop is asyncio's.

        Raises:
            InvalidArgumentError: It is trio's.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            raise InvalidArgumentError("PostgreSQL needs asyncio, and the event loop is trio's") from None

    async def run(
        self,
        work: Callable[Concatenate["AsyncConnection[tuple[Any, ...]]", P], Awaitable[T]],
        *arguments: P.args,
        **options: P.kwargs,
    ) -> T:
        """Execute a function in one transaction and return its result after the commit.

        If the caller is cancelled before the commit, nothing is changed, or everything.

        Args:
            work: Async function of the connection and the arguments. It can run more than once.
            arguments: Passed to ``work``.
            options: Passed to ``work``.

        Raises:
            InboxError: The database cannot be used.
            InboxUnavailableError: The database cannot be used at the moment, or there is no result after ``TIMEOUT``.
            InvalidArgumentError: The event loop is trio's.
            RuntimeError: The connection was opened before ``os.fork()``, and this is the child.
        """
        pool = await self._opened()

        async def transaction() -> T:
            async with pool.transactions, pool.connections.taken() as connection, connection.transaction():
                return await work(connection, *arguments, **options)

        try:
            return await self._perform(transaction)
        except UnicodeEncodeError as error:  # a lone surrogate
            raise InboxError(f"{self.name} cannot store this value: {error}") from error

    async def rows(self, query: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        """Execute one statement, which is a transaction of its own, and return its rows.

        Args:
            query: The statement, with placeholders; it is prepared.
            parameters: Values of the placeholders.

        Raises:
            InboxError: See ``run``.
            InboxUnavailableError: See ``run``.
        """
        pool = await self._opened()
        return await self._perform(lambda: pool.connections.rows(query, parameters))

    async def execute(
        self,
        work: Callable[[*Ts], Work[T]],
        *arguments: *Ts,
        then: Callable[[T], object] | None = None,
        durable: bool = True,  # noqa: ARG002  every commit is, unless the server's settings say otherwise
        idempotent: bool = False,
    ) -> T:
        """Execute an operation of ``SQLDatabase``; see there."""

        async def once() -> T:
            value = await self.run(lambda connection: drive(connection, work(*arguments)))
            if then is not None:
                then(value)
            return value

        return await (self.run_to_completion(once) if idempotent else once())

    async def run_to_completion(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Await an idempotent operation, even if the caller is cancelled.

        Args:
            work: Creates the coroutine, which calls ``run``; it may run twice.

        Raises:
            InboxError: See ``run``.
            InboxUnavailableError: See ``run``.
        """
        try:
            return await run_to_completion(work, 2 * TIMEOUT)
        except TimeoutError as error:
            raise self.translate(error) from error

    async def connect(self, *channels: str) -> "AsyncConnection[tuple[Any, ...]]":
        """Return a new connection outside the pool, in autocommit mode.

        Args:
            channels: Names for ``LISTEN``.

        Raises:
            InboxError: The database cannot be used.
            InboxUnavailableError: The database cannot be used at the moment.
        """
        await self._opened()
        try:
            async with asyncio.timeout(TIMEOUT):
                connection = await self._connect(channels)
        except (psycopg.Error, TimeoutError, OSError) as error:
            raise self.translate(error) from error
        return connection

    def translate(self, error: Exception) -> InboxError:
        """Return the package's error for one of psycopg."""
        words = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        message = f"{self.name}: {words}"
        if isinstance(error, TimeoutError):
            message = f"{self.name}: no response within {TIMEOUT:g} seconds"
        translated: InboxError
        if isinstance(error, _PERMANENT) or _NEEDS_HUMAN.search(words):
            translated = InboxError(message)
            translated.advice = "" if isinstance(error, psycopg.DataError) else UNUSABLE
        else:
            translated = InboxUnavailableError(message)
            translated.advice = UNAVAILABLE
        return translated

    async def __aenter__(self) -> Self:
        self._users += 1
        try:
            await self._opened()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._users -= 1
        if self._users <= 0:
            self._users = 0
            await self.aclose()

    async def aclose(self) -> None:
        """Close the pool; the next operation opens it again."""
        pool, self._pool = self._pool, None
        if pool is not None and self._process == os.getpid() and pool.loop is asyncio.get_running_loop():
            await pool.connections.close()

    async def _opened(self) -> _Pool:
        self.check_loop()
        loop = asyncio.get_running_loop()
        pool = self._pool
        if pool is not None and self._process != os.getpid():
            raise RuntimeError(f"{self.name} was connected before os.fork(); create a new object in the child process")
        if pool is not None and pool.loop is loop:
            return pool
        if self._opening is None or pool is not None:  # the pool of an event loop that has ended
            self._opening, self._pool = asyncio.Lock(), None
        async with self._opening:
            if self._pool is None:
                self._pool = await self._open(loop)
                self._process = os.getpid()
            return self._pool

    async def _perform(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Await an operation, again after a conflict; psycopg has time to cancel its statement on the server."""

        async def attempts() -> T:
            for _ in range(CONFLICTS):
                with suppress(*_CONFLICT):
                    return await work()
            return await work()

        try:
            async with asyncio.timeout(TIMEOUT):
                return await cancelled_once(attempts())
        except (psycopg.Error, TimeoutError, OSError) as error:
            raise self.translate(error) from error

    async def _open(self, loop: asyncio.AbstractEventLoop) -> _Pool:
        async def prepare() -> None:
            async with await self._connect() as first:
                await migrate(first, self.schema)

        await self._perform(prepare)
        return _Pool(StatementConnections(self._connect), asyncio.Semaphore(self._size), loop)

    async def _connect(self, channels: Sequence[str] = ()) -> "AsyncConnection[tuple[Any, ...]]":
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                connection = await AsyncConnection.connect(self._conninfo, autocommit=True)
        except TimeoutError:
            raise psycopg.errors.ConnectionTimeout(f"no connection within {CONNECT_TIMEOUT:g} seconds") from None
        try:
            await cancelled_once(self._configure(connection, channels))
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _configure(self, connection: "AsyncConnection[tuple[Any, ...]]", channels: Sequence[str]) -> None:
        settings = sql.SQL("SET search_path TO {}; SET idle_in_transaction_session_timeout TO {}").format(
            sql.Identifier(self.schema), round(TIMEOUT * 1000)
        )
        listen = [sql.SQL("LISTEN {}").format(sql.Identifier(channel)) for channel in channels]
        await connection.execute(sql.SQL("; ").join([settings, *listen]))
