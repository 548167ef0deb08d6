"""Cost of imports, each in a new interpreter: httpx, this package, its client, the first use of it, and the command.

The statements take turns, and medians are printed: CPU time of the statements, wall time of the commands. Bytecode is
cached in a folder of its own, as it is in an installation, whatever the environment says. Where rich is installed,
httpx imports it: compare in an environment with nothing but the dependencies, in which the command is left out.

Usage: ``python tests/benchmarks/import_cost.py [rounds]``.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from importlib.util import find_spec

BODY = {"typeWebhook": "incomingMessageReceived", "messageData": {"typeMessage": "textMessage"}}
FIRST_USE = f"""
from greenapi_async import Client, parse_notification
parse_notification({BODY}, Client(1101000001, "token"))
"""
STATEMENTS = {
    "import httpx": "import httpx",
    "import greenapi_async": "import greenapi_async",
    "from greenapi_async import Client": "from greenapi_async import Client",
    "the same, a first client and a first notification": FIRST_USE,
}
COMMANDS = {"python -c pass": ["-c", "pass"]}
if find_spec("typer"):
    COMMANDS["greenapi --help"] = ["-c", "from greenapi_async.cli import main; main()", "--help"]
CODE = "import time; start = time.process_time()\n{}\nprint(time.process_time() - start)"


def run(*arguments: str, cache: str) -> str:
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def cpu(statement: str, cache: str) -> float:
    return float(run("-c", CODE.format(statement), cache=cache)) * 1000


def wall(arguments: list[str], cache: str) -> float:
    start = time.perf_counter()
    run(*arguments, cache=cache)
    return (time.perf_counter() - start) * 1000


def main(rounds: int = 15) -> None:
    with tempfile.TemporaryDirectory() as cache:
        imports = {name: partial(cpu, statement, cache) for name, statement in STATEMENTS.items()}
        commands = {name: partial(wall, arguments, cache) for name, arguments in COMMANDS.items()}
        tasks = imports | commands
        for task in tasks.values():
            task()  # writes the bytecode
        figures = [[task() for task in tasks.values()] for _ in range(rounds)]
    medians = dict(zip(tasks, map(statistics.median, zip(*figures, strict=True)), strict=True))
    for name in STATEMENTS:
        sys.stdout.write(
            f"{name}: {medians[name]:.1f} ms of CPU, {medians[name] / medians['import httpx']:.2f} times httpx\n"
        )
    for name in COMMANDS:
        sys.stdout.write(f"{name}: {medians[name]:.0f} ms\n")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
