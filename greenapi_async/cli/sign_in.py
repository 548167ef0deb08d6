"""The work of the commands ``greenapi qr`` and ``greenapi code``: link a phone from the terminal."""

import base64
import os
import sys
from pathlib import Path
from typing import Final

import anyio

from greenapi_async.cli.qr_code import InvalidImageError, png_modules, terminal_lines
from greenapi_async.cli.run import Session
from greenapi_async.errors import GreenAPIError, InvalidArgumentError, TimeoutExpiredError
from greenapi_async.models.states import InstanceState, QRType

__all__ = ["request_code", "show_qr"]

INTERVAL: Final = 2.0
"""Seconds between two requests for the code."""


async def show_qr(session: Session, timeout: float, png: Path | None) -> int:
    """Show QR codes, as they are renewed, until the phone is linked.

    Args:
        session: The session.
        timeout: Seconds until the phone must be linked.
        png: File to write the code to, instead of printing it.

    Returns:
        0 if a phone is linked.
    """
    output = session.output
    shown: str | None = None
    async with session.client() as client:
        with anyio.move_on_after(timeout):
            while True:
                answer = await client.qr()
                if answer.type == QRType.ALREADY_LOGGED:
                    output.record({"type": answer.type})
                    output.line("A phone is linked.")
                    return 0
                if answer.message != shown:
                    shown = answer.message
                    output.record({"type": answer.type, "message": answer.message})
                    if answer.type == QRType.QR_CODE:
                        _print_code(session, answer.message or "", png)
                    output.line(answer.advice)
                await anyio.sleep(INTERVAL)
    raise TimeoutExpiredError(f"no phone was linked within {timeout:g} s")


async def request_code(session: Session, phone: str, timeout: float) -> int:
    """Print the code that links a phone by its number, and wait until it is linked.

    Args:
        session: The session.
        phone: The phone's number.
        timeout: Seconds until the phone must be linked; 0 does not wait.

    Returns:
        0 if there is a code, and the phone is linked.
    """
    async with session.client() as client:
        answer = await client.get_authorization_code(phone)
        if not answer.code:
            raise _without_code()
        session.output.record({"status": answer.status, "code": answer.code})
        session.output.line(session.output.style(answer.code, "bold"))
        session.output.line(
            "Enter it in WhatsApp on the phone: Linked devices, Link with phone number. It is valid for 2.5 minutes."
        )
        if timeout:
            await client.wait_until(InstanceState.AUTHORIZED, timeout=timeout)
            session.output.record({"stateInstance": InstanceState.AUTHORIZED})
            session.output.line("The phone is linked.")
    return 0


def _without_code() -> GreenAPIError:
    error = GreenAPIError("the server gives no code", method="getAuthorizationCode")
    error.advice = "Look at greenapi status: a phone may be linked already. Otherwise try again in a minute."
    return error


def _print_code(session: Session, image: str, png: Path | None) -> None:
    if png is not None:
        try:
            descriptor = os.open(png, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # who scans it gets the account
            with os.fdopen(descriptor, "wb") as file:
                file.write(base64.b64decode(image))
        except OSError as error:
            raise InvalidArgumentError(f"{png} cannot be written: {error.strerror}") from None
        session.output.line(f"Wrote the QR code to {png}.")
        return
    if session.output.json:
        return
    try:
        for line in terminal_lines(png_modules(image), colours=sys.stdout.isatty()):
            session.output.line(line)
    except InvalidImageError as error:
        unreadable = GreenAPIError(str(error), method="qr")
        unreadable.advice = "Write it to a file with --png FILE, and open that."
        raise unreadable from None
