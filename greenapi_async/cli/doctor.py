"""The work of the command ``greenapi doctor``: every check that needs no phone in the hand, each with its remedy.

A check yields findings. A finding of level ``error`` keeps the bot from working, one of level ``warning`` will. The
checks run in the order in which a person would look, and stop where the following ones could only repeat the cause.
"""

import os
import platform
import shutil
import stat
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final, Literal

import anyio.to_thread
import attrs

from greenapi_async import __version__
from greenapi_async.cli.configuration import Configuration
from greenapi_async.cli.http_requests import Answer, request_url
from greenapi_async.cli.output import one_line
from greenapi_async.cli.run import Session
from greenapi_async.cli.text import counted, terminal_advice
from greenapi_async.client import Client
from greenapi_async.errors import GreenAPIError, InvalidArgumentError
from greenapi_async.errors.response import RawResponse
from greenapi_async.inbox.file_lock import is_locked
from greenapi_async.inbox.view import SQLiteInboxView, open_inbox_view
from greenapi_async.instance.readiness import NOT_CONFIGURABLE
from greenapi_async.models.states import InstanceState

__all__ = ["Finding", "examine"]

MAX_SKEW: Final = 5.0
"""Seconds by which the clocks may differ."""
MIN_FREE: Final = 200 * 1024 * 1024
"""Bytes that should be free on the disk of an inbox."""
_VARIABLES: Final = (
    "Set GREENAPI_ID_INSTANCE, GREENAPI_API_TOKEN_INSTANCE (or GREENAPI_API_TOKEN_INSTANCE_FILE), GREENAPI_API_URL and "
    "GREENAPI_MEDIA_URL to what the page of the instance in the console shows."
)
LONG_QUEUE: Final = 1000
LONG_WAIT: Final = timedelta(minutes=10)

Level = Literal["ok", "warning", "error"]


@attrs.frozen
class Finding:
    """Result of one check.

    Attributes:
        level: Whether it is a problem.
        subject: What was checked.
        text: What was found.
        fix: What to do; empty if nothing.
    """

    level: Level
    subject: str
    text: str
    fix: str = attrs.field(default="", converter=terminal_advice)


async def examine(session: Session, inbox: str | None) -> int:
    """Print all findings as they are made.

    Args:
        session: The session.
        inbox: The inbox that was given.

    Returns:
        1 if there is an error.
    """
    output = session.output
    findings: list[Finding] = []
    async for finding in _examine(session, inbox):
        findings.append(finding)
        colour = {"ok": "green", "warning": "yellow", "error": "red"}[finding.level]
        fix = f"\n{' ' * 10}{output.style('Fix:', 'bold')} {one_line(finding.fix)}" if finding.fix else ""
        output.line(f"{output.style(finding.level.ljust(8), colour)}  {finding.subject}: {one_line(finding.text)}{fix}")
    output.document(findings)
    errors = sum(finding.level == "error" for finding in findings)
    warnings = sum(finding.level == "warning" for finding in findings)
    output.line(
        f"\n{counted(errors, 'error') if errors else 'No errors'}, "
        f"{counted(warnings, 'warning') if warnings else 'no warnings'}."
    )
    return 1 if errors else 0


async def _examine(session: Session, inbox: str | None) -> AsyncIterator[Finding]:
    yield Finding(
        "ok", "versions", f"greenapi-async {__version__}, Python {platform.python_version()}, {platform.system()}"
    )
    if session.configuration.has_inbox(inbox):
        async for finding in _check_inbox(session.configuration.inbox_location(inbox)):
            yield finding
    try:
        client = session.client(is_check=True)
    except InvalidArgumentError as error:
        yield Finding("error", "configuration", error.reason, _VARIABLES)
        return
    yield Finding("ok", "configuration", f"from {session.configuration.source}")
    for finding in _check_secret_file(session.configuration):
        yield finding
    async with client:
        async for finding in _check_instance(client):
            yield finding


async def _check_instance(client: Client) -> AsyncIterator[Finding]:
    try:
        sent = time.time()
        state = await client.with_raw_response.get_state_instance()
        answered = time.time()
    except GreenAPIError as error:
        yield Finding("error", "API", f"{error.status or ''} {error.reason}", error.advice)
        return
    yield Finding("ok", "API", f"answered in {round((answered - sent) * 1000)} ms, and accepts the token")
    yield _check_clock(state, sent, answered)
    try:
        readiness = await client.ensure_ready()
        if readiness.state in NOT_CONFIGURABLE:  # nothing else is answered
            yield _problem("error", readiness.problems[0])
            return
        settings = await client.with_raw_response.get_settings()
        counts = [
            ("message", "to send", "greenapi queue show", (await client.get_messages_count()).count),
            ("notification", "to receive", "check that the bot runs", (await client.get_webhooks_count()).count),
        ]
    except GreenAPIError as error:
        yield Finding("error", "instance", f"{error.method}: {error.reason}", error.advice)
        return
    is_pushed = bool(settings.parsed.webhook_url)
    for number, problem in enumerate(readiness.problems):
        if is_pushed and "webhook URL" in problem:
            continue
        is_of_state = number == 0 and readiness.state != InstanceState.AUTHORIZED
        yield _problem("error" if is_of_state else "warning", problem)
    if readiness.ok or (is_pushed and len(readiness.problems) == 1):
        yield Finding("ok", "instance", f"{readiness.state}, notifications are {'pushed' if is_pushed else 'polled'}")
    yield _check_rates(state, settings)
    for name, purpose, fix, count in counts:
        if count is not None:
            level: Level = "warning" if count >= LONG_QUEUE else "ok"
            advice = f"Look at it: {fix}." if level == "warning" else ""
            yield Finding(level, "queue", f"{counted(count, name)} {purpose}", advice)
    if settings.parsed.webhook_url:
        yield await _check_webhook(settings.parsed.webhook_url)


