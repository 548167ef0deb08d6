"""Methods that only MAX and Telegram have: the account, its authorization, and checks of other accounts.

Source: the vendor's pages and clients of MAX and Telegram, beyond the manual.
"""

from collections.abc import Mapping
from typing import Any, cast

from greenapi_async import models
from greenapi_async.errors import (
    GreenAPIError,
    InvalidArgumentError,
    MessengerLimitError,
    NotAuthorizedError,
    RefusedError,
)
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Endpoint, ErrorPattern
from greenapi_async.methods.base import MethodGroup
from greenapi_async.models.phones import phone_to_wire
from greenapi_async.serialization.decoders import object_of
from greenapi_async.serialization.identities import checked_account_ids

__all__ = [
    "CHECK_ACCOUNT",
    "GET_ACCOUNT_SETTINGS",
    "SEND_AUTHORIZATION_CODE",
    "SEND_AUTHORIZATION_PASSWORD",
    "START_AUTHORIZATION",
    "MessengerAccounts",
]

_LIMITED = ("get contact info limit", "rate limited by messenger", "rate_limit_exceeded")
_MILLISECONDS_FROM = 1_000_000
"""A larger ``retryAfter`` is in milliseconds: as seconds it would be more than eleven days."""


def _check_failure(value: Any) -> GreenAPIError | None:
    """Return the error that a 200 answer of checkAccount stands for, if it does."""
    fields = _object(value)
    if "exist" in fields or fields.get("status") is not False:
        return None
    details = {**fields, **_object(fields.get("data"))}
    reason = str(details.get("reason") or "the account was not checked")
    words = reason.lower()
    if any(limited in words for limited in _LIMITED):
        return MessengerLimitError(reason, retry_after=_seconds(details.get("retryAfter")))
    return NotAuthorizedError(reason) if "starting or not authorized" in words else RefusedError(reason)


def _object(value: Any) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def _seconds(given: Any) -> float | None:
    if isinstance(given, bool) or not isinstance(given, int | float) or given <= 0:
        return None
    return given / 1000 if given >= _MILLISECONDS_FROM else float(given)


CHECK_ACCOUNT = Endpoint(
    "POST",
    "checkAccount",
    object_of(lambda: models.messenger_accounts.AccountCheck),
    per_second=10,
    developer_quota=100,
    business_quota=30_000,
    idempotent=True,
    limits={
        "phoneNumber": validation.phone_number,
        "force": validation.boolean,
        "username": validation.matches(validation.USERNAME, "@ and at most 32 letters, digits and _"),
    },
    refusal=_check_failure,
    reported_ids=checked_account_ids,
    advice={
        ErrorPattern(200, "temporarily unavailable"): "Try again later.",
        ErrorPattern(400, "timeout limit exceeded"): (
            "The messenger did not answer in time, so the number may or may not have an account: try again later."
        ),
        ErrorPattern(400, "bad phone number"): "Give the number in international format, 11 or 12 digits.",
    },
)
GET_ACCOUNT_SETTINGS = Endpoint(
    "GET", "getAccountSettings", object_of(lambda: models.messenger_accounts.AccountSettings), idempotent=True
)
START_AUTHORIZATION = Endpoint(
    "POST",
    "startAuthorization",
    object_of(lambda: models.messenger_accounts.AccountAuthorization),
    idempotent=False,
    secret=True,
    required=("phoneNumber",),
    limits={"phoneNumber": validation.phone_number},
    outcome_check=(
        "If the code arrives, enter it with send_authorization_code(); within five minutes Telegram sends no other."
    ),
)
SEND_AUTHORIZATION_CODE = Endpoint(
    "POST",
    "sendAuthorizationCode",
    object_of(lambda: models.messenger_accounts.AccountAuthorization),
    idempotent=False,
    secret=True,
    required=("code",),
    limits={"code": validation.text(100), "password": validation.text(1000)},
    outcome_check="Call get_state_instance(): authorized, or pendingPassword if the password is awaited.",
)
SEND_AUTHORIZATION_PASSWORD = Endpoint(
    "POST",
    "sendAuthorizationPassword",
    object_of(lambda: models.messenger_accounts.AccountAuthorization),
    idempotent=False,
    secret=True,
    required=("password",),
    limits={"password": validation.text(1000)},
    outcome_check="Call get_state_instance(): authorized means that the password was right.",
)


