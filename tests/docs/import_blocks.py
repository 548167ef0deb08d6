"""Import the Python blocks of many pages, each page in a process of its own that has imported the libraries already.

Usage: ``python -W error import_blocks.py DIRECTORY...``; a directory holds the blocks of one page, which import each
other by their names. The exit code is 1 if an import fails.
"""

import importlib
import os
import sys
import traceback
from pathlib import Path

LIBRARIES = ("greenapi_async.bots", "greenapi_async.testing", "greenapi_async.webhooks", "fastapi", "pytest")


def import_page(directory: Path) -> int:
    """Import the blocks of one page; return an exit code."""
    os.chdir(directory)
    sys.path.insert(0, str(directory))
    try:
        for path in sorted(directory.rglob("*.py")):
            importlib.import_module(".".join(path.relative_to(directory).with_suffix("").parts))
    except BaseException:  # noqa: BLE001  also SystemExit of a block; printed
        sys.stderr.write(f"{directory.name}:\n{traceback.format_exc()}\n")
        return 1
    return 0


def main(directories: list[str]) -> int:
    for library in LIBRARIES:
        importlib.import_module(library)
    failed = 0
    for directory in directories:
        pid = os.fork()
        if not pid:
            os._exit(import_page(Path(directory).resolve()))
        failed |= os.waitpid(pid, 0)[1]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
