"""Client for the partner API: create, list and delete instances.

The manual mentions only its token (1.3.11). The source is the vendor's own client and its pages "Partner API". A URL is
``{api}/partner/{method}/{partnerToken}``; errors are answered with HTTP 200, a code and a description.
"""

from collections.abc import Mapping
from typing import Any, Unpack, cast

import attrs

from greenapi_async.base_client import UNSET, BaseClient, Unset, host_url
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Endpoint, ErrorPattern
from greenapi_async.http.protocol import TOKEN_PLACEHOLDER
from greenapi_async.http.rate_limiter import RateLimiter
from greenapi_async.http.retry import Retry
from greenapi_async.http.token import seal_token
from greenapi_async.http.wire import TransportOption
from greenapi_async.methods.settings import SETTINGS_LIMITS, SettingsChanges, settings_to_wire
from greenapi_async.methods.with_raw_response import RawMethod, WithRawResponse
from greenapi_async.models.partner import CreatedInstance, DeletedInstanceAccount, PartnerInstance
from greenapi_async.serialization.decoders import list_of, object_of

__all__ = [
    "CREATE_INSTANCE",
    "DELETE_INSTANCE_ACCOUNT",
    "GET_INSTANCES",
    "PartnerAddress",
    "PartnerClient",
    "PartnerWithRawResponse",
]


def _refusal(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return None
    fields = cast("Mapping[str, Any]", value)
    if "idInstance" in fields:
        return None
    if "code" not in fields and "description" not in fields:
        return "the instance was not deleted" if fields.get("deleteInstanceAccount") is False else None
    description = fields.get("description") or "no description was given"
    return f"{description} (code {fields['code']})" if "code" in fields else str(description)


def _instance_id(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return None
    return f"is {value!r}; expected a positive integer, for example 1101000001"


CREATE_INSTANCE = Endpoint(
    "POST",
    "createInstance",
    object_of(lambda: CreatedInstance),
    idempotent=False,
    limits={**SETTINGS_LIMITS, "name": validation.string},
    secret=True,
    refusal=_refusal,
    outcome_check="Look for an unknown instance with get_instances() before creating one again.",
)
GET_INSTANCES = Endpoint(
    "GET", "getInstances", list_of(lambda: PartnerInstance), idempotent=True, secret=True, refusal=_refusal
)
DELETE_INSTANCE_ACCOUNT = Endpoint(
    "POST",
    "deleteInstanceAccount",
    object_of(lambda: DeletedInstanceAccount),
    idempotent=True,
    required=("idInstance",),
    limits={"idInstance": _instance_id},
    refusal=_refusal,
    already_done=(ErrorPattern(200, "(code 404)"),),
    already_done_answer={"deleteInstanceAccount": True},
)
"""Idempotent: ids are never reused."""


@attrs.frozen
class PartnerAddress:
    """Address of the partner API."""

    api_url: str

    def url(self, endpoint: Endpoint[Any]) -> str:
        """Return ``{api}/partner/{method}/{token}``."""
        return f"{self.api_url}/partner/{endpoint.name}/{TOKEN_PLACEHOLDER}"

    def headers(self) -> tuple[tuple[str, str], ...]:
        """Return no headers."""
        return ()

    def __str__(self) -> str:
        return f"at {self.api_url}"


class PartnerClient(BaseClient):
    """Client for a partner's account and its instances.

    Close it with ``async with`` or ``aclose()``. Requests that the server rejects, including those with a wrong token,
    raise ``RefusedError`` with the server's code and description.

    Args:
        partner_token: The partner's token.
        api_url: Base URL of the API.
        transport: As in ``Client``.
        timeout: As in ``Client``.
        retry: As in ``Client``.
        rate_limiter: As in ``Client``.
        validate: As in ``Client``.

    Raises:
        InvalidArgumentError: The token or the URL is malformed.

    Source: the vendor's pages "Partner API", beyond the manual.
    """

    def __init__(
        self,
        partner_token: str,
        api_url: str = "https://api.green-api.com",
        *,
        transport: TransportOption = None,
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

    @property
    def with_raw_response(self) -> "PartnerWithRawResponse":
        """The API methods, each of which returns the response with status, headers and body next to its result.

        Example:
            >>> response = await partner.with_raw_response.get_instances()
            >>> print(response.status, response.headers["Date"], response.content, response.parsed)
        """
        return PartnerWithRawResponse(self._call_raw)

    async def create_instance(self, *, name: str | None = None, **settings: Unpack[SettingsChanges]) -> CreatedInstance:
        """Create an instance, which is charged for.

        Before a phone can be linked, ``Client.get_state_instance`` of the new instance must return ``notAuthorized``,
        which takes up to five minutes.

        Args:
            name: Name of the instance; None leaves it empty.
            **settings: Settings as in ``Client.set_settings``; those that are omitted are off.

        Returns:
            The id and the token of the new instance.

        Raises:
            InvalidArgumentError: A value violates a documented limit, or a switch is not a bool.
            TypeError: There is no such setting.
            RefusedError: The server did not create it; the reason has the code.
            DeliveryUnknownError: The connection failed after the request was sent. Look for an unknown instance in
                ``get_instances`` before you try again.

        Source: the vendor's page partners/createInstance, beyond the manual.
        """
        return await self._request(CREATE_INSTANCE, {"name": name, **settings_to_wire(settings, CREATE_INSTANCE.name)})

    async def get_instances(self) -> list[PartnerInstance]:
        """Return all instances of the partner, including deleted ones.

        Raises:
            RefusedError: The token is wrong.

        Source: the vendor's page partners/getInstances, beyond the manual.
        """
        return await self._request(GET_INSTANCES, {})

    async def delete_instance_account(self, id_instance: int) -> DeletedInstanceAccount:
        """Delete an instance permanently.

        Call ``Client.logout`` of the instance first, because the phone's session outlives it. The deletion is retried
        after an unclear failure, because an instance that still exists is charged for.

        Args:
            id_instance: Id of the instance.

        Raises:
            InvalidArgumentError: ``id_instance`` is not a positive integer.
            RefusedError: There is no such instance (code 404). If a retry of the same call finds it deleted, the call
                has succeeded.

        Source: the vendor's page partners/deleteInstanceAccount, beyond the manual.
        """
        return await self._request(DELETE_INSTANCE_ACCOUNT, {"idInstance": id_instance})


class PartnerWithRawResponse(WithRawResponse):
    """The API methods of ``PartnerClient``; each returns a ``RawResponse``."""

    create_instance = RawMethod(PartnerClient.create_instance)
    delete_instance_account = RawMethod(PartnerClient.delete_instance_account)
    get_instances = RawMethod(PartnerClient.get_instances)
