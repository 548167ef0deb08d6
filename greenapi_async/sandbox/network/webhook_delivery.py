"""Delivery of notifications to the webhook URLs of all instances, while the server runs."""

import math
from collections.abc import Awaitable, Callable, Mapping

import anyio

from greenapi_async.sandbox.api.methods import LongPoll
from greenapi_async.sandbox.network.long_poll import wait_for
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.pushes import Push
from greenapi_async.sandbox.state import Sandbox

__all__ = ["deliver_webhooks"]

Post = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
"""Posts headers and a body to a URL and returns the status of the response."""


async def deliver_webhooks(sandbox: Sandbox, post: Post) -> None:
    """Push the notifications of every instance that has a webhook URL, until cancelled.

    Args:
        sandbox: The server; instances that are added later are included.
        post: Sends one push, for example a `WebhookClient`.
    """
    watched: set[int] = set()
    async with anyio.create_task_group() as tasks:
        while True:
            added = anyio.Event()
            with sandbox.changes.listening(added.set):
                for id_instance, instance in sandbox.instances.items():
                    if id_instance not in watched:
                        watched.add(id_instance)
                        tasks.start_soon(_push_all, instance, post)
                await added.wait()


async def _push_all(instance: Instance, post: Post) -> None:
    while True:
        await _push_one(instance, await wait_for(LongPoll(instance, math.inf, instance.pushes.begin_next)), post)


async def _push_one(instance: Instance, push: Push, post: Post) -> None:
    status: int | None = None
    error: str | None = "the sandbox stopped"
    try:
        with anyio.fail_after(instance.pushes.timeout):
            status = await post(push.url, push.headers, push.body)
        error = None
    except TimeoutError:
        error = f"no response within {instance.pushes.timeout:g} s"
    except Exception as problem:  # noqa: BLE001 - any failure means that there was no response
        error = f"{type(problem).__name__}: {problem}"
    finally:
        instance.pushes.finish(push, status, error)
