"""The older `/v1`, which is compatible with the WhatsApp Business API: messages, and media for them."""

import hmac
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import attrs

from greenapi_async.sandbox.api.instance_calls import refuse_ended
from greenapi_async.sandbox.api.methods.definition import BODY_LIMIT
from greenapi_async.sandbox.api.request import Request, Target
from greenapi_async.sandbox.payloads.responses import Answer, as_json
from greenapi_async.sandbox.payloads.json_body import read_object
from greenapi_async.sandbox.payloads.rejection import Rejected
from greenapi_async.sandbox.payloads.schema import Schema, boolean, choice, complaint, nested, text
from greenapi_async.sandbox.state import Sandbox
from greenapi_async.sandbox.simulation.content import Content, FileContent, TextContent
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.media_types import BINARY, extension, kind, mime_type
from greenapi_async.sandbox.simulation.quotas import QuotaSpent

META: Final = {"api_status": "stable", "version": "2.0.1"}
MEDIA_LIMIT: Final = 37 * 1024 * 1024
MEDIA_LIVES: Final = 86_400.0
KINDS: Final = ("image", "video", "audio", "document", "sticker")
TITLES: Final[Mapping[int, str]] = {
    82: "Превышено количество исходящих сообщений",
    1000: "Generic error",
    1005: "Access denied",
    1006: "Resource not found",
    1008: "Required parameter is missing",
    1009: "Parameter value is not valid",
}

_MEDIUM: Final[Schema] = {
    "id": text(),
    "link": text(),
    "caption": text(may_be_empty=True),
    "filename": text(may_be_empty=True),
    "provider": nested({"name": text(required=True)}),
}
MESSAGE: Final[Schema] = {
    "recipient_type": choice("individual", "group"),
    "to": text(required=True),
    "type": choice("text", *KINDS),
    "preview_url": boolean(),
    "text": nested({"body": text(required=True, longest=4096)}),
    **dict.fromkeys(KINDS, nested(_MEDIUM)),
}


class Refused(Rejected):
    """An error with a code of this API."""

    def __init__(self, code: int, details: str, status: int = 400) -> None:
        super().__init__(status, details)
        self.code = code


@attrs.frozen
class Node:
    """What may be asked of one address."""

    name: str
    handler: Callable[[Sandbox, Instance, Request, str], Answer]
    body_limit: int = BODY_LIMIT


def find(sandbox: Sandbox, verb: str, path: str, headers: Mapping[str, str]) -> Target:
    """Read `/v1/messages` or `/v1/media[/{id}]`; the token stands in a header."""
    _, _, name, *rest = path.split("/")
    node = NODES.get((verb, name, len(rest)))
    instance = _by_token(sandbox, headers.get("authorization", ""))
    work = partial(_perform, sandbox, instance, node, "".join(rest))
    return Target(node.name if node else None, instance, node.body_limit if node else 0, work)


def _by_token(sandbox: Sandbox, authorization: str) -> Instance | None:
    given = authorization.encode()
    for instance in sandbox.instances.values():
        if hmac.compare_digest(given, f"Bearer {instance.token}".encode()):
            return instance
    return None


def _perform(sandbox: Sandbox, instance: Instance | None, node: Node | None, media_id: str, request: Request) -> Answer:
    try:
        if node is None:
            raise Refused(1006, "Not Found", 404)
        if instance is None:
            raise Refused(1005, "Unauthorized", 401)
        refuse_ended(instance)
        instance.settle()
        return node.handler(sandbox, instance, request, media_id)
    except QuotaSpent:
        no: Rejected = Refused(82, "Outgoing messages limit exceeded")
    except Rejected as rejected:
        no = rejected
    code = no.code if isinstance(no, Refused) else 1000
    told = {"code": code, "details": no.message, "title": TITLES[code]}
    return as_json({"errors": [told], "meta": META}, no.status)


