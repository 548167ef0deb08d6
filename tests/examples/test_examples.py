"""Each example, run in its own process as a user runs it."""

import base64
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.postgres_server import PostgresServer
from tests.relay.servers import NatsServer

from .example_process import (
    ANNA,
    BORIS,
    CLARA,
    EXAMPLES,
    OTHERS,
    PATIENCE,
    RUNS,
    SIGNAL,
    STOPPED,
    ExampleRunner,
    start_runner,
    until,
)

pytestmark = pytest.mark.slow

ENDED = r"INFO Conversation ended \(entry \d+\): .+"

TESTED = {
    "aiohttp_app.py",
    "barber_bot.py",
    "broadcast_bot.py",
    "download_bot.py",
    "echo_bot.py",
    "fastapi_app.py",
    "language_bot.py",
    "menu_bot.py",
    "nats_relay.py",
    "reminder_bot.py",
    "shared_bot.py",
    "survey_bot.py",
    "two_instances.py",
}


@pytest.fixture(params=["whatsapp", "max", "telegram"])
def runner(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ExampleRunner]:
    """The examples run unchanged on each messenger, and find out by themselves which it is."""
    with start_runner(tmp_path, request.param) as runner:
        yield runner


def test_every_example_is_tested() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == TESTED


def test_echo(runner: ExampleRunner) -> None:
    instance = runner.add_instance()
    with runner.run("echo_bot.py") as bot:
        assert bot.write(instance, ANNA, "Hello") == "Hello"
        bot.stop(signal.SIGINT)


def test_the_menu_resumes_after_a_restart(runner: ExampleRunner) -> None:
    instance = runner.add_instance()
    dishes = "What would you like?\n1. Soup\n2. Salad\n3. Tea"
    with runner.run("menu_bot.py") as bot:
        assert bot.write(instance, ANNA, "/menu") == dishes
        assert bot.write(instance, ANNA, "7") == f"Please send the number of a dish.\n{dishes}"
        assert bot.write(instance, BORIS, "/menu") == dishes
        assert bot.write(instance, ANNA, "2") == "Where shall we deliver it?"
        assert bot.write(instance, BORIS, "3") == "Where shall we deliver it?"
        assert bot.write(instance, BORIS, "/menu") == dishes
        bot.stop(signal.SIGTERM, RUNS, ENDED, SIGNAL, STOPPED)
    read_counts = {(instance.id_instance, ANNA): 3, (instance.id_instance, BORIS): 3}
    with runner.run("menu_bot.py") as bot:
        bot.read_counts.update(read_counts)
        assert bot.write(instance, ANNA, "Main Street 1") == "Salad is on its way to Main Street 1."
        assert bot.write(instance, BORIS, "1") == "Where shall we deliver it?"
        bot.stop(signal.SIGINT, RUNS, SIGNAL, STOPPED)


def test_the_reminder_comes_on_the_day_before_also_after_a_restart(runner: ExampleRunner) -> None:
    instance = runner.add_instance()
    tomorrow = datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(days=1, minutes=-5)
    with runner.run("reminder_bot.py") as bot:
        assert bot.write(instance, ANNA, "/book soon") == "Please write for example: /book 2027-05-01 10:00"
        assert bot.write(instance, ANNA, "/book 2050-01-01 12:30") == "See you at 12:30 on 2050-01-01."
        assert bot.write(instance, BORIS, "/book 2050-01-01 12:30") == "See you at 12:30 on 2050-01-01."
        assert bot.write(instance, BORIS, "/cancel") == "Your appointment is cancelled."
        bot.stop(signal.SIGTERM, RUNS, SIGNAL, STOPPED)
    with runner.run("reminder_bot.py") as bot:
        bot.read_counts.update({(instance.id_instance, ANNA): 2, (instance.id_instance, BORIS): 2})
        assert bot.write(instance, BORIS, "/cancel") == "You have no appointment."
        for begins in (tomorrow, tomorrow + timedelta(minutes=1)):
            day, time = f"{begins:%Y-%m-%d}", f"{begins:%H:%M}"
            answer = bot.write(instance, ANNA, f"/book {day} {time}")  # a day before is now
            assert answer == f"See you at {time} on {day}."
            assert bot.next_message(instance, ANNA) == f"Your appointment is at {time} on {day}."
        bot.stop(signal.SIGINT, RUNS, SIGNAL, STOPPED)


