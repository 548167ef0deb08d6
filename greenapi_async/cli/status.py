"""The work of the command ``greenapi status``: one look at an instance, with an exit status for health checks."""

import time
from datetime import UTC
from typing import Final

from greenapi_async.cli.run import Session
from greenapi_async.cli.text import counted
from greenapi_async.client import Client
from greenapi_async.errors import GreenAPIError
from greenapi_async.inbox.view import InboxCounts
from greenapi_async.instance.readiness import NOT_CONFIGURABLE
from greenapi_async.models.account import Settings
from greenapi_async.models.states import InstanceState
from greenapi_async.serialization.encoding import camel_case

__all__ = ["show_status"]

_SWITCHES: Final = ("incoming_webhook", "outgoing_webhook", "state_webhook")
"""Notification settings that most bots need."""


async def show_status(session: Session, inbox: str | None) -> int:
    """Print the state, the settings that matter, the queues and the inbox.

    Args:
        session: The session.
        inbox: The inbox that was given.

    Returns:
        0 if the instance is authorized and the inbox, if there is one, can be read.
    """
    counts = await session.configuration.inbox_view(inbox).counts() if session.configuration.has_inbox(inbox) else None
    async with session.client(is_check=True) as client:
        started = time.perf_counter()
        state = await client.get_state_instance()
        milliseconds = round((time.perf_counter() - started) * 1000)
        current = state.state_instance if state else None
        answers = current not in NOT_CONFIGURABLE
        settings = await client.get_settings() if answers else Settings()
        queues = await _queues(client) if answers else (None, None)
    is_authorized = current == InstanceState.AUTHORIZED
    session.output.document(
        {
            "idInstance": client.id_instance,
            "stateInstance": current,
            "milliseconds": milliseconds,
            "wid": settings.wid,
            "typeInstance": _messenger(settings) if answers else None,
            "webhookUrl": settings.webhook_url,
            "delaySendMessagesMilliseconds": settings.delay_send_messages_milliseconds,
            "notifications": {camel_case(name): getattr(settings, name) for name in _SWITCHES},
            "messagesCount": queues[0],
            "webhooksCount": queues[1],
            "inbox": counts,
        }
    )
    address = repr(client).removeprefix("<Client ").removesuffix(">")
    pairs = [
        ("instance", address),
        ("state", session.output.style(str(current or "being created"), "green" if is_authorized else "red")),
        ("contact", f"answered in {milliseconds} ms"),
    ]
    if answers:
        pairs += _settings(settings)
        pairs.append(
            (
                "queues",
                f"{_number(queues[0], 'message')} to send, {_number(queues[1], 'notification')} to receive",
            )
        )
    if counts is not None:
        pairs.append(("inbox", _inbox(counts)))
    session.output.fields(pairs)
    return 0 if is_authorized else 1


async def _queues(client: Client) -> tuple[int | None, int | None]:
    """Return the lengths of both queues, which older instances do not report."""
    found: list[int | None] = []
    for request in client.get_messages_count, client.get_webhooks_count:
        try:
            found.append((await request()).count)
        except GreenAPIError:
            found.append(None)
    return found[0], found[1]


def _settings(settings: Settings) -> list[tuple[str, str]]:
    off = [camel_case(name) for name in _SWITCHES if getattr(settings, name) is False]
    delivery = f"webhook {settings.webhook_url}" if settings.webhook_url else "polling"
    account = (settings.wid or "no phone is linked").partition("@")[0]
    return [
        ("account", f"{account} ({_messenger(settings)})"),
        ("delivery", delivery + (f"; off: {', '.join(off)}" if off else "")),
        ("sending", f"one message every {(settings.delay_send_messages_milliseconds or 0) / 1000:g} s"),
    ]


def _messenger(settings: Settings) -> str:
    return settings.type_instance or "whatsapp"  # which the server leaves out


def _number(value: int | None, name: str) -> str:
    return f"an unknown number of {name}s" if value is None else counted(value, name)


def _inbox(counts: InboxCounts) -> str:
    oldest = (
        "" if counts.oldest is None else f", the oldest since {counts.oldest.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    )
    return f"{counts.waiting:,} waiting ({counts.failed:,} to be retried){oldest}; {counts.quarantined:,} in quarantine"
