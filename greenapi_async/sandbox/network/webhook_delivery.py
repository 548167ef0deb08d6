"""Push what the instances tell, for as long as the server runs."""

import math
from collections.abc import Awaitable, Callable, Mapping

import anyio

from greenapi_async.sandbox.api.methods import Waiting
from greenapi_async.sandbox.state import Sandbox
from greenapi_async.sandbox.network.long_poll import wait_for
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.pushes import Push

Deliver = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
"""Posts headers and a body to a URL, and gives the status of the answer."""


async def push(sandbox: Sandbox, deliver: Deliver) -> None:
    """Push the notifications of every instance that has a webhook URL, until it is cancelled."""
    watched: set[int] = set()
    async with anyio.create_task_group() as tasks:
        while True:
            added = anyio.Event()
            with sandbox.changes.listening(added.set):
                for id_instance, instance in sandbox.instances.items():
                    if id_instance not in watched:
                        watched.add(id_instance)
                        tasks.start_soon(_push_all, instance, deliver)
                await added.wait()


async def _push_all(instance: Instance, deliver: Deliver) -> None:
    while True:
        await _push_one(instance, await wait_for(Waiting(instance, math.inf, instance.next_push)), deliver)


async def _push_one(instance: Instance, due: Push, deliver: Deliver) -> None:
    status: int | None = None
    error: str | None = "the sandbox stopped"
    try:
        with anyio.fail_after(instance.push_timeout):
            status = await deliver(due.url, due.headers, due.body)
        error = None
    except TimeoutError:
        error = f"no answer within {instance.push_timeout:g} s"
    except Exception as problem:  # noqa: BLE001  whatever went wrong, it is no answer
        error = f"{type(problem).__name__}: {problem}"
    finally:
        instance.pushed(due, status, error)
