"""A user's pytest run, in a process and a directory of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import attrs

USER = Path(__file__).with_name("user_test_file.py").read_text("utf-8")

_INI = """
[pytest]
filterwarnings = error
asyncio_default_fixture_loop_scope = function
addopts = --strict-markers -p no:randomly -p no:cacheprovider -p no:timeout -p no:socket
"""


@attrs.frozen
class Outcome:
    """Output of a run."""

    output: str

    @property
    def counts(self) -> dict[str, int]:
        """The numbers in the last line, for example ``{"passed": 2}``."""
        last = self.output.strip().splitlines()[-1]
        return {word: int(number) for number, word in re.findall(r"(\d+) (\w+)", last.rpartition(" in ")[0])}


def run(folder: Path, source: str, *arguments: str, conftest: str = "", python_path: str = "") -> Outcome:
    """Run one test file."""
    (folder / "test_bot.py").write_text(source, "utf-8")
    (folder / "conftest.py").write_text(conftest, "utf-8")
    (folder / "pytest.ini").write_text(_INI, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "test_bot.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, "PYTEST_ADDOPTS": "", "PYTHONPATH": python_path, "COLUMNS": "200"},
    )
    return Outcome(done.stdout + done.stderr)
