"""What differs between SQLite and PostgreSQL is translated; what SQLite lacks is reported."""

import sqlite3
from pathlib import Path

import pytest

from greenapi_async import InboxError
from greenapi_async.inbox import SQLiteInbox
from greenapi_async.inbox.postgres.sql import translate, translate_table
from greenapi_async.inbox.sql import Clock, Statement


def test_statements_are_translated() -> None:
    statement = Statement("SELECT a % 2 FROM t WHERE b = ? AND due <= ? + ?", ("b", Clock.NOW, 5), skip_locked=True)
    now = "extract(epoch FROM statement_timestamp())::double precision"
    sql, parameters = translate(statement)
    assert sql.decode() == f"SELECT a %% 2 FROM t WHERE b = %s AND due <= {now} + %s FOR UPDATE SKIP LOCKED"
    assert parameters == ("b", 5)
    with pytest.raises(ValueError, match="argument"):
        translate(Statement("SELECT ?"))
    table = "CREATE TABLE a (id INTEGER, text TEXT, at REAL, raw BLOB) WITHOUT ROWID"
    columns = 'id bigint, text text COLLATE "C", at double precision, raw bytea'
    assert translate_table(table).strip() == f"CREATE TABLE a ({columns})"
    assert "rowid bigint" in translate_table("CREATE TABLE a (id INTEGER)")


def test_an_sqlite_without_returning_is_reported(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.34.1")
    with pytest.raises(InboxError, match=r"SQLite 3\.34\.1, but 3\.35 or newer"):
        SQLiteInbox(path)