def _send(sandbox: Sandbox, instance: Instance, request: Request, _media_id: str) -> Answer:
    body = read_object(request.body.whole().read(), BODY_LIMIT)
    if wrong := complaint(MESSAGE, body):
        raise Refused(1008 if wrong.endswith("is required") else 1009, wrong)
    if not re.fullmatch(r"[0-9]+(-[0-9]+)?", body["to"]):
        raise Refused(1009, "'to' must be digits, or digits-digits of a group")
    group = "-" in body["to"] or body.get("recipient_type") == "group"
    chat_id = f"{body['to']}@{'g' if group else 'c'}.us"
    type_ = body.get("type", "text")
    if type_ not in body:
        raise Refused(1008, f"'{type_}' is required")
    content = TextContent(body["text"]["body"]) if type_ == "text" else _file(sandbox, type_, body[type_])
    method, shown = _shown(content)
    id_message = instance.send(method, {"chatId": chat_id, **shown}, content)
    return as_json({"messages": [{"id": id_message}], "meta": META}, 201)


def _shown(content: Content) -> tuple[str, dict[str, Any]]:
    if isinstance(content, FileContent):
        file = {"urlFile": content.download_url, "fileName": content.file_name, "caption": content.caption}
        return "sendFileByUrl", file
    return "sendMessage", {"message": content.text}


def _file(sandbox: Sandbox, type_: Any, medium: Mapping[str, Any]) -> FileContent:
    if ("id" in medium) == ("link" in medium):
        raise Refused(1008, f"'{type_}' must have either 'id' or 'link'")
    if "link" in medium:
        link = medium["link"]
        if not re.match(r"https?://", link):
            raise Refused(1009, "'link' must start with http(s)://")
        name = link.partition("?")[0].rpartition("/")[2]
        mime = mime_type(name)
    else:
        stored = sandbox.files.find(medium["id"], private=True)
        if stored is None:
            raise Refused(1006, "media not found")
        seen = sandbox.files.add(stored.name, stored.content_type, stored.content)
        link, name, mime = sandbox.files.url(seen), stored.name, stored.content_type
    return FileContent(
        kind=type_,
        download_url=link,
        file_name=medium.get("filename") or name,
        mime_type=mime,
        caption=medium.get("caption", ""),
    )


def _upload(sandbox: Sandbox, _instance: Instance, request: Request, _media_id: str) -> Answer:
    suffix = request.headers.get("x-gr-file-extension", "").lstrip(".")
    content_type = request.headers.get("content-type", "")
    if not suffix and not content_type:
        raise Refused(1008, "X-Gr-File-Extension is required")
    if not request.body.size:
        raise Refused(1009, "file should not be empty")
    if request.body.size > MEDIA_LIMIT:
        raise Refused(1009, "request entity too large", 413)
    name = f"media.{suffix}" if suffix else f"media{extension(content_type)}"
    given = content_type if content_type and kind(content_type) != "document" else ""
    mime = given or (mime_type(name) if mime_type(name) != BINARY else content_type or BINARY)
    stored = sandbox.files.add(name, mime, request.body.whole(), lifetime=MEDIA_LIVES, private=True)
    return as_json({"media": [{"id": stored.file_id}], "meta": META}, 201)


def _download(sandbox: Sandbox, _instance: Instance, _request: Request, media_id: str) -> Answer:
    stored = sandbox.files.find(media_id, private=True)
    if stored is None:
        raise Refused(1006, "media not found", 404)
    return Answer(200, stored.content.read(), {"content-type": stored.content_type})


def _delete(sandbox: Sandbox, _instance: Instance, _request: Request, media_id: str) -> Answer:
    if sandbox.files.find(media_id, private=True) is None:
        raise Refused(1006, "media not found", 404)
    sandbox.files.remove(media_id)
    return as_json({"meta": META})


NODES: Final[Mapping[tuple[str, str, int], Node]] = {
    ("POST", "messages", 0): Node("v1/messages", _send),
    ("POST", "media", 0): Node("v1/media", _upload, MEDIA_LIMIT),
    ("GET", "media", 1): Node("v1/media", _download),
    ("DELETE", "media", 1): Node("v1/media", _delete),
}
"""By verb, node and the number of parts that follow in the path."""
