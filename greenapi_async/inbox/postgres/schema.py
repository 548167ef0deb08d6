"""Tables of the PostgreSQL schema. Times are judged by the clock of the database."""

__all__ = ["PROCESSES"]

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
