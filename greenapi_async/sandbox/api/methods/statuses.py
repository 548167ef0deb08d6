"""Section 1.3.8 of the manual: statuses, a beta that an instance has to be let into."""

from typing import Any, Final

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.responses import Answer
from greenapi_async.sandbox.payloads.rejection import Rejected
from greenapi_async.sandbox.payloads.schema import choice, digits, message_id, text
from greenapi_async.sandbox.payloads.field_types import FONTS, array, contact_id, url
from greenapi_async.sandbox.simulation.content import TextContent
from greenapi_async.sandbox.simulation.ids import outgoing_id
from greenapi_async.sandbox.simulation.statuses import Look, OwnStatus, View, file_look, text_look

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
    """Queue a text on a background."""
    body: dict[str, Any] = {
        "backgroundColor": "#FFFFFF",
        "font": "SERIF",
        "participants": [],
        **call.body,
        "linkPreview": True,
    }
    return _queue(call, "sendTextStatus", body, text_look(body["message"], body["backgroundColor"], body["font"]))


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
    """Queue a sound."""
    body: dict[str, Any] = {"backgroundColor": "#FFFFFF", "participants": [], **call.body}
    return _queue(call, "sendVoiceStatus", body, file_look(body["urlFile"], body["fileName"]))


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
    """Queue a picture, a video or a sound."""
    body: dict[str, Any] = {"participants": [], **call.body}
    look = file_look(body["urlFile"], body["fileName"], body.get("caption", ""))
    return _queue(call, "sendMediaStatus", body, look)


@method("POST", "deleteStatus", body={"idMessage": message_id(required=True)})
def delete_status(call: Call) -> Answer:
    """Take a status back that was shown."""
    _refuse_strangers(call)
    if call.instance.statuses.shown.pop(call.body["idMessage"], None) is None:
        raise Rejected(400, "ID message notfound")
    return Answer(200)


@method("GET", "getStatusStatistic", query={"idMessage": text(required=True)})
def get_status_statistic(call: Call) -> list[dict[str, Any]]:
    """Tell how far a status has come with everybody it is for."""
    _refuse_strangers(call)
    ours = {status.id_message: status for status in _outgoing(call)}
    status = ours.get(call.query["idMessage"])
    return status.statistic() if status else []


@method("GET", "getIncomingStatuses", query=MINUTES)
def get_incoming_statuses(call: Call) -> list[dict[str, Any]]:
    """Give what contacts have shown."""
    _refuse_strangers(call)
    since = _since(call)
    return [status.row() for status in call.instance.statuses.seen if status.timestamp >= since]


@method("GET", "getOutgoingStatuses", query=MINUTES)
def get_outgoing_statuses(call: Call) -> list[dict[str, Any]]:
    """Give what the account has shown, or will."""
    _refuse_strangers(call)
    since = _since(call)
    return [status.row() for status in _outgoing(call) if status.timestamp >= since]


def _queue(call: Call, name: str, body: dict[str, Any], look: Look) -> dict[str, Any]:
    _refuse_strangers(call)
    instance, at = call.instance, int(call.instance.now)
    status = OwnStatus(
        id_message=outgoing_id(instance.random),
        chat_id=instance.wid,
        type="outgoing",
        content=TextContent(body.get("message", "")),
        sender=instance.wid,
        timestamp=at,
        by_api=True,
        look=look,
        participants=body["participants"],
        views={contact: View("pending", at) for contact in body["participants"]},
    )
    return {"idMessage": instance.queue(status, name, body)}


def _outgoing(call: Call) -> list[OwnStatus]:
    queued = [waiting.message for waiting in call.instance.outbox]
    pending = [message for message in queued if isinstance(message, OwnStatus)]
    return [*call.instance.statuses.shown.values(), *pending]


def _since(call: Call) -> float:
    return call.instance.now - 60 * int(call.query.get("minutes", "1440"))


def _refuse_strangers(call: Call) -> None:
    if not call.instance.statuses.allowed:
        raise Rejected(403, "Forbidden")
