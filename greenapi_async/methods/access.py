"""The token, and the websocket that signs the instance in. Manual: 1.3.2."""

from abc import abstractmethod

from greenapi_async.http.endpoint import Endpoint
from greenapi_async.methods.base import MethodGroup
from greenapi_async.models.account import ApiToken
from greenapi_async.serialization.converter import ignore_body, object_of

__all__ = ["SCAN_QR_CODE", "UPDATE_API_TOKEN", "Access"]

SCAN_QR_CODE = Endpoint("GET", "scanqrcode", ignore_body, per_second=1, idempotent=True)
"""A websocket; ``Client.scan_qr_code`` iterates over it."""
UPDATE_API_TOKEN = Endpoint(
    "GET", "updateApiToken", object_of(ApiToken), idempotent=False, secret=True, renews_token=True
)


class Access(MethodGroup):
    """Methods on the access itself."""

    async def update_api_token(self) -> ApiToken:
        """Replace the instance's token; the old one dies at once, and this client goes on with the new one.

        Keep the answer's ``api_token_instance``. Meanwhile this client's other requests wait. Never repeated: when the
        answer is lost, ``DeliveryUnknownError`` tells that the token may have changed, and the personal area shows it.

        Beyond the manual.
        """
        return await self._renew_token(UPDATE_API_TOKEN)

    @abstractmethod
    async def _renew_token(self, endpoint: Endpoint[ApiToken]) -> ApiToken: ...
