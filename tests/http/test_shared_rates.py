"""Four real processes, one instance, a real store: no 429, and 85% of the rate.

One process is killed, one is suspended, and the store crashes and comes back. It takes about 50 s for each store, of
which the processor works about 8 s.
"""

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import attrs
import pytest

from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.output_lines import Lines
from tests.postgres_server import PostgresServer
from tests.redis_server import RedisServer

WORKER = Path(__file__).with_name("rate_worker.py")
RATE = 50
GOAL = 0.85
SHARES = 3 * (RATE // 4) / RATE
"""Part of the rate that three of four processes use without the store."""


class Worker:
    """One of the processes."""

    def __init__(self, arguments: list[str], errors: Path) -> None:
        with errors.open("ab") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, WORKER, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr
            )
        self._lines = Lines(self.process.stdout)

    def wait_until_ready(self) -> None:
        assert self._lines.next() == "ready"

    def start_sending(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@attrs.frozen
class Store:
    """A real server."""

    url: str
    crash: Callable[[], object]
    start: Callable[[], object]


@pytest.fixture(params=["redis", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "redis":
        with RedisServer() as redis:
            yield Store(f"redis://127.0.0.1:{redis.port}", lambda: redis.stop(signal.SIGKILL), redis.start)
    else:
        with PostgresServer() as postgres:
            yield Store(postgres.dsn, lambda: postgres.stop(signal.SIGQUIT), postgres.start)


class Answers:
    """The statuses of all answers."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._seen = 0
        self.statuses: Counter[int | None] = Counter()

    def watch(self, seconds: float) -> float:
        """Count answers for some seconds, and return how much of the rate is used."""
        self._count()
        before, began = self.statuses[200], time.monotonic()
        time.sleep(seconds)  # other processes work
        self._count()
        return (self.statuses[200] - before) / (time.monotonic() - began) / RATE

    def watch_until(self, used: float) -> float:
        """Return the greatest part of the rate that is used during some seconds; the machine may be busy."""
        most = 0.0
        for _ in range(8):
            most = max(most, self.watch(5))
            if most >= used:
                break
        return most

    def _count(self) -> None:
        ended = [call for call in [*self._instance.calls] if call.number > self._seen and call.status is not None]
        self.statuses.update(call.status for call in ended)
        self._seen = max((call.number for call in ended), default=self._seen)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs SIGSTOP and SIGKILL")
def test_no_429_and_most_of_the_rate(store: Store, tmp_path: Path) -> None:
    sandbox = Sandbox(seed=1)
    instance = sandbox.add_instance()
    errors = tmp_path / "stderr"
    used: dict[str, float] = {}
    answers = Answers(instance)
    with SandboxServer(sandbox) as server, ExitStack() as stack:
        arguments = [store.url, server.url, str(instance.id_instance), instance.token]
        workers = [Worker(arguments, errors) for _ in range(4)]
        for worker in workers:
            stack.callback(worker.close)
        for worker in workers:
            worker.wait_until_ready()
        workers[0].start_sending()
        answers.watch(1)
        used["one of four is busy"] = answers.watch_until(GOAL)
        for worker in workers[1:]:
            worker.start_sending()
        answers.watch(1)
        used["four are busy"] = answers.watch_until(GOAL)
        workers[2].process.kill()
        workers[3].process.send_signal(signal.SIGSTOP)
        answers.watch(5)
        store.crash()
        answers.watch(1)
        workers[3].process.send_signal(signal.SIGCONT)
        answers.watch(5)
        used["without the store, by the share of three"] = answers.watch_until(GOAL * SHARES) / SHARES
        store.start()
        answers.watch(8)
        used["with the store again"] = answers.watch_until(GOAL)
    sys.stdout.write(f"{answers.statuses}; {used}\n")
    assert not answers.statuses[429], errors.read_text()
    assert min(used.values()) >= GOAL, (used, errors.read_text())
    assert "Traceback" not in errors.read_text()
