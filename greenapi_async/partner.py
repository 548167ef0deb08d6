"""The partner's API: making instances, listing them, deleting them.

It is beyond the manual, which names its token only (1.3.11); the source is the vendor's own client and its pages
"Partner API". A path is ``{api}/partner/{method}/{partnerToken}``, and errors come as HTTP 200 with a code and a
description.
"""

from collections.abc import Mapping
from typing import Any, Unpack, cast

import attrs

from greenapi_async.base_client import UNSET, BaseClient, Unset, host_url
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http.endpoint import Endpoint
from greenapi_async.http.protocol import TOKEN_PLACE
from greenapi_async.http.rate_limiter import RateLimiter
from greenapi_async.http.retry import Retry
from greenapi_async.http.token import seal_token
from greenapi_async.http.transport import AsyncTransport
from greenapi_async.methods.settings import SETTINGS_LIMITS, SettingsChanges, as_wire
from greenapi_async.models.partner import CreatedInstance, DeletedInstanceAccount, PartnerInstance
from greenapi_async.serialization.converter import list_of, object_of

__all__ = ["CREATE_INSTANCE", "DELETE_INSTANCE_ACCOUNT", "GET_INSTANCES", "PartnerAddress", "PartnerClient"]


def _refused(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return None
    fields = cast("Mapping[str, Any]", value)
    if "idInstance" in fields:
        return None
    if "code" not in fields and "description" not in fields:
        return "the instance was not deleted" if fields.get("deleteInstanceAccount") is False else None
    description = fields.get("description") or "no description was given"
    return f"{description} (code {fields['code']})" if "code" in fields else str(description)


def _number(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return None
    return f"is {value!r}; allowed is a whole number, as in 1101000001"


CREATE_INSTANCE = Endpoint(
    "POST",
    "createInstance",
    object_of(CreatedInstance),
    idempotent=False,
    limits=SETTINGS_LIMITS,
    secret=True,
    refusal=_refused,
)
GET_INSTANCES = Endpoint(
    "GET", "getInstances", list_of(PartnerInstance), idempotent=True, secret=True, refusal=_refused
)
DELETE_INSTANCE_ACCOUNT = Endpoint(
    "POST",
    "deleteInstanceAccount",
    object_of(DeletedInstanceAccount),
    idempotent=True,
    required=("idInstance",),
    limits={"idInstance": _number},
    refusal=_refused,
)


@attrs.frozen
class PartnerAddress:
    """Where the partner's methods are."""

    api_url: str

    def url(self, endpoint: Endpoint[Any]) -> str:
        """Give ``{api}/partner/{method}/{token}``."""
        return f"{self.api_url}/partner/{endpoint.name}/{TOKEN_PLACE}"

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Give none."""
        return ()

    def __str__(self) -> str:
        return f"at {self.api_url}"


class PartnerClient(BaseClient):
    """A partner's account, and the instances in it.

    Use it as ``async with PartnerClient(...) as partner``, or call ``aclose()``. The options are those of ``Client``.
    What the server refuses, a wrong token included, raises ``RefusedError`` with its code and its words.

    Beyond the manual: the vendor's pages "Partner API".
    """

    def __init__(
        self,
        partner_token: str,
        api_url: str = "https://api.green-api.com",
        *,
        transport: AsyncTransport | None = None,
        timeout: float = 30.0,
        retry: Retry | None = None,
        rate_limiter: RateLimiter | Unset | None = UNSET,
        validate: bool = True,
    ) -> None:
        token = seal_token(partner_token, "partner_token")
        del partner_token  # from here on no frame holds the token as a string
        if isinstance(token, InvalidArgumentError):
            raise token
        address = PartnerAddress(host_url("api_url", api_url))
        super().__init__(
            address,
            token,
            transport=transport,
            timeout=timeout,
            retry=retry,
            rate_limiter=rate_limiter,
            validate=validate,
        )

    async def create_instance(self, *, name: str | None = None, **settings: Unpack[SettingsChanges]) -> CreatedInstance:
        """Create an instance, which is billed, with these settings; those not given are off.

        The settings are those of ``Client.set_settings``. Wait until ``get_state_instance`` is ``notAuthorized``, which
        takes up to five minutes, before a phone is linked. It is never repeated where it may have been carried out:
        after ``DeliveryUnknownError`` look in ``get_instances`` for an instance that you do not know.

        Beyond the manual: partners/createInstance; 1.3.13 for what follows.
        """
        return await self._request(CREATE_INSTANCE, {"name": name, **as_wire(settings, CREATE_INSTANCE.name)})

    async def get_instances(self) -> list[PartnerInstance]:
        """Get all instances of the partner's, deleted ones included.

        Beyond the manual: partners/getInstances.
        """
        return await self._request(GET_INSTANCES, {})

    async def delete_instance_account(self, id_instance: int) -> DeletedInstanceAccount:
        """Delete an instance for good; log it out before, for the phone's session outlives it.

        It is repeated after an unclear failure, because the number names one instance for ever, and one that is not
        deleted goes on being billed. If the first attempt was carried out after all, the repeat raises ``RefusedError``
        with code 404, as for any instance that is not there.

        Beyond the manual: partners/deleteInstanceAccount.
        """
        return await self._request(DELETE_INSTANCE_ACCOUNT, {"idInstance": id_instance})
