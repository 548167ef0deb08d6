"""Receiving notifications and files.

Source: manual 1.3.4.
"""

import re
from typing import Any

from greenapi_async.sandbox.api.methods.definition import Call, LongPoll, method
from greenapi_async.sandbox.payloads.responses import ApiResponse, RequestRejected, json_response
from greenapi_async.sandbox.payloads.schema import chat_id, digits, message_id
from greenapi_async.sandbox.simulation.content import FileContent
from greenapi_async.sandbox.simulation.instance import Instance

__all__ = ["delete_notification", "download_file", "receive_notification"]


@method("GET", "receiveNotification", query={"receiveTimeout": digits(5, 60)})
def receive_notification(call: Call) -> LongPoll:
    """Serve the head of the queue, as a long poll."""
    _check_no_webhook_url(call.instance)
    instance = call.instance
    seconds = int(call.query.get("receiveTimeout", "5"))
    return LongPoll(instance, seconds, instance.notifications.receive, lambda found: _respond(instance, found))


@method("DELETE", "deleteNotification", takes_tail=True)
def delete_notification(call: Call) -> dict[str, Any]:
    """Acknowledge the served head of the queue."""
    _check_no_webhook_url(call.instance)
    if call.tail is None or not re.fullmatch(r"-?[0-9]{1,18}", call.tail):
        raise RequestRejected(500, "Parameter receiptId must be a Number!")
    return {"result": True} if call.instance.notifications.delete(int(call.tail)) else {"result": False, "reason": ""}


@method("POST", "downloadFile", body={"chatId": chat_id(required=False), "idMessage": message_id()}, at_least=2)
def download_file(call: Call) -> dict[str, Any]:
    """Return the link of a message's file unless it has expired."""
    chat_id_, id_message = call.body["chatId"], call.body["idMessage"]
    place = f"by chatId {chat_id_} and idMessage {id_message}"
    chat = call.instance.chats.get(chat_id_)
    message = chat.find(id_message) if chat else None
    if message is None or not isinstance(message.content, FileContent):
        raise RequestRejected(400, f"File message encrypted url not found {place}")
    if call.instance.files.is_gone(message.content.download_url):
        raise RequestRejected(500, f"Internal error when downloading file {place}")
    return {"downloadUrl": message.content.download_url}


def _respond(instance: Instance, found: Any) -> ApiResponse:
    if not (instance.quotas.report_in_polls and instance.quotas.chat_was_rejected):
        return json_response(found)
    return json_response({**(found or {}), **instance.quotas.correspondents_status()}, 466)


def _check_no_webhook_url(instance: Instance) -> None:
    if instance.settings["webhookUrl"]:
        raise RequestRejected(
            400,
            "Message cannot be received because custom webhook url is set. Go to cabinet, clear webhook url for "
            f"instance: {instance.id_instance} and wait for about 1 minute for another attempt",
        )
