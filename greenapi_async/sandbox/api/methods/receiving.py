"""Section 1.3.4 of the manual: receiving."""

import re
from typing import Any

from greenapi_async.sandbox.api.methods.definition import Call, Waiting, method
from greenapi_async.sandbox.payloads.responses import Answer, as_json
from greenapi_async.sandbox.payloads.rejection import Rejected
from greenapi_async.sandbox.payloads.schema import chat_id, digits, message_id
from greenapi_async.sandbox.simulation.content import FileContent
from greenapi_async.sandbox.simulation.instance import Instance


@method("GET", "receiveNotification", query={"receiveTimeout": digits(5, 60)})
def receive_notification(call: Call) -> Waiting:
    """Serve the head of the queue, waiting for one to come."""
    _refuse_with_webhook(call.instance)
    instance = call.instance
    seconds = int(call.query.get("receiveTimeout", "5"))
    return Waiting(instance, seconds, instance.receive, lambda found: _answer(instance, found))


@method("DELETE", "deleteNotification", takes_tail=True)
def delete_notification(call: Call) -> dict[str, Any]:
    """Remove the served head from the queue."""
    _refuse_with_webhook(call.instance)
    if call.tail is None or not re.fullmatch(r"-?[0-9]{1,18}", call.tail):
        raise Rejected(500, "Parameter receiptId must be a Number!")
    return {"result": True} if call.instance.delete(int(call.tail)) else {"result": False, "reason": ""}


@method("POST", "downloadFile", body={"chatId": chat_id(required=False), "idMessage": message_id()}, at_least=2)
def download_file(call: Call) -> dict[str, Any]:
    """Give the link of a message's file, for as long as the file is there."""
    chat_id_, id_message = call.body["chatId"], call.body["idMessage"]
    where = f"by chatId {chat_id_} and idMessage {id_message}"
    chat = call.instance.chats.get(chat_id_)
    message = chat.find(id_message) if chat else None
    if message is None or not isinstance(message.content, FileContent):
        raise Rejected(400, f"File message encrypted url not found {where}")
    if call.instance.files.lost(message.content.download_url):
        raise Rejected(500, f"Internal error when downloading file {where}")
    return {"downloadUrl": message.content.download_url}


def _answer(instance: Instance, found: Any) -> Answer:
    if not (instance.polls_tell_quota and instance.quotas.spent):
        return as_json(found)
    return as_json({**(found or {}), **instance.quotas.turned_away()}, 466)


def _refuse_with_webhook(instance: Instance) -> None:
    if instance.settings["webhookUrl"]:
        raise Rejected(
            400,
            "Message cannot be received because custom webhook url is set. Go to cabinet, clear webhook url for "
            f"instance: {instance.id_instance} and wait for about 1 minute for another attempt",
        )
