"""How notifications are delivered: pushed to a webhook URL, or kept to be polled. Manual: 1.3.4.

A change of settings restarts the instance, so what is as wanted is left alone. Whether a change has arrived, even one
whose answer was lost, the settings tell when they are read back.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import anyio

from greenapi_async.errors import GreenAPIError, InvalidArgumentError, TimeoutExpiredError
from greenapi_async.http.retry import is_ambiguous, needs_intervention
from greenapi_async.instance.readiness import POLL_INTERVAL, problems_of_settings
from greenapi_async.methods.account import Account
from greenapi_async.models.account import Settings

__all__ = ["use_polling", "use_webhook"]


async def use_webhook(account: Account, url: str, token: str, timeout: float) -> Settings:
    """Have notifications pushed; see ``Client.use_webhook``."""
    return await _ensure(account, {"webhook_url": _url(url), "webhook_url_token": _token(token)}, timeout)


async def use_polling(account: Account, timeout: float) -> Settings:
    """Have notifications wait for polls; see ``Client.use_polling``."""
    return await _ensure(account, {"webhook_url": "", "webhook_url_token": ""}, timeout)


async def _ensure(account: Account, wanted: Mapping[str, str], timeout: float) -> Settings:
    settings = await account.get_settings()
    differing = _differing(settings, wanted)
    if not differing:
        return settings
    lost: GreenAPIError | None = None
    trouble: GreenAPIError | None = None
    with anyio.move_on_after(timeout):
        try:
            await account.set_settings(**differing)
        except GreenAPIError as error:
            if not is_ambiguous(error):
                raise
            lost = error
        while True:
            try:
                settings = await account.get_settings()
            except GreenAPIError as error:
                if needs_intervention(error):
                    raise
                trouble = error
            else:
                trouble = None
                differing = _differing(settings, wanted)
                if not differing:
                    return settings
            await anyio.sleep(POLL_INTERVAL)
    words = f"within {timeout:g} s the instance did not take the new {', '.join(differing)}"
    raise TimeoutExpiredError(words, method="setSettings") from trouble or lost


def _differing(settings: Settings, wanted: Mapping[str, str]) -> dict[str, Any]:
    """Give what has to be changed, with the switches that keep notifications from coming."""
    words = {name: value for name, value in wanted.items() if (getattr(settings, name) or "") != value}
    wrong = problems_of_settings(settings)
    return words | {name: value for name, (_, value) in wrong.items() if name not in wanted}


def _url(value: str) -> str:
    with suppress(ValueError, AttributeError):  # brackets that do not close, a port that is no number, no string
        parts = urlsplit(value)
        plain = value.isascii() and value.isprintable() and not set(value) & set(" #\\") and "@" not in parts.netloc
        if plain and parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return value
    shown = "a URL with a user or a password in it" if "@" in str(value) else repr(str(value).partition("?")[0])
    raise InvalidArgumentError(
        f"url is {shown}; http:// or https://, a host and, if need be, a port, a path and a query are needed, "
        "as in https://example.com/webhook/"
    )


def _token(value: str) -> str:
    with suppress(AttributeError):  # no string
        if value.isascii() and value.isprintable() and value == value.strip():
            return value
    raise InvalidArgumentError("token cannot stand in a header; printable ASCII is needed, with no space around it")
