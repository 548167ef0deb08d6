"""Each example, run as a user runs it."""

import base64
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from .example_process import ANNA, BORIS, CLARA, EXAMPLES, RUNS, SIGNAL, STOPPED, Stage, stage, until

pytestmark = pytest.mark.slow

TESTED = {
    "aiohttp_app.py",
    "broadcast_bot.py",
    "download_bot.py",
    "echo_bot.py",
    "fastapi_app.py",
    "menu_bot.py",
    "survey_bot.py",
    "two_instances.py",
}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Stage]:
    with stage(tmp_path) as made:
        yield made


def test_every_example_is_tested_and_short() -> None:
    lines = {path.name: len(path.read_text().splitlines()) for path in EXAMPLES.glob("*.py")}
    assert lines.keys() == TESTED
    assert {name: count for name, count in lines.items() if count >= 60} == {}


def test_echo(here: Stage) -> None:
    instance = here.add_instance()
    with here.runs("echo_bot.py") as bot:
        assert bot.says(instance, ANNA, "Hello") == "Hello"
        bot.ends(signal.SIGINT)


def test_the_menu_resumes_after_a_restart(here: Stage) -> None:
    instance = here.add_instance()
    with here.runs("menu_bot.py") as bot:
        assert bot.says(instance, ANNA, "/menu") == "1. Soup\n2. Salad\n3. Tea"
        assert bot.says(instance, ANNA, "7") == "Please send the number of a dish."
        assert bot.says(instance, BORIS, "/menu") == "1. Soup\n2. Salad\n3. Tea"
        assert bot.says(instance, ANNA, "2") == "Where shall we deliver it?"
        bot.ends(signal.SIGTERM, RUNS, SIGNAL, STOPPED)
    heard = {(instance.id_instance, ANNA): 3, (instance.id_instance, BORIS): 1}
    with here.runs("menu_bot.py") as bot:
        bot.heard.update(heard)
        assert bot.says(instance, ANNA, "Main Street 1") == "Salad is on its way to Main Street 1."
        assert bot.says(instance, BORIS, "1") == "Where shall we deliver it?"
        bot.ends(signal.SIGINT, RUNS, SIGNAL, STOPPED)


def test_the_survey_runs_concurrently_and_stores_answers(here: Stage) -> None:
    instance = here.add_instance()
    with here.runs("survey_bot.py") as bot:
        assert bot.says(instance, ANNA, "/survey") == "What is your name?"
        assert bot.says(instance, BORIS, "/survey") == "What is your name?"
        assert bot.says(instance, BORIS, "Boris") == "How was it, Boris?\n1. Good\n2. Bad"
        assert bot.says(instance, ANNA, "Anna") == "How was it, Anna?\n1. Good\n2. Bad"
        assert bot.says(instance, ANNA, "3") == "Please answer 1 or 2.\n1. Good\n2. Bad"
        assert bot.says(instance, BORIS, "bad") == "What should we improve?"
        assert bot.says(instance, ANNA, "1") == "Thank you!"
        assert bot.says(instance, BORIS, "STOP") == "The survey has ended. Send /survey to start again."
        assert bot.says(instance, BORIS, "hm") == "Send /survey to start."
        bot.ends(signal.SIGTERM, RUNS, SIGNAL, STOPPED)
    assert (here.folder / "survey.csv").read_text().splitlines() == [f"{ANNA},Anna,Good,"]


def test_files_are_downloaded(here: Stage) -> None:
    instance = here.add_instance()
    photo = {"fileName": "photo.png", "data": base64.b64encode(b"a picture").decode()}
    large = {"fileName": "film.mp4", "data": base64.b64encode(bytes(20_000_001)).decode()}
    with here.runs("download_bot.py") as bot:
        for _ in range(2):
            here.server.call(lambda: instance.contact_sends(ANNA, {"file": photo}))
        assert bot.hears(instance, ANNA) == "Saved: photo.png, image/png, 9 bytes."
        assert bot.hears(instance, ANNA).startswith("Saved: photo")
        here.server.call(lambda: instance.contact_sends(ANNA, {"file": large}))
        assert bot.hears(instance, ANNA) == "Files over 20 MB are not accepted."
        assert bot.says(instance, ANNA, "Hello") == "Please send me a file."
        bot.ends(signal.SIGINT, RUNS, SIGNAL, STOPPED)
    kept = list((here.folder / "downloads" / ANNA).iterdir())
    assert [path.read_bytes() for path in kept] == [b"a picture"] * 2


def test_the_broadcast_reports_delivery_to_the_operator(here: Stage) -> None:
    instance = here.add_instance()
    here.server.call(lambda: instance.people.no_account.add(CLARA))
    people = [chat_id.partition("@")[0] for chat_id in (ANNA, BORIS, CLARA)]
    with here.runs("broadcast_bot.py", *people) as bot:
        here.server.call(lambda: instance.contact_writes(BORIS, "/broadcast Boris is not the operator"))
        report = bot.says(instance, ANNA, "/broadcast We are open again")
        assert report.startswith(f"{BORIS}: delivered\n{CLARA}: the message failed: noAccount"), report
        assert bot.hears(instance, BORIS) == "We are open again"
        bot.ends(signal.SIGTERM, RUNS, SIGNAL, STOPPED)


def test_two_instances_work_together(here: Stage) -> None:
    shop, support = here.add_instance(), here.add_instance(2)
    with here.runs("two_instances.py", SUPPORT_ID_INSTANCE="1101000002", SUPPORT_API_TOKEN_INSTANCE="2" * 50) as bot:
        assert bot.says(shop, ANNA, "Hello").startswith("We are open")
        assert bot.says(shop, ANNA, "Help") == "Our support will write to you."
        assert bot.hears(support, ANNA) == "Hello, Anna! How can we help?"
        assert bot.says(support, ANNA, "All of it") == "Thank you, we will look into it."
        bot.ends(signal.SIGINT, RUNS, SIGNAL, STOPPED)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("name", ["fastapi_app.py", "aiohttp_app.py"])
def test_an_application_with_a_bot_inside(here: Stage, name: str, number: signal.Signals) -> None:
    instance = here.add_instance()
    with here.runs(name, PORT="0") as bot:
        url = bot.finds(r"[Rr]unning on (http://127.0.0.1:\d+)")
        assert bot.says(instance, ANNA, "Hello") == "You said: Hello"
        sent = httpx.post(f"{url}/messages", params={"phone": "79001234568", "text": "From the page"}).json()
        assert bot.hears(instance, BORIS) == "From the page"
        assert sent["id_message"] == here.server.call(lambda: instance.chat(BORIS))[0].id_message
        assert until(lambda: httpx.get(f"{url}/health").json()["waiting"] == 0)
        assert httpx.get(f"{url}/health").json() == {"running": True, "waiting": 0, "lag": 0.0}
        as_uvicorn_ends = -number if (name, number) == ("fastapi_app.py", signal.SIGTERM) else 0
        bot.ends(number, RUNS, STOPPED, status=as_uvicorn_ends)
