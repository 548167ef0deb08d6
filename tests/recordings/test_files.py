"""The file: what is kept outlasts the process, and what is no recording is refused with its line."""

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
from greenapi_async.recordings import Header, Recorded, RecordingFile, open_recording, read_recording

HEADER = b'{"greenapi_recording": 1, "idInstance": 7, "phones": "kept"}\n'


def recorded(number: int, **fields: Any) -> Recorded:
    return Recorded(at=1_700_000_000.5 + number, receipt_id=number, body={"idMessage": str(number), **fields})


def bodies(path: Path) -> list[Any]:
    return [each.body for each in read_recording(path)]


def test_what_was_kept_is_read_back_exactly(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    body = json.loads(
        '{"z": 1.50, "a": [1e400, -0.0, 12345678901234567890, "\\ud83d \\u2028 Привет\\n", null], "й": {}}'
    )
    file, key = open_recording(path, 7)
    with file:
        file.keep(Recorded(at=1_700_000_000.25, receipt_id=3, body=body))
        file.keep(Recorded(at=1_700_000_000.25, body=["not an object"]))
    assert key is None
    first, second = read_recording(path)
    assert json.dumps(first.body) == json.dumps(body)
    assert (first.at, first.receipt_id, first.line, second.body) == (1_700_000_000.25, 3, 2, ["not an object"])
    assert second.receipt_id is None
    assert read_recording(path).header.id_instance == 7
    assert "Привет" in path.read_text("utf-8")


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_only_the_owner_can_read_a_new_file_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    open_recording(tmp_path / "new", 7)[0].close()
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600
    (tmp_path / "old").write_bytes(HEADER)
    (tmp_path / "old").chmod(0o644)
    with RecordingFile(tmp_path / "old") as file:
        assert file.mode == 0o644


@pytest.mark.parametrize("size", range(1, 90, 7))
def test_half_a_last_line_is_removed_and_the_rest_stays(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.jsonl"
    whole = HEADER + recorded(1).written()
    path.write_bytes(whole + recorded(2, text="x" * 70_000).written()[:size])
    assert [body["idMessage"] for body in bodies(path)] == ["1"]
    assert read_recording(path).contents().cut_off
    with RecordingFile(path) as file:
        assert not file.keep(recorded(1))
        assert file.keep(recorded(3))
    assert path.read_bytes() == whole + recorded(3).written()
    assert not read_recording(path).contents().cut_off


def test_a_last_line_without_its_end_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes((HEADER + recorded(1, text="x" * 200_000).written()).rstrip())
    assert len(bodies(path)) == 1
    with RecordingFile(path) as file:
        assert not file.keep(recorded(1, text="x" * 200_000))
        assert file.keep(recorded(2))
    assert [body["idMessage"] for body in bodies(path)] == ["1", "2"]


def test_any_number_of_empty_lines_at_the_end_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(HEADER + recorded(1).written() + b"\n" * 3000)
    with RecordingFile(path) as file:
        assert file.keep(recorded(2))
    assert path.read_bytes() == HEADER + recorded(1).written() + recorded(2).written()


@pytest.mark.parametrize("size", [1, 10, 25, 40])
def test_half_a_header_is_written_anew(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(HEADER[:size])
    with open_recording(path, 8)[0] as file:
        file.keep(recorded(1))
    assert read_recording(path).header.id_instance == 8


def test_what_is_served_again_is_kept_once_and_what_comes_twice_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with open_recording(path, 7)[0] as file:
        assert file.keep(recorded(1))
        assert not file.keep(recorded(1))
    with RecordingFile(path) as file:
        assert not file.keep(recorded(1))
        assert file.keep(Recorded(at=1.0, receipt_id=2, body=recorded(1).body))
    assert len(bodies(path)) == 2


HOLD = """
import sys
from pathlib import Path
from greenapi_async.recordings import open_recording
with open_recording(Path(sys.argv[1]), 7)[0]:
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_process_records_into_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RecordingLockedError, match=r"a\.jsonl is being recorded into by another process"):
            RecordingFile(path)
        other.kill()
    open_recording(path, 7)[0].close()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"hello", "line 1: it is not JSON"),
        (b'{"typeWebhook": "x"}\n', 'line 1: a recording begins with a line such as {"greenapi_recording": 1}'),
        (b'{"greenapi_recording": 2}\n', "line 1: the recording has the form 2; this package reads 1"),
        (b"[]\n", "line 1: it is a JSON list; an object is needed"),
        (b"", "line 1: it is not JSON"),
        (b'{"greenapi_recording": 1, "phones": []}\n', "line 1: 'phones' must be kept or replaced"),
        (HEADER + b'\n{"at": 1}\n', "line 3: 'body' is missing"),
        (HEADER + b'{"at": "1", "body": {}}\n', "line 2: 'at' must be the seconds since 1970 as a number"),
        (HEADER + b'{"at": NaN, "body": {}}\n', "line 2: 'at' must be"),
        (HEADER + b'{"at": 1, "receiptId": "1", "body": {}}\n', "line 2: 'receiptId' must be a whole number"),
        (HEADER + b"\xff\xfe\n", "line 2: it is not JSON (wrong bytes)"),
        (HEADER + recorded(1).written() + b"{\n" + recorded(2).written(), "line 3: it is not JSON"),
        (HEADER + b"[" * 100_000 + b"\n", "line 2: it is nested too deep"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordingError) as caught:
        read_recording(path).contents()
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"hello", b'{"typeWebhook": "x"}\n', HEADER + b"oh\n", b"{\n" * 10])
def test_what_is_no_recording_is_not_written_to(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordingError):
        open_recording(path, 7)
    assert path.read_bytes() == content


def test_lines_without_anything_are_passed_over_and_removed_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + HEADER.replace(b"\n", b"\r\n\r\n") + recorded(1).written() + b"\r\n \n\n")
    with open_recording(path, 7)[0] as file:
        assert not file.keep(recorded(1))
        assert file.keep(recorded(2))
    assert [body["idMessage"] for body in bodies(path)] == ["1", "2"]


@pytest.mark.skipif(os.name != "posix", reason="named pipes are of POSIX")
def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a")
    with pytest.raises(RecordingError, match="is a pipe"):
        read_recording(tmp_path / "a")
    with pytest.raises(RecordingError, match="not a file on a disk"):
        open_recording(tmp_path / "a", 7)


@pytest.mark.skipif(os.name != "posix", reason="flock is of POSIX")
def test_where_files_cannot_be_locked_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", flock)
    with pytest.raises(RecordingError, match="No locks available"):
        open_recording(tmp_path / "a", 7)


def test_where_no_file_can_be_is_said(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "no" / "folder", Path(os.devnull)):
        with pytest.raises(RecordingError) as caught:
            open_recording(path, 7)
        assert str(path) in str(caught.value)
    with pytest.raises(RecordingError, match="cannot be read"):
        read_recording(tmp_path / "missing")


def test_a_file_that_was_removed_keeps_nothing(tmp_path: Path) -> None:
    with open_recording(tmp_path / "a.jsonl", 7)[0] as file:
        (tmp_path / "a.jsonl").unlink()
        with pytest.raises(RecordingError, match="it was removed"):
            file.keep(recorded(1))


def test_a_key_goes_on_with_a_recording_and_nothing_else_does(tmp_path: Path) -> None:
    path, word = tmp_path / "a.jsonl", "correct horse battery"
    file, key = open_recording(path, 7, hide_phones=True, key=word)
    with file:
        file.keep(recorded(1))
    again, same = open_recording(path, 7, hide_phones=True, key=word)
    again.close()
    assert key == same
    assert word not in path.read_text()
    assert key is not None
    assert key.hex() not in path.read_text()
    for hide, other in ((False, None), (True, None), (True, "incorrect horse")):
        with pytest.raises(RecordingError, match="record into another file"):
            open_recording(path, 7, hide_phones=hide, key=other)
    with pytest.raises(RecordingError, match="is of instance 7, and not of 8"):
        open_recording(path, 8, hide_phones=True, key=word)
    with pytest.raises(RecordingError, match="at least 12 are needed"):
        open_recording(tmp_path / "b", 7, hide_phones=True, key="short")


def test_without_a_key_numbers_are_random_and_nobody_can_go_on(tmp_path: Path) -> None:
    file, key = open_recording(tmp_path / "a", 7, hide_phones=True)
    with file:
        file.keep(recorded(1))
    other, another = open_recording(tmp_path / "b", 7, hide_phones=True)
    other.close()
    assert key != another
    header = read_recording(tmp_path / "a").header
    assert (header.phones, header.salt, header.check) == ("replaced", None, None)
    with pytest.raises(RecordingError, match="kept nowhere"):
        open_recording(tmp_path / "a", 7, hide_phones=True, key="correct horse battery")


def test_a_file_without_notifications_is_begun_anew(tmp_path: Path) -> None:
    open_recording(tmp_path / "a", 7, hide_phones=True)[0].close()
    with open_recording(tmp_path / "a", 8)[0] as file:
        file.keep(recorded(1))
    assert read_recording(tmp_path / "a").header == Header(
        id_instance=8, began=read_recording(tmp_path / "a").header.began
    )


def test_a_long_recording_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(HEADER + recorded(1).written() * 3 + b"broken\n")
    lines = iter(read_recording(path))
    assert [next(lines).line for _ in range(3)] == [2, 3, 4]
    with pytest.raises(RecordingError, match="line 5"):
        next(lines)


def test_the_contents_name_the_instance(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    about = {"instanceData": {"idInstance": "42", "wid": "79876543210@c.us"}}
    strange = recorded(1, instanceData={"idInstance": "7" * 5000})
    path.write_bytes(HEADER + strange.written() + recorded(1).written() + recorded(61, **about).written())
    contents = read_recording(path).contents()
    assert (contents.notifications, contents.seconds, contents.id_instance) == (3, 60.0, 42)
    assert contents.wid == "79876543210@c.us"
