"""Import the Python blocks of many pages, or run the tests among them, each page in a process of its own.

The processes are forks of this one, which has imported the libraries already; most of the time would go into that.
Usage: ``python -W error run_blocks.py import|test DIRECTORY...``. A directory holds the blocks of one page, which
import each other by their names. The exit code is 1 if an import or a test fails.
"""

import importlib
import os
import pkgutil
import sys
import traceback
from pathlib import Path

import pytest

import greenapi_async

LIBRARIES = ("fastapi", "hypothesis", "respx", "trio", "typer", "uvicorn")
OPTIONS = ("-c", "/dev/null", "--rootdir", ".", "-W", "error", "-o", "asyncio_default_fixture_loop_scope=function")
FORKED = ("--assert=plain", "-p", "no:cacheprovider")
"""Modules that are imported already cannot be rewritten for assertions."""


def import_blocks(directory: Path) -> int:
    for path in sorted(directory.rglob("*.py")):
        importlib.import_module(".".join(path.relative_to(directory).with_suffix("").parts))
    return 0


def run_tests(_: Path) -> int:
    return pytest.main(["-q", *OPTIONS, *FORKED])


WORK = {"import": import_blocks, "test": run_tests}


def run(what: str, directory: Path) -> int:
    """Do the work for one page; return an exit code."""
    os.chdir(directory)
    sys.path.insert(0, str(directory))
    try:
        code = WORK[what](directory)
    except BaseException:  # noqa: BLE001  also SystemExit of a block; printed
        code = 1
        traceback.print_exc()
    if code:
        sys.stderr.write(f"{what} failed: {directory.name}\n")
    sys.stdout.flush()
    return int(code)


def main(what: str, directories: list[str]) -> int:
    ours = (module.name for module in pkgutil.walk_packages(greenapi_async.__path__, "greenapi_async."))
    for name in (*LIBRARIES, *ours):
        if not name.endswith("__main__"):
            importlib.import_module(name)
    failed = 0
    for directory in directories:
        sys.stdout.flush()
        pid = os.fork()
        if not pid:
            os._exit(run(what, Path(directory).resolve()))
        failed |= os.waitpid(pid, 0)[1]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
