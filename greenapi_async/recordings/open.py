"""Begin a recording, or go on with one, if what is asked fits what is there."""

import os
import time

from greenapi_async.errors import RecordingError
from greenapi_async.recordings.format import Header
from greenapi_async.recordings.keys import Key
from greenapi_async.recordings.writer import RecordingFile

__all__ = ["open_recording"]


def open_recording(
    path: str | os.PathLike[str], id_instance: int, *, hide_phones: bool = False, key: str | None = None
) -> tuple[RecordingFile, bytes | None]:
    """Give the file, and the key to replace phone numbers with, where they are to be replaced.

    ``key`` is a word of 12 characters or more, with which the file can be gone on with later; without it nobody can.
    Raises ``RecordingError`` when the file is of another instance, or treats phone numbers otherwise.
    """
    file = RecordingFile(path)
    try:
        found = _key(file, key) if hide_phones else None
        if file.header is not None and not file.empty:
            _compare(file, file.header, id_instance, found)
        else:
            told = {"salt": found.salt, "check": found.check} if found else {}
            phones = "replaced" if found else "kept"
            file.begin(Header(id_instance=id_instance, began=round(time.time(), 3), phones=phones, **told))
    except BaseException:
        file.close()
        raise
    return file, found.secret if found else None


def _key(file: RecordingFile, word: str | None) -> Key:
    salt = file.header.salt if file.header else None
    try:
        return Key.of(word, salt) if word is not None else Key.random()
    except ValueError as error:
        raise RecordingError(f"{file.path} cannot be recorded into: {error}") from None


def _compare(file: RecordingFile, header: Header, id_instance: int, key: Key | None) -> None:
    wrong = None
    if header.id_instance not in {None, id_instance}:
        wrong = f"is of instance {header.id_instance}, and not of {id_instance}"
    elif header.phones == "kept" and key is not None:
        wrong = "has phone numbers in it as they are"
    elif header.phones == "replaced" and key is None:
        wrong = "has other phone numbers in place of the real ones, which would now be added"
    elif header.phones == "replaced" and header.check is None:
        wrong = "was begun with a key that was kept nowhere, so the same numbers would become others now"
    elif key is not None and not key.began(header):
        wrong = "was begun with another key"
    if wrong is not None:
        raise RecordingError(f"{file.path} {wrong}; record into another file")
