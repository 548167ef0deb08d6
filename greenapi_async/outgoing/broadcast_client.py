"""Protocol for the client of a broadcast."""

from collections.abc import Mapping
from typing import Any, Protocol, Self

from greenapi_async.http.endpoint import Endpoint
from greenapi_async.http.protocol import Request
from greenapi_async.inbox.outbox import Outbox
from greenapi_async.models.account import Settings, StateInstance
from greenapi_async.models.messenger_accounts import AccountCheck
from greenapi_async.models.messengers import Messenger
from greenapi_async.models.sending import SentMessage
from greenapi_async.models.service import WhatsappCheck
from greenapi_async.processing.client_protocol import ProcessClient

__all__ = ["BroadcastClient"]


class BroadcastClient(ProcessClient, Protocol):
    """The part of ``Client`` that a broadcast uses; see there."""

    # ruff: noqa: D102  documented in Client

    @property
    def messenger(self) -> Messenger | None: ...

    def _prepare(self, endpoint: Endpoint[Any], values: Mapping[str, Any]) -> Request: ...

    def _with_outbox(self, outbox: Outbox) -> Self: ...

    async def get_settings(self) -> Settings: ...

    async def get_state_instance(self) -> StateInstance | None: ...

    async def check_whatsapp(self, phone_number: int | str | None = None) -> WhatsappCheck: ...

    async def check_account(self, phone_number: int | str | None = None) -> AccountCheck: ...

    async def send_file_by_url(
        self, chat_id: str, url_file: str, file_name: str, *, caption: str | None = None, once: str | None = None
    ) -> SentMessage: ...
