"""The state of a sandbox in a folder."""

from pathlib import Path

import pytest

from greenapi_async.sandbox import Fault, Sandbox
from greenapi_async.sandbox.payloads.spooled_body import SpooledBody
from greenapi_async.sandbox.saved_state import STATE_FILE, dump_state, read_state, write_state

ANNA = "79001234567@c.us"
VERSION = "1.2.3"


def test_everything_is_there_again(tmp_path: Path) -> None:
    sandbox = Sandbox()
    instance, other = sandbox.add_instance(), sandbox.add_instance(4100000001, "t", messenger="telegram")
    instance.contact_writes(ANNA, "Hello", sender_name="Anna")
    poll = instance.phone_sends(ANNA, {"poll": {"message": "Tea?", "options": ["Tea", "Coffee"]}})
    group = instance.contact_makes_group("Team", [ANNA])
    instance.fail("sendMessage", Fault(status=502))
    large = sandbox.files.add("large.bin", "application/octet-stream", SpooledBody(b"x" * 3_000_000).whole())
    write_state(tmp_path / "new", dump_state(sandbox, VERSION))
    assert (tmp_path / "new" / STATE_FILE).stat().st_mode & 0o077 == 0
    again = read_state(tmp_path / "new", VERSION)
    assert again is not None
    assert list(again.instances) == [instance.id_instance, other.id_instance]
    restored = again.instances[instance.id_instance]
    assert restored.token == instance.token
    assert [message.text for message in restored.chat(ANNA)] == ["Hello", "Tea?"]
    assert restored.people.name_of(ANNA) == "Anna"
    assert restored.groups.get(group) is not None
    assert len(restored.notifications) == len(instance.notifications)
    assert restored.faults.as_rows() == instance.faults.as_rows()
    found = again.files.find(large.file_id)
    assert found is not None
    assert found.content.read() == b"x" * 3_000_000
    restored.contact_sends(ANNA, {"vote": {"idMessage": poll, "options": ["Tea"]}})
    assert len(restored.notifications) == len(instance.notifications)  # votes are off at first
    restored.contact_writes(ANNA, "again")
    assert len(restored.notifications) == len(instance.notifications) + 1


def test_a_push_that_was_in_flight_is_repeated(tmp_path: Path) -> None:
    sandbox = Sandbox(push_gap=0)
    instance = sandbox.add_instance(webhookUrl="http://127.0.0.1:1/")
    instance.contact_writes(ANNA, "Hello")
    assert instance.pushes.begin_next() is not None
    assert instance.pushes.begin_next() is None
    write_state(tmp_path, dump_state(sandbox, VERSION))
    again = read_state(tmp_path, VERSION)
    assert again is not None
    assert again.instances[instance.id_instance].pushes.begin_next() is not None


def test_only_a_state_of_this_version_is_read(tmp_path: Path) -> None:
    assert read_state(tmp_path, VERSION) is None
    write_state(tmp_path, dump_state(Sandbox(), VERSION))
    with pytest.raises(ValueError, match="another version"):
        read_state(tmp_path, "2.0")
    content = (tmp_path / STATE_FILE).read_bytes()
    (tmp_path / STATE_FILE).write_bytes(content[:-20])
    with pytest.raises(ValueError, match="damaged"):
        read_state(tmp_path, VERSION)
