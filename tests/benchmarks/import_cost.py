"""CPU time of importing httpx, this package, and this package's client, each in a new interpreter.

Usage: ``python tests/benchmarks/import_cost.py [rounds]``.
"""

import statistics
import subprocess
import sys

STATEMENTS = ("import httpx", "import greenapi_async", "from greenapi_async import Client")
CODE = "import time; start = time.process_time(); {}; print(time.process_time() - start)"


def milliseconds(statement: str) -> float:
    done = subprocess.run([sys.executable, "-c", CODE.format(statement)], check=True, capture_output=True, text=True)
    return float(done.stdout) * 1000


def main(rounds: int = 15) -> None:
    figures = {statement: [0.0] * 0 for statement in STATEMENTS}
    for _ in range(rounds):
        for statement in STATEMENTS:
            figures[statement].append(milliseconds(statement))
    base = statistics.median(figures[STATEMENTS[0]])
    for statement, times in figures.items():
        median = statistics.median(times)
        sys.stdout.write(f"{statement}: {median:.1f} ms, {median / base:.2f} times httpx\n")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
