"""Preflight checks: each instance is checked before its bot starts.

A problem is logged and does not keep the bot from starting: the network may recover, and a problem that needs
intervention ends the polls of that instance with an error of its own. The exception is a webhook URL that was just
cleared: the server refuses polls for up to five minutes after that, so the bot waits until they are accepted. Failed
requests are repeated silently, so an API that does not answer is named after two seconds.
"""

# ProcessClient's private members are for this package.
# pyright: reportPrivateUsage=false

import logging
from collections.abc import Collection, Iterable
from contextlib import nullcontext
from functools import partial
from typing import Final

import anyio
import attrs

from greenapi_async._internal.concurrency import Background
from greenapi_async.errors import GreenAPIError, WebhookUrlSetError
from greenapi_async.http.retry import needs_intervention
from greenapi_async.processing.client_protocol import ProcessClient

__all__ = ["Preflight", "check_instances", "wait_until_pollable"]

logger = logging.getLogger("greenapi_async")

CHECK_TIMEOUT: Final = 15.0
"""Seconds for the checks of all instances."""
SILENCE: Final = 2.0
"""Seconds without an answer until that is logged."""
SETTINGS_TIMEOUT: Final = 300.0
"""Seconds that the server takes at most to apply settings."""
INTERVAL: Final = 5.0
"""Seconds between two attempts to poll."""


@attrs.define
class Preflight:
    """Results of the checks.

    Attributes:
        cleared: The clients whose webhook URL was cleared.
        refused: Ids of the instances at which a human must act, such as to correct the token.
    """

    cleared: list[ProcessClient] = attrs.field(factory=list[ProcessClient])
    refused: set[int] = attrs.field(factory=set[int])


async def check_instances(
    clients: Iterable[ProcessClient], notifications: Collection[str], *, fix: bool, is_awaited: bool, found: Preflight
) -> None:
    """Check all instances concurrently and log their problems.

    Args:
        clients: The clients, one per instance.
        notifications: The settings that must be on.
        fix: Whether settings that prevent polling are changed.
        is_awaited: Whether the bot waits for the checks; otherwise polls tell that the API does not answer.
        found: Receives the results.
    """

    async def check(client: ProcessClient) -> None:
        fields = {"instance": client.id_instance}
        try:
            with anyio.fail_after(CHECK_TIMEOUT):
                async with Background(partial(_log_silence, client)) if is_awaited else nullcontext():
                    readiness = await client.ensure_ready(fix=fix, notifications=notifications)
        except (GreenAPIError, TimeoutError) as error:
            if isinstance(error, GreenAPIError) and needs_intervention(error):
                found.refused.add(client.id_instance)
                return  # polling will raise it
            reason = str(error) or f"no response within {CHECK_TIMEOUT:g} s"
            logger.warning("Instance %d: the readiness check failed: %s", client.id_instance, reason, extra=fields)
            return
        for problem in readiness.problems:
            logger.warning("Instance %d: %s", client.id_instance, problem, extra=fields)
        if readiness.fixed:
            changed = ", ".join(readiness.fixed)
            logger.info("Instance %d: changed the settings %s", client.id_instance, changed, extra=fields)
        if "webhook_url" in readiness.fixed:
            found.cleared.append(client)

    async with anyio.create_task_group() as tasks:
        for client in clients:
            tasks.start_soon(check, client)


async def _log_silence(client: ProcessClient) -> None:
    """Log after some seconds that the API does not answer, and why."""
    activity = client._activity
    before = activity.retries.total()
    await anyio.sleep(SILENCE)
    reason = activity.failure if activity.retries.total() > before else f"no response within {SILENCE:g} s"
    logger.warning(
        "Instance %d: no result of the readiness check yet. Retrying: %s",
        client.id_instance,
        reason,
        extra={"instance": client.id_instance},
    )


async def wait_until_pollable(clients: Iterable[ProcessClient]) -> None:
    """Wait until the server no longer refuses polls because of a webhook URL, for five minutes at most."""
    with anyio.move_on_after(SETTINGS_TIMEOUT):
        async with anyio.create_task_group() as tasks:
            for client in clients:
                tasks.start_soon(_wait_until_pollable, client)


async def _wait_until_pollable(client: ProcessClient) -> None:
    while True:
        try:
            await client.receive_notification()  # not deleted, so the server delivers it again
        except GreenAPIError as error:
            if needs_intervention(error) and not isinstance(error, WebhookUrlSetError):
                return  # polling will raise it
        else:
            return
        await anyio.sleep(INTERVAL)
