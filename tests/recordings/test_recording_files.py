"""Recording files: durable, and invalid ones are rejected with the line."""

import errno
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from greenapi_async.errors import RecordingError, RecordingLockedError
from greenapi_async.testing.recordings import (
    RecordedNotification,
    RecordingFile,
    RecordingHeader,
    open_recording,
    read_recording,
)

HEADER = b'{"greenapi_recording": 1, "idInstance": 7, "phones": "kept"}\n'


def recorded(number: int, **fields: Any) -> RecordedNotification:
    return RecordedNotification(
        at=1_700_000_000.5 + number, receipt_id=number, body={"idMessage": str(number), **fields}
    )


def bodies(path: Path) -> list[Any]:
    return [each.body for each in read_recording(path)]


def test_notifications_are_read_back_exactly(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    body = json.loads(
        '{"z": 1.50, "a": [1e400, -0.0, 12345678901234567890, "\\ud83d \\u2028 Привет\\n", null], "й": {}}'
    )
    file, key = open_recording(path, 7)
    with file:
        file.append(RecordedNotification(at=1_700_000_000.25, receipt_id=3, body=body))
        file.append(RecordedNotification(at=1_700_000_000.25, body=["not an object"]))
    assert key is None
    first, second = read_recording(path)
    assert json.dumps(first.body) == json.dumps(body)
    assert (first.at, first.receipt_id, first.line, second.body) == (1_700_000_000.25, 3, 2, ["not an object"])
    assert second.receipt_id is None
    assert read_recording(path).header.id_instance == 7
    assert "Привет" in path.read_text("utf-8")


@pytest.mark.skipif(os.name != "posix", reason="POSIX modes")
def test_a_new_file_is_private_and_an_existing_one_keeps_its_mode(tmp_path: Path) -> None:
    open_recording(tmp_path / "new", 7)[0].close()
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600
    (tmp_path / "old").write_bytes(HEADER)
    (tmp_path / "old").chmod(0o644)
    with RecordingFile(tmp_path / "old") as file:
        assert file.mode == 0o644


@pytest.mark.parametrize("size", range(1, 90, 7))
def test_an_incomplete_last_line_is_removed(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.jsonl"
    whole = HEADER + recorded(1).to_line()
    path.write_bytes(whole + recorded(2, text="x" * 70_000).to_line()[:size])
    assert [body["idMessage"] for body in bodies(path)] == ["1"]
    assert read_recording(path).summary().is_truncated
    with RecordingFile(path) as file:
        assert not file.append(recorded(1))
        assert file.append(recorded(3))
    assert path.read_bytes() == whole + recorded(3).to_line()
    assert not read_recording(path).summary().is_truncated


def test_a_complete_last_line_without_line_feed_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes((HEADER + recorded(1, text="x" * 200_000).to_line()).rstrip())
    assert len(bodies(path)) == 1
    with RecordingFile(path) as file:
        assert not file.append(recorded(1, text="x" * 200_000))
        assert file.append(recorded(2))
    assert [body["idMessage"] for body in bodies(path)] == ["1", "2"]


def test_empty_lines_at_the_end_are_removed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(HEADER + recorded(1).to_line() + b"\n" * 3000)
    with RecordingFile(path) as file:
        assert file.append(recorded(2))
    assert path.read_bytes() == HEADER + recorded(1).to_line() + recorded(2).to_line()


@pytest.mark.parametrize("size", [1, 10, 25, 40])
def test_an_incomplete_header_is_rewritten(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(HEADER[:size])
    with open_recording(path, 8)[0] as file:
        file.append(recorded(1))
    assert read_recording(path).header.id_instance == 8


def test_a_redelivered_notification_is_recorded_once(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with open_recording(path, 7)[0] as file:
        assert file.append(recorded(1))
        assert not file.append(recorded(1))
    with RecordingFile(path) as file:
        assert not file.append(recorded(1))
        assert file.append(RecordedNotification(at=1.0, receipt_id=2, body=recorded(1).body))
    assert len(bodies(path)) == 2


HOLD = """
import sys
from pathlib import Path
from greenapi_async.testing.recordings import open_recording
with open_recording(Path(sys.argv[1]), 7)[0]:
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_process_at_a_time_records_into_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RecordingLockedError, match=r"another process is recording into .*a\.jsonl"):
            RecordingFile(path)
        other.kill()
    open_recording(path, 7)[0].close()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello", "line 1: the line is not JSON"),
        (b'{"typeWebhook": "x"}\n', 'line 1: a recording begins with a line such as {"greenapi_recording": 1}'),
        (b'{"greenapi_recording": 2}\n', "line 1: the format version is 2; this package supports 1"),
        (b"[]\n", "line 1: the line must be a JSON object, got list"),
        (b"", "line 1: the line is not JSON"),
        (b'{"greenapi_recording": 1, "phones": []}\n', "line 1: 'phones' must be 'kept' or 'replaced'"),
        (HEADER + b'\n{"at": 1}\n', "line 3: 'body', the notification, is missing"),
        (HEADER + b'{"at": "1", "body": {}}\n', "line 2: 'at' must be a number, the seconds since 1970"),
        (HEADER + b'{"at": NaN, "body": {}}\n', "line 2: 'at' must be"),
        (HEADER + b'{"at": 1, "receiptId": "1", "body": {}}\n', "line 2: 'receiptId' must be an integer"),
        (HEADER + b"\xff\xfe\n", "line 2: the line is not JSON (not UTF-8)"),
        (HEADER + recorded(1).to_line() + b"{\n" + recorded(2).to_line(), "line 3: the line is not JSON"),
        (HEADER + b"[" * 100_000 + b"\n", "line 2: the line is nested too deeply"),
    ],
)
def test_an_invalid_file_is_rejected_with_the_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordingError) as caught:
        read_recording(path).summary()
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"hello", b'{"typeWebhook": "x"}\n', HEADER + b"oh\n", b"{\n" * 10])
def test_a_file_that_is_not_a_recording_is_not_modified(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordingError):
        open_recording(path, 7)
    assert path.read_bytes() == content


def test_blank_lines_are_skipped_and_removed_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + HEADER.replace(b"\n", b"\r\n\r\n") + recorded(1).to_line() + b"\r\n \n\n")
    with open_recording(path, 7)[0] as file:
        assert not file.append(recorded(1))
        assert file.append(recorded(2))
    assert [body["idMessage"] for body in bodies(path)] == ["1", "2"]


@pytest.mark.skipif(os.name != "posix", reason="POSIX named pipes")
def test_a_pipe_is_rejected(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a")
    with pytest.raises(RecordingError, match="is a pipe"):
        read_recording(tmp_path / "a")
    with pytest.raises(RecordingError, match="not a regular file"):
        open_recording(tmp_path / "a", 7)


@pytest.mark.skipif(os.name != "posix", reason="POSIX flock")
def test_a_file_system_without_locks_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", flock)
    with pytest.raises(RecordingError, match="No locks available"):
        open_recording(tmp_path / "a", 7)


def test_an_impossible_path_is_reported(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no" / "folder", Path(os.devnull)):
        with pytest.raises(RecordingError) as caught:
            open_recording(path, 7)
        assert str(path) in str(caught.value)
    with pytest.raises(RecordingError, match="cannot read"):
        read_recording(tmp_path / "missing")


def test_appending_to_a_removed_file_fails(tmp_path: Path) -> None:
    with open_recording(tmp_path / "a.jsonl", 7)[0] as file:
        (tmp_path / "a.jsonl").unlink()
        with pytest.raises(RecordingError, match="the file was removed"):
            file.append(recorded(1))


def test_a_recording_is_continued_only_with_the_same_key(tmp_path: Path) -> None:
    path, passphrase = tmp_path / "a.jsonl", "correct horse battery"
    file, key = open_recording(path, 7, hide_phones=True, key=passphrase)
    with file:
        file.append(recorded(1))
    again, same = open_recording(path, 7, hide_phones=True, key=passphrase)
    again.close()
    assert key == same
    assert passphrase not in path.read_text()
    assert key is not None
    assert key.hex() not in path.read_text()
    for hide, other in ((False, None), (True, None), (True, "incorrect horse")):
        with pytest.raises(RecordingError, match="record into another file"):
            open_recording(path, 7, hide_phones=hide, key=other)
    with pytest.raises(RecordingError, match="belongs to instance 7, not 8"):
        open_recording(path, 8, hide_phones=True, key=passphrase)
    with pytest.raises(RecordingError, match="at least 12 characters"):
        open_recording(tmp_path / "b", 7, hide_phones=True, key="short")


def test_a_recording_with_a_random_key_cannot_be_continued(tmp_path: Path) -> None:
    file, key = open_recording(tmp_path / "a", 7, hide_phones=True)
    with file:
        file.append(recorded(1))
    other, another = open_recording(tmp_path / "b", 7, hide_phones=True)
    other.close()
    assert key != another
    header = read_recording(tmp_path / "a").header
    assert (header.phones, header.salt, header.check) == ("replaced", None, None)
    with pytest.raises(RecordingError, match="not stored"):
        open_recording(tmp_path / "a", 7, hide_phones=True, key="correct horse battery")


def test_a_file_without_notifications_is_started_again(tmp_path: Path) -> None:
    open_recording(tmp_path / "a", 7, hide_phones=True)[0].close()
    with open_recording(tmp_path / "a", 8)[0] as file:
        file.append(recorded(1))
    assert read_recording(tmp_path / "a").header == RecordingHeader(
        id_instance=8, began=read_recording(tmp_path / "a").header.began
    )


def test_a_recording_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(HEADER + recorded(1).to_line() * 3 + b"broken\n")
    lines = iter(read_recording(path))
    assert [next(lines).line for _ in range(3)] == [2, 3, 4]
    with pytest.raises(RecordingError, match="line 5"):
        next(lines)


def test_the_summary_names_the_instance(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    about = {"instanceData": {"idInstance": "42", "wid": "79876543210@c.us"}}
    strange = recorded(1, instanceData={"idInstance": "7" * 5000})
    path.write_bytes(HEADER + strange.to_line() + recorded(1).to_line() + recorded(61, **about).to_line())
    summary = read_recording(path).summary()
    assert (summary.notifications, summary.seconds, summary.id_instance) == (3, 60.0, 42)
    assert summary.wid == "79876543210@c.us"
