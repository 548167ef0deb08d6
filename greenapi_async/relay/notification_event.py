"""The CloudEvent as consumers receive it, and the notification in it.

FastStream validates and documents the payload of a subscriber by its annotations, with pydantic, which it requires. A
subscriber whose parameter is a ``NotificationEvent`` gets the event; one whose parameter is a ``ConsumedNotification``
gets the notification itself, without a client. Both are the same payload in the AsyncAPI document.
"""

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from greenapi_async.errors import MissingExtraError
from greenapi_async.models.bound import BoundClient
from greenapi_async.models.notifications import MalformedNotification, Notification
from greenapi_async.serialization.notifications import parse_notification

try:
    from faststream import Depends
    from pydantic import BaseModel, ConfigDict, Field, model_validator
except ModuleNotFoundError as error:
    raise MissingExtraError("relay", error.name or "faststream") from error

__all__ = ["ConsumedNotification", "NotificationEvent", "notification_of"]


class NotificationEvent(BaseModel):
    """A notification from a broker, as a CloudEvent.

    Use it as the annotation of a subscriber's parameter, or parse a message with
    ``NotificationEvent.model_validate(body)``, from bytes, str or a mapping.
    """

    model_config = ConfigDict(frozen=True, title="NotificationEvent")

    specversion: Literal["1.0"]
    type: Literal["com.green-api.notification.v1"]
    source: str = Field(pattern=r"^/instances/[0-9]+$", description="The instance, as /instances/<id>.")
    subject: str | None = Field(default=None, description="The chat; missing if the notification belongs to no chat.")
    id: str = Field(description="Digest of the content: equal for repeated deliveries of one notification.")
    time: datetime | None = Field(default=None, description="When the event happened, by the server.")
    datacontenttype: Literal["application/json"] = "application/json"
    malformed: str | None = Field(default=None, description="Why data is not a notification; missing if it is.")
    recovered: bool = Field(default=False, description="Whether it came from the journal after an outage.")
    data: dict[str, Any] = Field(repr=False, description="The notification as received from the server.")

    @model_validator(mode="before")
    @classmethod
    def _parse_json(cls, value: object) -> object:
        return json.loads(value) if isinstance(value, bytes | bytearray | str) else value

    @property
    def id_instance(self) -> int:
        """The instance that received the notification."""
        return int(self.source.rpartition("/")[2])

    def notification(self, client: BoundClient | None = None) -> Notification:
        """Return the notification.

        Args:
            client: Client for ``reply`` and the other operations; None disables them.
        """
        if self.malformed is not None:
            return MalformedNotification(raw=self.data, error=self.malformed)
        return parse_notification(self.data, client)


def notification_of(event: NotificationEvent) -> Notification:
    """Return the notification of an event, without a client; the dependency behind ``ConsumedNotification``."""
    return event.notification()


ConsumedNotification = Annotated[Notification, Depends(notification_of)]
"""Annotation of a FastStream subscriber's parameter that gets the notification, without a client."""
