"""Tables of the PostgreSQL schema. Times are judged by the clock of the database."""

from greenapi_async.inbox.postgres.sql import translate_table
from greenapi_async.inbox.sql_tables import TABLES

__all__ = ["INSTANCES", "POLLERS", "PROCESSES", "SHARED"]

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

POLLERS = (
    "CREATE TABLE polling_processes (id text PRIMARY KEY)",
    """
    CREATE TABLE pollers (
        instance bigint PRIMARY KEY,
        holder text,
        wanted text,
        fence bigint NOT NULL DEFAULT 0,
        freed timestamptz NOT NULL DEFAULT clock_timestamp()
    )
    """,
    "CREATE INDEX pollers_held ON pollers (holder) INCLUDE (fence)",
    "CREATE INDEX pollers_free ON pollers (freed) WHERE holder IS NULL",
    "CREATE INDEX pollers_wanted ON pollers (holder) WHERE wanted IS NOT NULL",
    "CREATE SEQUENCE poller_fences",
)
"""Which process polls which instance: ``holder`` is an id of ``processes``; ``wanted`` is the one that gets it next."""

INSTANCES = (
    """
    CREATE TABLE instances (
        id_instance bigint PRIMARY KEY,
        api_token_instance text NOT NULL,
        api_url text,
        media_url text
    )
    """,
    """
    CREATE FUNCTION announce_instances() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('greenapi_instances', TG_TABLE_SCHEMA);
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON instances
    FOR EACH STATEMENT EXECUTE FUNCTION announce_instances()
    """,
)
"""Instances of a ``Fleet``, for whoever wants to keep them here."""