def _problem(level: Level, sentence: str) -> Finding:
    """Return a problem of the instance, a sentence that ends with what to do."""
    what, _, fix = sentence.partition(": ")
    return Finding(level, "instance", what, fix)


def _check_clock(response: RawResponse[Any], sent: float, answered: float) -> Finding:
    try:
        server = parsedate_to_datetime(response.headers["date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return Finding("ok", "clock", "not compared: the answer has no date")
    skew = max(sent - (server + 1), server - answered, 0.0)
    if skew > MAX_SKEW:
        return Finding(
            "warning",
            "clock",
            f"this computer's clock differs from the server's by {skew:.0f} s",
            "Synchronise it with NTP, for example: timedatectl set-ntp true.",
        )
    return Finding("ok", "clock", "agrees with the server's")


def _check_rates(*responses: RawResponse[Any]) -> Finding:
    seen = {value for response in responses if (value := response.headers.get("x-ratelimit-limit"))}
    if not seen:
        return Finding("ok", "rates", "the server reports none; the documented ones are kept")
    return Finding("ok", "rates", f"the server reports {', '.join(sorted(seen))} (X-RateLimit-Limit)")


async def _check_webhook(url: str) -> Finding:
    subject = "webhook"
    answer: Answer = await request_url(url)
    shown = url.partition("?")[0]
    if answer.is_private:
        return Finding(
            "error",
            subject,
            f"{shown} is an address of a private network, which GREEN-API cannot reach",
            "Use a public https:// address, or polling: greenapi webhook off.",
        )
    if answer.status is None:
        return Finding(
            "error",
            subject,
            f"{shown} cannot be reached from here: {answer.error}",
            "Start the receiver and open its port, or use polling: greenapi webhook off.",
        )
    if answer.status == 404 or answer.status >= 500:
        return Finding(
            "warning",
            subject,
            f"{shown} answers {answer.status}",
            "Compare the path with the receiver's, and read its log.",
        )
    return Finding("ok", subject, f"{shown} answers ({answer.status} to a GET without content)")


async def _check_inbox(location: str) -> AsyncIterator[Finding]:
    view = open_inbox_view(location)
    try:
        counts = await view.counts()
    except GreenAPIError as error:
        yield Finding("error", "inbox", error.reason, error.advice)
        return
    if isinstance(view, SQLiteInboxView):
        used = await anyio.to_thread.run_sync(_is_used, view.path)
        yield Finding("ok", "inbox", "a bot uses it" if used else "no process uses it")
        async for finding in _check_disk(view.path):
            yield finding
    if counts.quarantined:
        quarantined = counted(counts.quarantined, "notification is", "notifications are")
        yield Finding(
            "warning",
            "inbox",
            f"{quarantined} in quarantine: handlers kept failing",
            "Read why with greenapi inbox list --quarantined and greenapi inbox show ID; then release or drop them.",
        )
    waiting = counted(counts.waiting, "notification waits", "notifications wait")
    if counts.oldest is not None and datetime.now(UTC) - counts.oldest > LONG_WAIT:
        yield Finding(
            "warning",
            "inbox",
            f"{waiting}, the oldest for {_duration(datetime.now(UTC) - counts.oldest)}",
            "Check that the bot runs, and that its handlers end.",
        )
    else:
        yield Finding("ok", "inbox", waiting)


def _is_used(path: Path) -> bool:
    return is_locked(f"{os.path.realpath(path)}.lock")


async def _check_disk(path: Path) -> AsyncIterator[Finding]:
    free = (await anyio.to_thread.run_sync(shutil.disk_usage, path.parent)).free
    if free < MIN_FREE:
        yield Finding(
            "error" if free < MIN_FREE // 20 else "warning",
            "disk",
            f"{free // (1024 * 1024):,} MB are free in {path.parent}",
            "Free disk space; while the disk is full, notifications stay at GREEN-API for up to 24 hours.",
        )
    else:
        yield Finding("ok", "disk", f"{free // (1024 * 1024):,} MB are free in {path.parent}")


def _check_secret_file(configuration: Configuration) -> Iterator[Finding]:
    files = [Path(".env"), *map(Path, filter(None, [configuration.variables.get("GREENAPI_API_TOKEN_INSTANCE_FILE")]))]
    for file in files:
        if os.name == "posix" and _is_open_to_others(file):
            yield Finding(
                "warning", "configuration", f"{file} can be read by other users", f"Only you should: chmod 600 {file}."
            )


def _is_open_to_others(file: Path) -> bool:
    try:
        status, folder = file.stat(), file.absolute().parent.stat()
    except OSError:
        return False
    readable_by = status.st_mode & 0o044 if stat.S_ISREG(status.st_mode) else 0
    return bool(readable_by >> 2 & folder.st_mode)  # nobody reads a file in a folder that they may not enter


def _duration(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{minutes} min"