class MessengerAccounts(MethodGroup):
    """Methods of MAX and Telegram instances."""

    async def check_account(
        self, phone_number: int | str | None = None, *, username: str | None = None, force: bool | None = None
    ) -> "models.messenger_accounts.AccountCheck":
        """Check whether a phone number or a username has an account of MAX or Telegram.

        Many checks, above all of the same number without an account, bring limits on the account of the instance.

        Args:
            phone_number: The number in international format, as a number or a string; on MAX 11 or 12 digits with the
                country code 7 or 375. None if ``username`` is given; exactly one of them is required.
            username: The name with its @, only on Telegram; None if ``phone_number`` is given.
            force: Whether to ask the messenger even if the server knows the answer; None means no.

        Returns:
            Whether there is an account, and its chat id.

        Raises:
            InvalidArgumentError: Both or neither of ``phone_number`` and ``username`` were given, one is malformed, or
                the instance is a WhatsApp instance.
            MessengerLimitError: The messenger's limit is reached; it is unknown whether there is an account.
            NotAuthorizedError: The instance is starting or not authorized.
            QuotaExceededError: The tariff's monthly quota is used up (466).
            RefusedError: The messenger is temporarily unavailable.

        Example:
            >>> check = await client.check_account(79001234567)
            >>> if check.exist and check.chat_id:
            ...     await client.send_message(check.chat_id, "Hello!")

        Source: the vendor's documentation of MAX and Telegram, beyond the manual; 10 requests per second, 100 per month
        on the Developer tariff, 30,000 per month on the Business tariff.
        """
        if (phone_number is None) == (username is None):
            given = (
                "neither phone_number nor username was" if username is None else "both phone_number and username were"
            )
            raise InvalidArgumentError(f"{given} given; exactly one is required", method=CHECK_ACCOUNT.name)
        number = None if phone_number is None else phone_to_wire(phone_number)
        return await self._request(CHECK_ACCOUNT, {"phoneNumber": number, "username": username, "force": force})

    async def get_account_settings(self) -> "models.messenger_accounts.AccountSettings":
        """Return the account of a MAX or Telegram instance: phone number, chat id, avatar, state.

        Raises:
            InvalidArgumentError: The instance is a WhatsApp instance; use ``get_wa_settings``.

        Source: the vendor's documentation of MAX and Telegram, beyond the manual.
        """
        return await self._request(GET_ACCOUNT_SETTINGS, {})

    async def start_authorization(self, phone_number: int | str) -> "models.messenger_accounts.AccountAuthorization":
        """Have the messenger send a code for signing in, to enter with ``send_authorization_code``.

        The vendor advises to sign in by QR code (``qr``); on MAX this way is deprecated. MAX sends the code by SMS,
        Telegram to its system chat or by SMS; Telegram's is valid for five minutes, in which no other one is sent.

        Args:
            phone_number: The account's number in international format, as a number or a string; on MAX with the
                country code 7 or 375.

        Raises:
            InvalidArgumentError: The number is malformed, or the instance is a WhatsApp instance.
            DeliveryUnknownError: The connection failed after the request was sent. The code may or may not be on its
                way.

        Source: the vendor's documentation of MAX and Telegram, beyond the manual.
        """
        return await self._request(START_AUTHORIZATION, {"phoneNumber": phone_to_wire(phone_number)})

    async def send_authorization_code(
        self, code: str, *, password: str | None = None
    ) -> "models.messenger_accounts.AccountAuthorization":
        """Sign in with the code that ``start_authorization`` had sent.

        Args:
            code: The code.
            password: Password of the two-step verification, only on Telegram; None if there is none. If it turns out to
                be needed, the state becomes ``pendingPassword``: go on with ``send_authorization_password``.

        Returns:
            The outcome; ``data.status`` and ``data.reason`` say what is wrong.

        Raises:
            InvalidArgumentError: ``code`` is not a text, or the instance is a WhatsApp instance.
            DeliveryUnknownError: The connection failed after the request was sent. The account may or may not be signed
                in.

        Source: the vendor's documentation of MAX and Telegram, beyond the manual.
        """
        return await self._request(SEND_AUTHORIZATION_CODE, {"code": code, "password": password})

    async def send_authorization_password(self, password: str) -> "models.messenger_accounts.AccountAuthorization":
        """Finish signing in to Telegram with the password of the two-step verification.

        Args:
            password: The password; it is neither logged nor shown in errors.

        Returns:
            The outcome; ``data.reason`` is ``invalid_password``, for example.

        Raises:
            InvalidArgumentError: ``password`` is not a text, or the instance is not a Telegram instance.
            DeliveryUnknownError: The connection failed after the request was sent. The account may or may not be signed
                in.

        Source: the vendor's documentation of Telegram, beyond the manual.
        """
        return await self._request(SEND_AUTHORIZATION_PASSWORD, {"password": password})
