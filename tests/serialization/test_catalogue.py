"""Every notification that the sandbox can produce is parsed without unknown fields."""

import pytest

from greenapi_async import (
    Client,
    MalformedNotification,
    UnknownMessage,
    UnknownNotification,
    unknown_fields,
)
from greenapi_async.models.notifications import MessageNotification
from greenapi_async.sandbox import Instance
from greenapi_async.sandbox.simulation.catalogue import KINDS

pytestmark = pytest.mark.anyio

ALL = [(kind, variant) for kind, variants in KINDS.items() for variant in variants]


@pytest.mark.parametrize(("kind", "variant"), ALL)
async def test_every_notification_is_parsed_without_unknown_fields(
    client: Client, instance: Instance, caplog: pytest.LogCaptureFixture, kind: str, variant: str
) -> None:
    id_message = instance.produce(kind, variant=variant)
    async for notification in client.notifications():
        assert not isinstance(notification, UnknownNotification | MalformedNotification)
        assert unknown_fields(notification.raw) == []
        assert notification.id_instance == instance.id_instance
        assert (notification.id_message or "") == id_message
        if isinstance(notification, MessageNotification):
            message = notification.message
            assert not isinstance(message, UnknownMessage)
            assert kind.endswith("MessageReceived") or kind in message.types
        else:
            assert notification.type_webhook == kind
        break
    assert caplog.records == []
