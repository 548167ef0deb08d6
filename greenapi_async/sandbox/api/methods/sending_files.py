"""Sending files by link or upload, and uploading them for later.

Source: manual 1.3.3.
"""

from typing import Any, Final

from greenapi_async.sandbox.api.methods import sending_fields as fields
from greenapi_async.sandbox.api.methods.definition import BODY_LIMIT, Call, method
from greenapi_async.sandbox.api.methods.sending import queue_fields
from greenapi_async.sandbox.payloads.field_types import file, url
from greenapi_async.sandbox.payloads.multipart import NOT_A_FORM, File
from greenapi_async.sandbox.payloads.responses import RequestRejected
from greenapi_async.sandbox.payloads.schema import boolean, chat_id, choice, message_id, text
from greenapi_async.sandbox.simulation.content import FileContent
from greenapi_async.sandbox.simulation.media_types import BINARY, extension, has_extension, kind, mime_type

__all__ = ["EMPTY", "send_file_by_upload", "send_file_by_url", "upload_file"]

CAPTION: Final = text(longest=20_000, may_be_empty=True)
EMPTY: Final = "file should not be empty"


@method(
    "POST",
    "sendFileByUrl",
    body={
        **fields.SEND,
        "urlFile": url(required=True),
        "fileName": text(required=True),
        "caption": CAPTION,
        "archiveChat": boolean(),
        "typingType": choice("recording"),
    },
)
def send_file_by_url(call: Call) -> dict[str, Any]:
    """Queue a file by its URL."""
    body = call.body
    name = body["fileName"]
    mime = mime_type(name) if has_extension(name) else mime_type(body["urlFile"].partition("?")[0])
    content = _content(name, mime, body["urlFile"], body.get("caption", ""))
    shown = queue_fields(body, "fileName", "caption", "archiveChat", "urlFile")
    return {"idMessage": call.instance.outbox.send("sendFileByUrl", shown, content)}


@method(
    "POST",
    "sendFileByUpload",
    form={
        "chatId": chat_id(),
        "file": file(required=False),
        "fileName": text(may_be_empty=True),
        "caption": text(may_be_empty=True),
        "quotedMessageId": message_id(),
        "typingTime": text(),
        "typingType": choice("recording"),
    },
    form_error=NOT_A_FORM,
)
def send_file_by_upload(call: Call) -> dict[str, Any]:
    """Store a file and queue it; a missing field `file` is answered with 500."""
    body = call.body
    sent: File | None = body.get("file")
    if sent is None:
        raise RequestRejected(500, NOT_A_FORM)
    if not sent.part.size:
        raise RequestRejected(400, EMPTY)
    if sum(len(value) for value in body.values() if isinstance(value, str)) > BODY_LIMIT:
        raise RequestRejected(200, NOT_A_FORM)
    if wrong := CAPTION.check("caption", body.get("caption", "")):
        raise RequestRejected(400, f"Validation failed. Details: {wrong}")
    name = body.get("fileName") or sent.filename
    mime = mime_type(name)
    if mime == BINARY and sent.content_type and not has_extension(name):
        mime = sent.content_type
    link = call.instance.files.url(call.instance.files.add(name, mime, sent.part))
    shown = queue_fields({**body, "fileName": name, "urlFile": link}, "fileName", "caption", "urlFile")
    content = _content(name, mime, link, body.get("caption", ""))
    # The queue shows it as a file with a link (manual 1.3.6).
    id_message = call.instance.outbox.send("sendFileByUrl", shown, content, called="sendFileByUpload")
    return {"idMessage": id_message, "urlFile": link}


@method("POST", "uploadFile", raw=True)
def upload_file(call: Call) -> dict[str, Any]:
    """Store a file for 15 days."""
    if not call.upload.size:
        raise RequestRejected(400, EMPTY)
    name = call.headers.get("ga-filename", "").encode("latin-1").decode("utf-8", "replace")
    content_type = call.headers.get("content-type", "").partition(";")[0].strip()
    suffix = extension(content_type) if content_type else ".bin"
    if not name:
        name = f"file{suffix}"
    mime = content_type if suffix != ".bin" else mime_type(name)
    return {"urlFile": call.instance.files.url(call.instance.files.add(name, mime, call.upload.whole()))}


def _content(name: str, mime: str, link: str, caption: str) -> FileContent:
    shape = kind(mime)
    # The manual: captions are added to images and videos only.
    visible = caption if shape in {"image", "video"} else ""
    return FileContent(kind=shape, download_url=link, file_name=name, mime_type=mime, caption=visible)
