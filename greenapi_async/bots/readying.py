"""A look at each instance before its bot runs, and the wait for settings that were mended.

What is found keeps no bot from starting: the network may come back, and what a person must mend ends the polls of that
instance with an error of its own. A webhook URL that was cleared is refused for a while longer, which would end them
too; so that is waited for.
"""

import logging
from collections.abc import Iterable
from typing import Protocol

import anyio

from greenapi_async.errors import GreenAPIError, WebhookUrlSetError
from greenapi_async.models.receiving import ReceivedNotification
from greenapi_async.signing_in import Readiness
from greenapi_async.wire.retry import person_must_act

__all__ = ["Checked", "applied", "looked_at"]

logger = logging.getLogger("greenapi_async")

PATIENCE = 15.0
"""Seconds for a look at all instances."""
APPLIED = 300.0
"""Seconds that the server takes at most to apply settings."""
EVERY = 5.0


class Checked(Protocol):
    """What is needed of a client."""

    @property
    def id_instance(self) -> int:
        """The instance's number."""
        ...

    async def ensure_ready(self, *, mend: bool = False) -> Readiness:
        """Say or mend what is in the way."""
        ...

    async def receive_notification(self, *, receive_timeout: int = 5) -> ReceivedNotification | None:
        """Ask for the head of the queue."""
        ...


async def looked_at(clients: Iterable[Checked], *, mend: bool) -> list[Checked]:
    """Log what is wrong with the instances, and give those whose webhook URL was cleared."""
    cleared: list[Checked] = []

    async def look(client: Checked) -> None:
        try:
            with anyio.fail_after(PATIENCE):
                ready = await client.ensure_ready(mend=mend)
        except (GreenAPIError, TimeoutError) as error:
            words = str(error) or f"no answer within {PATIENCE:g} s"
            logger.warning("instance %d could not be looked at: %s", client.id_instance, words)
            return
        for problem in ready.problems:
            logger.warning("instance %d: %s", client.id_instance, problem)
        if ready.mended:
            logger.info("instance %d has new settings: %s", client.id_instance, ", ".join(ready.mended))
        if "webhook_url" in ready.mended:
            cleared.append(client)

    async with anyio.create_task_group() as tasks:
        for client in clients:
            tasks.start_soon(look, client)
    return cleared


async def applied(clients: Iterable[Checked]) -> None:
    """Wait until polls are not refused for the webhook URL any longer, for five minutes at most."""
    with anyio.move_on_after(APPLIED):
        async with anyio.create_task_group() as tasks:
            for client in clients:
                tasks.start_soon(_applied, client)


async def _applied(client: Checked) -> None:
    while True:
        try:
            await client.receive_notification()  # what it serves is served again
        except GreenAPIError as error:
            if person_must_act(error) and not isinstance(error, WebhookUrlSetError):
                return  # the polls will tell of it
        else:
            return
        await anyio.sleep(EVERY)
