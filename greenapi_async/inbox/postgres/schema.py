"""Tables of the PostgreSQL schema. Times are judged by the clock of the database."""

from greenapi_async.inbox.postgres.sql import translate_table
from greenapi_async.inbox.sql_tables import TABLES

__all__ = ["PROCESSES", "SHARED"]

PROCESSES = (
    """
    CREATE TABLE processes (
        id text PRIMARY KEY,
        started timestamptz NOT NULL,
        lease_until timestamptz NOT NULL
    )
    """,
)
"""Leases of processes. What a process holds names its row; a row that is gone or expired holds nothing."""

SHARED = tuple(map(translate_table, TABLES))
"""Tables that SQLite has, too: ``outbox``, ``identities``, ``states`` and ``records``."""
