"""Format, lint and type-check the Python blocks of README and pages as a user's files.

Usage: ``python -m tests.docs.check_blocks [PAGE ...]``, a page being ``README`` or a path such as ``how-to/files``.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from .pages import ROOT, write_packages

RULES = "A,ASYNC,B,C4,E,F,I,PIE,RET,RUF,SIM,TRY,UP,W"
CHECKS = [
    ["ruff", "format", "--no-cache", "--isolated", "--diff", "--line-length=88"],
    ["ruff", "check", "--no-cache", "--isolated", "--line-length=88", f"--select={RULES}", "--ignore=RUF001,TRY003"],
    ["mypy", "--strict", "--config-file=", "--explicit-package-bases", f"--cache-dir={ROOT}/.mypy_cache/blocks"],
]


def main(names: list[str]) -> int:
    """Check the blocks of these pages, or of all."""
    with tempfile.TemporaryDirectory() as directory:
        write_packages(Path(directory), names)
        commands = [[sys.executable, "-m", *check, "."] for check in CHECKS]
        return max(subprocess.run(command, cwd=directory, check=False).returncode for command in commands)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
