"""What an error of SQLite means for an inbox."""

import sqlite3
from pathlib import Path

from greenapi_async.errors import InboxError, InboxLockedError, InboxUnavailableError

__all__ = ["explain"]

_IN_USE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_MAY_PASS = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}


def explain(error: BaseException, path: Path, *, was_open: bool) -> BaseException:
    """Give the error of ours for one of SQLite's, and any other as it is."""
    if isinstance(error, OverflowError | UnicodeEncodeError):  # beyond 64 bits; half a surrogate pair
        return InboxError(f"{path} cannot store this: {error}")
    if not isinstance(error, sqlite3.Error):
        return error
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    name = getattr(error, "sqlite_errorname", "")
    words = f"{path}: {error} ({name})" if name else f"{path}: {error}"
    if code in _IN_USE:
        return InboxLockedError(f"{path} is in use by another process, or by another inbox in this one")
    if code in _MAY_PASS or (code == sqlite3.SQLITE_CANTOPEN and (was_open or _is_there(path))):
        return InboxUnavailableError(words)
    return InboxError(words)


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
