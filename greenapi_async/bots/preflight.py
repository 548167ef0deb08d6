"""A look at each instance before its bot runs, and the wait for settings that were fixed.

What is found keeps no bot from starting: the network may come back, and what a person must mend ends the polls of that
instance with an error of its own. A webhook URL that was cleared is refused for a while longer, which would end them
too; so that is waited for.
"""

import logging
from collections.abc import Iterable

import anyio

from greenapi_async.errors import GreenAPIError, WebhookUrlSetError
from greenapi_async.http.retry import needs_intervention
from greenapi_async.processing.client_protocol import ProcessClient

__all__ = ["applied", "looked_at"]

logger = logging.getLogger("greenapi_async")

PATIENCE = 15.0
"""Seconds for a look at all instances."""
APPLIED = 300.0
"""Seconds that the server takes at most to apply settings."""
EVERY = 5.0


async def looked_at(clients: Iterable[ProcessClient], *, fix: bool) -> list[ProcessClient]:
    """Log what is wrong with the instances, and give those whose webhook URL was cleared."""
    cleared: list[ProcessClient] = []

    async def look(client: ProcessClient) -> None:
        try:
            with anyio.fail_after(PATIENCE):
                ready = await client.ensure_ready(fix=fix)
        except (GreenAPIError, TimeoutError) as error:
            words = str(error) or f"no answer within {PATIENCE:g} s"
            logger.warning("instance %d could not be looked at: %s", client.id_instance, words)
            return
        for problem in ready.problems:
            logger.warning("instance %d: %s", client.id_instance, problem)
        if ready.fixed:
            logger.info("instance %d has new settings: %s", client.id_instance, ", ".join(ready.fixed))
        if "webhook_url" in ready.fixed:
            cleared.append(client)

    async with anyio.create_task_group() as tasks:
        for client in clients:
            tasks.start_soon(look, client)
    return cleared


async def applied(clients: Iterable[ProcessClient]) -> None:
    """Wait until polls are not refused for the webhook URL any longer, for five minutes at most."""
    with anyio.move_on_after(APPLIED):
        async with anyio.create_task_group() as tasks:
            for client in clients:
                tasks.start_soon(_applied, client)


async def _applied(client: ProcessClient) -> None:
    while True:
        try:
            await client.receive_notification()  # what it serves is served again
        except GreenAPIError as error:
            if needs_intervention(error) and not isinstance(error, WebhookUrlSetError):
                return  # the polls will tell of it
        else:
            return
        await anyio.sleep(EVERY)