def test_the_barber_is_ready(runner: ExampleRunner) -> None:
    instance = runner.add_instance()
    barber = {"BARBER": BORIS.partition("@")[0]}
    menu = "Hello! What can I do for you?\n1. Book a visit\n2. My visits\n3. По-русски"
    with runner.run("barber_bot.py", **barber) as bot:
        assert bot.write(instance, ANNA, "hi") == menu
        assert bot.write(instance, ANNA, "1") == "What shall we do?\n1. Haircut\n2. Beard trim"
        assert bot.write(instance, BORIS, "/today") == "Nobody."
        bot.process.send_signal(signal.SIGTERM)
        assert bot.process.wait(30) == 0
    with runner.run("barber_bot.py", **barber) as bot:
        bot.read_counts.update({(instance.id_instance, ANNA): 2, (instance.id_instance, BORIS): 1})
        assert (
            bot.write(instance, ANNA, "3")
            == "Please choose one of these.\nWhat shall we do?\n1. Haircut\n2. Beard trim"
        )
        assert bot.write(instance, BORIS, "/off 2030-12-31") == "2030-12-31 is off."
        assert bot.write(instance, ANNA, "stop") == "Fine. Write again at any time."
        bot.stop(signal.SIGINT, RUNS, SIGNAL, STOPPED)


def test_the_language_survives_a_restart(runner: ExampleRunner) -> None:
    instance = runner.add_instance()
    with runner.run("language_bot.py") as bot:
        assert bot.write(instance, ANNA, "hi") == "Hello, Anna!"
        assert bot.write(instance, ANNA, "/language ru") == "Буду писать по-русски."
        bot.stop(signal.SIGTERM, RUNS, SIGNAL, STOPPED)
    with runner.run("language_bot.py") as bot:
        bot.read_counts.update({(instance.id_instance, ANNA): 2})
        assert bot.write(instance, ANNA, "hi") == "Здравствуйте, Anna!"
        assert bot.write(instance, BORIS, "hi") == "Hello, Anna!"  # every contact has this name
        bot.stop(signal.SIGINT, RUNS, SIGNAL, STOPPED)


def test_the_survey_runs_concurrently_and_stores_answers(runner: ExampleRunner) -> None:
    instance = runner.add_instance()
    with runner.run("survey_bot.py") as bot:
        assert bot.write(instance, ANNA, "/survey") == "What is your name?"
        assert bot.write(instance, BORIS, "/survey") == "What is your name?"
        assert bot.write(instance, BORIS, "Boris") == "How was it, Boris?\n1. Good\n2. Bad"
        assert bot.write(instance, ANNA, "Anna") == "How was it, Anna?\n1. Good\n2. Bad"
        assert bot.write(instance, ANNA, "3") == "Please answer 1 or 2.\n1. Good\n2. Bad"
        assert bot.write(instance, BORIS, "bad") == "What should we improve?"
        assert bot.write(instance, ANNA, "1") == "Thank you!"
        assert bot.write(instance, BORIS, "STOP") == "The survey has ended. Send /survey to start again."
        assert bot.write(instance, BORIS, "hm") == "Send /survey to start."
        bot.stop(signal.SIGTERM, RUNS, SIGNAL, STOPPED)
    assert (runner.folder / "survey.csv").read_text().splitlines() == [f"{instance.people.resolve(ANNA)},Anna,Good,"]


def test_files_are_downloaded(runner: ExampleRunner) -> None:
    instance = runner.add_instance()
    photo = {"fileName": "photo.png", "data": base64.b64encode(b"a picture").decode()}
    large = {"fileName": "film.mp4", "data": base64.b64encode(bytes(20_000_001)).decode()}
    with runner.run("download_bot.py") as bot:
        for _ in range(2):
            runner.server.call(lambda: instance.contact_sends(ANNA, {"file": photo}))
        assert bot.next_message(instance, ANNA) == "Saved: photo.png, image/png, 9 bytes."
        assert bot.next_message(instance, ANNA).startswith("Saved: photo")
        runner.server.call(lambda: instance.contact_sends(ANNA, {"file": large}))
        assert bot.next_message(instance, ANNA) == "Files over 20 MB are not accepted."
        assert bot.write(instance, ANNA, "Hello") == "Please send me a file."
        bot.stop(signal.SIGINT, RUNS, SIGNAL, STOPPED)
    kept = list((runner.folder / "downloads" / instance.people.resolve(ANNA)).iterdir())
    assert [path.read_bytes() for path in kept] == [b"a picture"] * 2


def test_the_broadcast_reports_delivery_to_the_operator(runner: ExampleRunner) -> None:
    instance = runner.add_instance()
    runner.server.call(lambda: instance.people.no_account.add(CLARA))
    people = [chat_id.partition("@")[0] for chat_id in (ANNA, BORIS, CLARA)]
    with runner.run("broadcast_bot.py", *people) as bot:
        runner.server.call(lambda: instance.contact_writes(BORIS, "/broadcast Boris is not the operator"))
        assert bot.write(instance, ANNA, "/broadcast") == "Write the text after /broadcast."
        report = bot.write(instance, ANNA, "/broadcast We are open again")
        numbers, *lines = report.splitlines()
        assert numbers.endswith("2 of 2, 1 delivered, 1 skipped (finished)"), report
        assert lines == [f"{BORIS}: delivered", f"{CLARA}: skipped, the number has no account"]
        assert bot.next_message(instance, BORIS) == "We are open again"
        bot.stop(signal.SIGTERM, RUNS, SIGNAL, STOPPED)


