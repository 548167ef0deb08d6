"""SQL written once for SQLite and PostgreSQL.

An operation is a generator: it yields statements, receives the rows of each, and returns its result. It does no I/O, so
the same generator runs in SQLite's worker thread and over psycopg, each time in one transaction. It can run more than
once, if a transaction is repeated, and must not change anything outside of it.

Statements keep to what both databases accept: ``INSERT ... ON CONFLICT``, ``RETURNING``, row values, ``SAVEPOINT``,
partial indexes. Only placeholders and the words of ``CREATE TABLE`` are translated. Times are seconds since the epoch.

PostgreSQL runs transactions of several processes at once, each statement with a fresh snapshot (``READ COMMITTED``). So
a condition that decides stands in the statement that writes, where PostgreSQL checks it again after it has waited for
another transaction; what no row can decide is put under a name with ``Exclusive``.
"""

from collections.abc import Callable, Generator, Sequence
from enum import Enum, auto
from typing import Any, Protocol, TypeAlias, TypeVar, TypeVarTuple

import attrs

__all__ = ["Clock", "Exclusive", "Rows", "SQLDatabase", "Statement", "Work", "delete_some"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

Rows: TypeAlias = "list[tuple[Any, ...]]"


class Clock(Enum):
    """Parameter of a statement that stands for the current time, in seconds."""

    NOW = auto()
    """Seconds since the epoch: of the database's clock in PostgreSQL, of the inbox's clock in SQLite."""
    STEADY = auto()
    """The same in PostgreSQL. In SQLite a clock that is never set, whose times mean nothing to the next process."""


@attrs.frozen
class Statement:
    """One statement.

    Attributes:
        sql: The statement, with a ``?`` for each parameter and no other question mark.
        parameters: Values of the placeholders. A damaged SQLite file can return text as ``bytes``.
        skip_locked: Lock the rows that a SELECT returns until the transaction ends, and leave out those that another
            process has locked. SQLite has one writer and needs neither.
    """

    sql: str
    parameters: tuple[float | str | bytes | Clock | None, ...] = ()
    skip_locked: bool = False


@attrs.frozen
class Exclusive:
    """Wait until no other transaction holds a name, and hold it until the end. SQLite has one writer and ignores it.

    Attributes:
        name: Any text.
    """

    name: str


Work: TypeAlias = Generator[Statement | Exclusive, Rows, T]
"""An operation that returns a ``T``."""


class SQLDatabase(Protocol):
    """A database with the tables of ``sql_tables``.

    Attributes:
        owner: Id of the only user of the database while it is open; None if several processes share it.
    """

    owner: str | None

    async def execute(
        self,
        work: Callable[[*Ts], Work[T]],
        *arguments: *Ts,
        then: Callable[[T], object] | None = None,
        durable: bool = True,
        idempotent: bool = False,
    ) -> T:
        """Execute an operation in one transaction and return its result after the commit.

        Args:
            work: Creates the generator; called again if the transaction is repeated.
            arguments: Passed to ``work``.
            then: Called with the result after the commit, even if the caller was cancelled meanwhile.
            durable: Whether the result survives a power failure when this returns, and not only the death of the
                process. PostgreSQL's settings decide that for all of its transactions.
            idempotent: Whether to complete the operation even if the caller is cancelled.

        Raises:
            InboxError: The database cannot be used, or cannot store a value.
            InboxUnavailableError: The database cannot be used at the moment.
        """
        ...


def delete_some(table: str, key: Sequence[str], condition: str, *parameters: float | Clock, limit: int) -> Work[None]:
    """Delete rows that fulfil a condition, in a small step; rows in use by another process are left for later.

    Best at the end of an operation: it waits for nobody, so transactions that delete each other's rows cannot deadlock.

    Args:
        table: The table.
        key: Columns of its primary key.
        condition: Which rows; an index must find them.
        parameters: Parameters of the condition.
        limit: Greatest number of rows.
    """
    columns = ", ".join(key)
    select = f"SELECT {columns} FROM {table} WHERE {condition} LIMIT ?"  # noqa: S608  constants
    found = yield Statement(select, (*parameters, limit), skip_locked=True)
    if found:
        row = f"({', '.join('?' * len(key))})"
        some = ", ".join([row] * len(found))
        delete = f"DELETE FROM {table} WHERE ({columns}) IN (VALUES {some})"  # noqa: S608  constants
        yield Statement(delete, tuple(value for values in found for value in values))
