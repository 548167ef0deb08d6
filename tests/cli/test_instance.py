"""Commands on an instance, against a sandbox."""

import json
from pathlib import Path

import pytest

from greenapi_async.sandbox import Instance
from greenapi_async.sandbox.server import SandboxServer

from .conftest import Greenapi, Terminal


def test_the_status_of_an_instance_is_shown(greenapi: Greenapi, instance: Instance) -> None:
    done = greenapi("status")
    assert done.status == 0
    fields = dict(line.split(None, 1) for line in done.out.splitlines())
    assert fields["state"] == "authorized"
    assert fields["delivery"] == "polling"
    assert fields["queues"] == "0 messages to send, 0 notifications to receive"
    assert greenapi("status", "--json").json["idInstance"] == instance.id_instance


def test_the_status_of_an_instance_without_a_phone_is_a_failure(
    greenapi: Greenapi, server: SandboxServer, instance: Instance
) -> None:
    server.call(lambda: instance.set_state("notAuthorized"))
    done = greenapi("status")
    assert done.status == 1
    assert "notAuthorized" in done.out


@pytest.mark.parametrize(
    ("name", "value", "status", "words"),
    [
        ("GREENAPI_API_TOKEN_INSTANCE", "wrong", 1, "401"),
        ("GREENAPI_API_URL", "http://127.0.0.1:1", 1, "Nothing was sent"),
        ("GREENAPI_API_URL", "nonsense", 2, "api_url"),
        ("GREENAPI_ID_INSTANCE", "", 2, "GREENAPI_ID_INSTANCE is not set in the environment"),
        ("GREENAPI_ID_INSTANCE", "abc", 2, "abc"),
        ("GREENAPI_API_TOKEN_INSTANCE_FILE", "x", 2, "both"),
        ("GREENAPI_PROFILE", "x", 2, "no file of profiles"),
    ],
)
def test_a_wrong_configuration_is_one_line(
    greenapi: Greenapi, monkeypatch: pytest.MonkeyPatch, name: str, value: str, status: int, words: str
) -> None:
    monkeypatch.setenv(name, value)
    done = greenapi("status")
    assert done.status == status
    assert words in done.err
    assert done.err.startswith("greenapi status: ")
    assert done.err.count("\n") == 1


def test_a_profile_is_read_from_a_file(
    greenapi: Greenapi, instance: Instance, terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = terminal.variables["GREENAPI_API_URL"]
    (tmp_path / "secret").write_text(f"{instance.token}\n", "utf-8")
    (tmp_path / "greenapi.toml").write_text(
        f'[profiles.shop]\nid_instance = {instance.id_instance}\napi_url = "{url}"\n'
        'api_token_instance_file = "secret"\n'
        '[profiles.typo]\ntoken = "x"\n',
        "utf-8",
    )
    monkeypatch.delenv("GREENAPI_ID_INSTANCE")
    assert greenapi("status", "--profile", "shop").status == 0
    assert "its profiles: shop, typo" in greenapi("status", "--profile", "home").err
    done = greenapi("status", "--profile", "typo")
    assert (done.status, "token is not a text or not known" in done.err) == (2, True)
    assert greenapi("status", "--config", "greenapi.toml").status == 2
    (tmp_path / "greenapi.toml").write_text("[profiles", "utf-8")
    assert "is not TOML" in greenapi("status", "--profile", "shop").err


def test_variables_are_read_from_a_file(
    greenapi: Greenapi, instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GREENAPI_ID_INSTANCE")
    monkeypatch.delenv("GREENAPI_API_TOKEN_INSTANCE")
    (tmp_path / ".env").write_text(
        f"# mine\nexport GREENAPI_ID_INSTANCE={instance.id_instance} # id\n"
        f"GREENAPI_API_TOKEN_INSTANCE='{instance.token}'\nOTHER=1\n",
        "utf-8",
    )
    assert greenapi("status").status == 0


def findings(greenapi: Greenapi, *options: object) -> dict[str, dict[str, str]]:
    rows: list[dict[str, str]] = greenapi("doctor", "--json", *options).json
    return {row["subject"]: row for row in rows if row["level"] != "ok"}


def test_the_doctor_finds_nothing_wrong_with_a_working_instance(greenapi: Greenapi) -> None:
    done = greenapi("doctor")
    assert done.status == 0
    assert done.out.endswith("No errors, no warnings.\n")


def test_the_doctor_names_each_problem_and_its_fix(
    greenapi: Greenapi, server: SandboxServer, instance: Instance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server.call(lambda: instance.settings.update({"webhookUrl": "http://127.0.0.1:1/hook"}))
    found = findings(greenapi)
    assert found["webhook"]["level"] == "error"
    assert "greenapi webhook off" in found["webhook"]["fix"]
    server.call(lambda: instance.settings.update({"webhookUrl": "", "incomingWebhook": "no"}))
    assert "incoming messages are off" in findings(greenapi)["instance"]["text"]
    server.call(lambda: instance.set_state("notAuthorized"))
    assert "scan_qr_code" in greenapi("doctor").out
    done = greenapi("doctor", "--inbox", tmp_path / "nowhere.db")
    assert (done.status, "nowhere.db does not exist" in done.out) == (1, True)
    monkeypatch.setenv("GREENAPI_API_TOKEN_INSTANCE", "wrong")
    assert "401" in findings(greenapi)["API"]["text"]
    monkeypatch.setenv("GREENAPI_API_URL", "http://127.0.0.1:1")
    assert "network" in findings(greenapi)["API"]["fix"]
    monkeypatch.delenv("GREENAPI_ID_INSTANCE")
    done = greenapi("doctor", "--json")
    assert done.status == 1
    assert json.loads(done.out)[-1]["subject"] == "configuration"