def test_two_instances_work_together(runner: ExampleRunner) -> None:
    shop, support = runner.add_instance(), runner.add_instance(2)
    with runner.run("two_instances.py", SUPPORT_ID_INSTANCE="1101000002", SUPPORT_API_TOKEN_INSTANCE="2" * 50) as bot:
        assert bot.write(shop, ANNA, "Hello").startswith("We are open")
        assert bot.write(shop, ANNA, "Help") == "Our support will write to you."
        assert bot.next_message(support, ANNA) == "Hello, Anna! How can we help?"
        assert bot.write(support, ANNA, "All of it") == "Thank you, we will look into it."
        bot.stop(signal.SIGINT, RUNS, SIGNAL, STOPPED)


def test_a_bot_behind_nats_answers_also_what_arrived_while_it_was_stopped(
    runner: ExampleRunner, tmp_path: Path
) -> None:
    instance = runner.add_instance()
    with NatsServer(tmp_path) as nats, runner.run("nats_relay.py", "relay", NATS_URL=nats.url) as relay:
        runner.server.call(lambda: instance.contact_writes(ANNA, "Hello"))
        until(lambda: runner.server.call(lambda: not len(instance.notifications)), failing=lambda: relay.output)
        with runner.in_folder("bot").run("nats_relay.py", "bot", NATS_URL=nats.url) as bot:
            assert bot.next_message(instance, ANNA) == "You said: Hello"
            assert bot.write(instance, BORIS, "Hi") == "You said: Hi"
        relay.process.send_signal(signal.SIGINT)
        assert relay.process.wait(30) == 0, relay.output
        assert "Traceback" not in relay.output


def test_the_other_process_answers_when_one_is_stopped(runner: ExampleRunner) -> None:
    instance = runner.add_instance()
    with PostgresServer() as server:
        database = {"BOT_DATABASE": server.dsn}
        with (
            runner.in_folder("one").run("shared_bot.py", **database) as one,
            runner.in_folder("two").run("shared_bot.py", **database) as two,
        ):
            one.find_output(f"({RUNS})")
            two.find_output(f"({RUNS})")
            processes = {str(each.process.pid): each for each in (one, two)}
            first, text = one.write(instance, ANNA, "Hello").removeprefix("Process ").split(" ", 1)
            assert text == "received: Hello"
            stopped = processes.pop(first)
            stopped.stop(signal.SIGTERM, RUNS, SIGNAL, STOPPED)
            [(other, left)] = processes.items()
            left.read_counts = stopped.read_counts | one.read_counts
            assert left.write(instance, ANNA, "Still there?") == f"Process {other} received: Still there?"
            left.process.send_signal(signal.SIGINT)
            assert left.process.wait(PATIENCE) == 0, left.output
            assert "WARNING" not in OTHERS.sub("", left.output)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("name", ["fastapi_app.py", "aiohttp_app.py"])
def test_an_application_with_a_bot_inside(runner: ExampleRunner, name: str, number: signal.Signals) -> None:
    instance = runner.add_instance()
    with runner.run(name, PORT="0") as bot:
        url = bot.find_output(r"[Rr]unning on (http://127.0.0.1:\d+)")
        assert bot.write(instance, ANNA, "Hello") == "You said: Hello"
        sent = httpx.post(f"{url}/messages", params={"phone": "79001234568", "text": "From the page"}).json()
        assert bot.next_message(instance, BORIS) == "From the page"
        assert sent["id_message"] == runner.server.call(lambda: instance.chat(BORIS))[0].id_message
        probe = f"{url}/health/readyz" if name == "fastapi_app.py" else f"{url}/readyz"
        assert until(lambda: httpx.get(probe, timeout=PATIENCE).status_code == 200)
        runner.server.call(lambda: instance.set_state("blocked"))
        assert until(lambda: "has banned the account" in httpx.get(probe, timeout=PATIENCE).text)
        assert httpx.get(probe, timeout=PATIENCE).status_code == 503
        runner.server.call(lambda: instance.set_state("authorized"))
        assert until(lambda: httpx.get(probe, timeout=PATIENCE).status_code == 200)
        assert httpx.get(probe.replace("readyz", "livez"), timeout=PATIENCE).status_code == 200
        as_uvicorn_ends = -number if (name, number) == ("fastapi_app.py", signal.SIGTERM) else 0
        bot.stop(number, RUNS, STOPPED, status=as_uvicorn_ends)
