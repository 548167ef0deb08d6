"""Start or continue a recording, if the request matches the file."""

import os
import time

from greenapi_async.errors import RecordingError
from greenapi_async.testing.recordings.format import RecordingHeader
from greenapi_async.testing.recordings.keys import Key
from greenapi_async.testing.recordings.writer import RecordingFile

__all__ = ["open_recording"]


def open_recording(
    path: str | os.PathLike[str], id_instance: int, *, hide_phones: bool = False, key: str | None = None
) -> tuple[RecordingFile, bytes | None]:
    """Open a recording to append to; create it if it does not exist.

    Args:
        path: The file.
        id_instance: The instance that is recorded.
        hide_phones: Whether phone numbers are pseudonymised.
        key: Passphrase of at least 12 characters for ``hide_phones``. None uses a random key, and the recording cannot
            be continued later.

    Returns:
        The file, and the key for ``hide_phones()``; None if phone numbers are kept.

    Raises:
        RecordingError: The file cannot be written to, is not a recording, belongs to another instance, or was begun
            with another choice of ``hide_phones`` or another key.
        RecordingLockedError: Another process is recording into the file.
    """
    file = RecordingFile(path)
    try:
        secret_key = _create_key(file, key) if hide_phones else None
        if file.header is not None and not file.is_empty:
            _check_header(file, file.header, id_instance, secret_key)
        else:
            file.write_header(
                RecordingHeader(
                    id_instance=id_instance,
                    began=round(time.time(), 3),
                    phones="replaced" if secret_key else "kept",
                    salt=secret_key.salt if secret_key else None,
                    check=secret_key.check if secret_key else None,
                )
            )
    except BaseException:
        file.close()
        raise
    return file, secret_key.secret if secret_key else None


def _create_key(file: RecordingFile, passphrase: str | None) -> Key:
    salt = file.header.salt if file.header else None
    try:
        return Key.derive(passphrase, salt) if passphrase is not None else Key.random()
    except ValueError as error:
        raise RecordingError(f"cannot record into {file.path}: {error}") from None


def _check_header(file: RecordingFile, header: RecordingHeader, id_instance: int, key: Key | None) -> None:
    problem = None
    if header.id_instance not in {None, id_instance}:
        problem = f"belongs to instance {header.id_instance}, not {id_instance}"
    elif header.phones == "kept" and key is not None:
        problem = "contains real phone numbers"
    elif header.phones == "replaced" and key is None:
        problem = "contains pseudonymised phone numbers, and real ones would be added"
    elif header.phones == "replaced" and header.check is None:
        problem = "was begun with a random key that was not stored, so the same numbers would get other pseudonyms"
    elif key is not None and not key.matches(header):
        problem = "was begun with another key"
    if problem is not None:
        raise RecordingError(f"{file.path} {problem}; record into another file")
