"""Tables of ``SQLDatabase``, in the words of SQLite.

PostgreSQL's migrations translate them: TEXT has the collation "C", which orders by code points as SQLite does, and a
table that is not WITHOUT ROWID gets a column ``rowid``, which grows with each row.
"""

__all__ = ["TABLES"]

OUTBOX = (
    """
    CREATE TABLE IF NOT EXISTS outbox (
        instance INTEGER NOT NULL,
        key TEXT NOT NULL,
        chat TEXT NOT NULL,
        digest BLOB NOT NULL,
        attempt TEXT NOT NULL,
        begun REAL NOT NULL, -- in seconds, by the clock of the inbox or of PostgreSQL
        server_time REAL, -- in seconds, by the server's clock
        message TEXT,
        PRIMARY KEY (instance, key)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS outbox_by_age ON outbox (begun) WHERE server_time IS NULL",
    "CREATE INDEX IF NOT EXISTS outbox_by_server_time ON outbox (server_time) WHERE server_time IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS outbox_by_message ON outbox (message, instance) WHERE message IS NOT NULL",
)
"""A row of about 200 bytes for each idempotency key, kept for 366 days."""

IDENTITIES = (
    """
    CREATE TABLE IF NOT EXISTS identities (
        instance INTEGER NOT NULL,
        id TEXT NOT NULL,
        main TEXT NOT NULL,
        UNIQUE (instance, id)
    )
    """,
)
"""A row of about 100 bytes for each id but the main one of a person."""

STATES = (
    # until is in seconds
    "CREATE TABLE IF NOT EXISTS states (key TEXT PRIMARY KEY, value TEXT NOT NULL, until REAL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS states_by_age ON states (until) WHERE until IS NOT NULL",
)
"""Conversation states; expired ones are deleted as others are written."""

RECORDS = (
    """
    CREATE TABLE IF NOT EXISTS records (
        collection TEXT NOT NULL,
        key TEXT NOT NULL,
        value TEXT NOT NULL, -- JSON in ASCII
        version INTEGER NOT NULL,
        due REAL, -- in seconds, like expires
        expires REAL,
        lease_until REAL, -- in seconds by Clock.STEADY
        owner TEXT, -- who took the lease, if the database has one user at a time
        PRIMARY KEY (collection, key)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS records_by_due ON records (collection, due, key) WHERE due IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS records_by_age ON records (expires) WHERE expires IS NOT NULL",
)
"""What features keep beside notifications; expired rows are deleted as others are written."""

TABLES = (*OUTBOX, *IDENTITIES, *STATES, *RECORDS)
