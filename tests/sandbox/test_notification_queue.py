from typing import Any

from greenapi_async.sandbox import Instance, ManualClock


def receive(instance: Instance) -> tuple[int, Any]:
    served = instance.notifications.receive()
    assert served is not None
    return served["receiptId"], served["body"]


def test_the_head_is_served_until_it_is_deleted(instance: Instance) -> None:
    instance.queue_notification({"n": 1})
    instance.queue_notification({"n": 2})
    receipt, body = receive(instance)
    assert receive(instance) == (receipt, body) == (receipt, {"n": 1})
    assert instance.notifications.delete(receipt)
    later, body = receive(instance)
    assert later > receipt
    assert body == {"n": 2}


def test_a_receipt_is_deleted_once(instance: Instance) -> None:
    instance.queue_notification({})
    receipt, _ = receive(instance)
    assert instance.notifications.delete(receipt)
    assert not instance.notifications.delete(receipt)


def test_an_unserved_notification_cannot_be_deleted(instance: Instance) -> None:
    instance.queue_notification({})
    assert not instance.notifications.delete(1)
    assert len(instance.notifications) == 1


def test_a_notification_is_kept_for_a_day(instance: Instance, clock: ManualClock) -> None:
    instance.queue_notification({})
    clock.advance(86_399)
    receipt, _ = receive(instance)
    clock.advance(1)
    assert instance.notifications.receive() is None
    assert not instance.notifications.delete(receipt)
