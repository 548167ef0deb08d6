"""The state of a sandbox in a folder, so that chats, queues and instances are there again at the next start.

The state is written as Python's `pickle` has it, after a line that names the version of the package: another version
does not read it. Reading a pickle can execute code, so only folders that this user has written are read.
"""

import json
import os
import pickle
from pathlib import Path
from typing import Final

from greenapi_async.sandbox.state import Sandbox

__all__ = ["STATE_FILE", "dump_state", "read_state", "write_state"]

STATE_FILE: Final = "sandbox.state"
FORMAT: Final = "greenapi sandbox"


def dump_state(sandbox: Sandbox, version: str) -> bytes:
    """Return the state; call it where the state may be accessed, for example with `SandboxServer.call`.

    Args:
        sandbox: The server.
        version: Version of the package.
    """
    sandbox.settle()
    head = json.dumps({"format": FORMAT, "version": version}).encode()
    return head + b"\n" + pickle.dumps(sandbox)


def write_state(folder: Path, state: bytes) -> None:
    """Write the state so that a crash leaves the old or the new one.

    Args:
        folder: The folder; created if it does not exist.
        state: What `dump_state` has returned.

    Raises:
        OSError: It cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f"{STATE_FILE}.new"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(state)
    temporary.replace(folder / STATE_FILE)


def read_state(folder: Path, version: str) -> Sandbox | None:
    """Return the sandbox of a folder, or None if nothing is stored there.

    Args:
        folder: The folder.
        version: Version of the package.

    Raises:
        ValueError: It was written by another version or another user, or is damaged.
        OSError: It cannot be read.
    """
    path = folder / STATE_FILE
    if not path.exists():
        return None
    if hasattr(os, "getuid") and path.stat().st_uid not in {os.getuid(), 0}:
        raise ValueError(f"{path} belongs to another user, so it is not read")
    head, _, content = path.read_bytes().partition(b"\n")
    if head != json.dumps({"format": FORMAT, "version": version}).encode():
        raise ValueError(f"{path} was written by another version of this package; choose another folder, or remove it")
    try:
        sandbox = pickle.loads(content)  # noqa: S301 - written by this user
    except Exception as error:
        raise ValueError(f"{path} is damaged: {type(error).__name__}; choose another folder, or remove it") from error
    if not isinstance(sandbox, Sandbox):
        raise ValueError(f"{path} is damaged; choose another folder, or remove it")  # noqa: TRY004 - of the file
    for instance in sandbox.instances.values():
        instance.pushes.forget_push()
    return sandbox
