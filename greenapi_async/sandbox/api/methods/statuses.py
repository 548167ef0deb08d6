"""Methods of statuses, a beta that an instance must be admitted to.

Source: manual 1.3.8.
"""

from typing import Any, Final

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.field_types import FONTS, array, contact_id, url
from greenapi_async.sandbox.payloads.responses import ApiResponse, RequestRejected
from greenapi_async.sandbox.payloads.schema import choice, digits, message_id, text
from greenapi_async.sandbox.simulation.content import TextContent
from greenapi_async.sandbox.simulation.ids import outgoing_id
from greenapi_async.sandbox.simulation.statuses import OwnStatus, StatusContent, StatusView, file_status, text_status

__all__ = [
    "delete_status",
    "get_incoming_statuses",
    "get_outgoing_statuses",
    "get_status_statistic",
    "send_media_status",
    "send_text_status",
    "send_voice_status",
]

PARTICIPANTS: Final = array(contact_id())
MINUTES: Final = {"minutes": digits(1, 10_000_000)}


@method(
    "POST",
    "sendTextStatus",
    body={
        "message": text(required=True, longest=500),
        "backgroundColor": text(),
        "font": choice(*FONTS),
        "participants": PARTICIPANTS,
    },
)
def send_text_status(call: Call) -> dict[str, Any]:
    """Queue a status with a text on a background."""
    body: dict[str, Any] = {
        "backgroundColor": "#FFFFFF",
        "font": "SERIF",
        "participants": [],
        **call.body,
        "linkPreview": True,
    }
    return _queue(call, "sendTextStatus", body, text_status(body["message"], body["backgroundColor"], body["font"]))


@method(
    "POST",
    "sendVoiceStatus",
    body={
        "urlFile": url(required=True),
        "fileName": text(required=True),
        "backgroundColor": text(),
        "participants": PARTICIPANTS,
    },
)
def send_voice_status(call: Call) -> dict[str, Any]:
    """Queue a status with audio."""
    body: dict[str, Any] = {"backgroundColor": "#FFFFFF", "participants": [], **call.body}
    return _queue(call, "sendVoiceStatus", body, file_status(body["urlFile"], body["fileName"]))


@method(
    "POST",
    "sendMediaStatus",
    body={
        "urlFile": url(required=True),
        "fileName": text(required=True),
        "caption": text(longest=1024, may_be_empty=True),
        "participants": PARTICIPANTS,
    },
)
def send_media_status(call: Call) -> dict[str, Any]:
    """Queue a status with an image, a video or audio."""
    body: dict[str, Any] = {"participants": [], **call.body}
    content = file_status(body["urlFile"], body["fileName"], body.get("caption", ""))
    return _queue(call, "sendMediaStatus", body, content)


@method("POST", "deleteStatus", body={"idMessage": message_id(required=True)})
def delete_status(call: Call) -> ApiResponse:
    """Delete a status."""
    _check_allowed(call)
    if call.instance.statuses.own.pop(call.body["idMessage"], None) is None:
        raise RequestRejected(400, "ID message notfound")
    return ApiResponse(200)


@method("GET", "getStatusStatistic", query={"idMessage": text(required=True)})
def get_status_statistic(call: Call) -> list[dict[str, Any]]:
    """Return the progress of a status by contact."""
    _check_allowed(call)
    own = {status.id_message: status for status in _outgoing(call)}
    status = own.get(call.query["idMessage"])
    return status.statistic() if status else []


@method("GET", "getIncomingStatuses", query=MINUTES)
def get_incoming_statuses(call: Call) -> list[dict[str, Any]]:
    """Return the statuses of contacts."""
    _check_allowed(call)
    since = _since(call)
    return [status.as_journal_row() for status in call.instance.statuses.seen if status.timestamp >= since]


@method("GET", "getOutgoingStatuses", query=MINUTES)
def get_outgoing_statuses(call: Call) -> list[dict[str, Any]]:
    """Return the statuses of the account, queued ones included."""
    _check_allowed(call)
    since = _since(call)
    return [status.as_journal_row() for status in _outgoing(call) if status.timestamp >= since]


def _queue(call: Call, name: str, body: dict[str, Any], content: StatusContent) -> dict[str, Any]:
    _check_allowed(call)
    instance, at = call.instance, int(call.instance.timeline.now)
    status = OwnStatus(
        id_message=outgoing_id(instance.random),
        chat_id=instance.own_id,
        type="outgoing",
        content=TextContent(body.get("message", "")),
        sender=instance.own_id,
        timestamp=at,
        by_api=True,
        shown=content,
        participants=body["participants"],
        views={contact: StatusView("pending", at) for contact in body["participants"]},
    )
    return {"idMessage": instance.outbox.enqueue(status, name, body)}


def _outgoing(call: Call) -> list[OwnStatus]:
    queued = [queued.message for queued in call.instance.outbox]
    pending = [message for message in queued if isinstance(message, OwnStatus)]
    return [*call.instance.statuses.own.values(), *pending]


def _since(call: Call) -> float:
    return call.instance.timeline.now - 60 * int(call.query.get("minutes", "1440"))


def _check_allowed(call: Call) -> None:
    if not call.instance.statuses.allowed:
        raise RequestRejected(403, "Forbidden")
