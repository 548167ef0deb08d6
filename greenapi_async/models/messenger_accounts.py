"""Answers of the methods that only MAX and Telegram have.

Source: the vendor's documentation of MAX and Telegram, beyond the manual.
"""

from datetime import datetime

import attrs

from greenapi_async.models.base import Model
from greenapi_async.models.states import InstanceState

__all__ = ["AccountAuthorization", "AccountAuthorizationData", "AccountCheck", "AccountSettings"]


@attrs.frozen(kw_only=True)
class AccountCheck(Model):
    """Answer of checkAccount.

    Attributes:
        exist: Whether there is an account.
        chat_id: Its chat id; empty if there is none.
        from_cache: Whether the server knew the answer; such checks do not count towards the messenger's limit.
        username: Name with its @; only on Telegram.
        phone_number: Only on Telegram; 0 if it is hidden.
    """

    exist: bool | None = None
    chat_id: str | None = None
    from_cache: bool | None = None
    username: str | None = None
    phone_number: int | None = None


@attrs.frozen(kw_only=True)
class AccountSettings(Model):
    """Account of a MAX or Telegram instance.

    Attributes:
        avatar: URL of the profile picture; empty unless an account is linked.
        phone: Phone number; empty unless an account is linked.
        chat_id: The account's own chat id.
        suspended_until: End of the limits on sending, in UTC; only in the state ``suspended``.
        username: Name with its @; only on Telegram.
    """

    avatar: str | None = None
    phone: str | None = None
    state_instance: InstanceState | str | None = None
    chat_id: str | None = None
    suspended_until: datetime | None = None
    username: str | None = None


@attrs.frozen(kw_only=True)
class AccountAuthorizationData(Model):
    """Outcome of a step of signing in.

    Attributes:
        status: ``success`` or ``fail``, for example; MAX may answer ``blocked``.
        reason: Why it failed, for example ``invalid_password``.
    """

    status: str | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class AccountAuthorization(Model):
    """Answer of startAuthorization, sendAuthorizationCode and sendAuthorizationPassword.

    Attributes:
        status: Whether the step succeeded.
    """

    status: bool | None = None
    data: AccountAuthorizationData | None = None
