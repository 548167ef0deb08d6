"""The older API at `/v1`, compatible with the WhatsApp Business API: messages and media."""

import hmac
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import attrs

from greenapi_async.sandbox.api.instance_calls import check_not_ended
from greenapi_async.sandbox.api.methods.definition import BODY_LIMIT
from greenapi_async.sandbox.api.request import Request, Route
from greenapi_async.sandbox.payloads.json_body import read_object
from greenapi_async.sandbox.payloads.responses import ApiResponse, RequestRejected, json_response
from greenapi_async.sandbox.payloads.schema import Schema, boolean, choice, first_error, nested, text
from greenapi_async.sandbox.simulation.content import Content, FileContent, TextContent
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.media_types import BINARY, extension, kind, mime_type
from greenapi_async.sandbox.simulation.quotas import QuotaExceeded
from greenapi_async.sandbox.state import Sandbox

__all__ = ["ENDPOINTS", "KINDS", "MEDIA_LIMIT", "MESSAGE", "Endpoint", "find_route"]

META: Final = {"api_status": "stable", "version": "2.0.1"}
MEDIA_LIMIT: Final = 37 * 1024 * 1024
MEDIA_LIFETIME: Final = 86_400.0
KINDS: Final = ("image", "video", "audio", "document", "sticker")
ERROR_TITLES: Final[Mapping[int, str]] = {
    82: "Превышено количество исходящих сообщений",
    1000: "Generic error",
    1005: "Access denied",
    1006: "Resource not found",
    1008: "Required parameter is missing",
    1009: "Parameter value is not valid",
}

_MEDIA: Final[Schema] = {
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
    **dict.fromkeys(KINDS, nested(_MEDIA)),
}


class BusinessApiError(RequestRejected):
    """An error with one of the codes of this API."""

    def __init__(self, code: int, details: str, status: int = 400) -> None:
        super().__init__(status, details)
        self.code = code


@attrs.frozen
class Endpoint:
    """One method of this API."""

    name: str
    handler: Callable[[Sandbox, Instance, Request, str], ApiResponse]
    body_limit: int = BODY_LIMIT


def find_route(sandbox: Sandbox, verb: str, path: str, headers: Mapping[str, str]) -> Route:
    """Return the route of `/v1/messages` or `/v1/media[/{id}]`; the token is in a header.

    Args:
        sandbox: The server.
        verb: The HTTP method.
        path: The decoded path.
        headers: The headers, by their names in lower case.
    """
    _, _, name, *rest = path.split("/")
    endpoint = ENDPOINTS.get((verb, name, len(rest)))
    instance = _by_token(sandbox, headers.get("authorization", ""))
    perform = partial(_perform, sandbox, instance, endpoint, "".join(rest))
    return Route(endpoint.name if endpoint else None, instance, endpoint.body_limit if endpoint else 0, perform)


def _by_token(sandbox: Sandbox, authorization: str) -> Instance | None:
    given = authorization.encode()
    for instance in sandbox.instances.values():
        if hmac.compare_digest(given, f"Bearer {instance.token}".encode()):
            return instance
    return None


def _perform(
    sandbox: Sandbox, instance: Instance | None, endpoint: Endpoint | None, media_id: str, request: Request
) -> ApiResponse:
    try:
        if endpoint is None:
            raise BusinessApiError(1006, "Not Found", 404)
        if instance is None:
            raise BusinessApiError(1005, "Unauthorized", 401)
        check_not_ended(instance)
        instance.timeline.settle()
        return endpoint.handler(sandbox, instance, request, media_id)
    except QuotaExceeded:
        rejection: RequestRejected = BusinessApiError(82, "Outgoing messages limit exceeded")
    except RequestRejected as rejected:
        rejection = rejected
    code = rejection.code if isinstance(rejection, BusinessApiError) else 1000
    error = {"code": code, "details": rejection.message, "title": ERROR_TITLES[code]}
    return json_response({"errors": [error], "meta": META}, rejection.status)


def _send(sandbox: Sandbox, instance: Instance, request: Request, _media_id: str) -> ApiResponse:
    body = read_object(request.body.whole().read(), BODY_LIMIT)
    if wrong := first_error(MESSAGE, body):
        raise BusinessApiError(1008 if wrong.endswith("is required") else 1009, wrong)
    if not re.fullmatch(r"[0-9]+(-[0-9]+)?", body["to"]):
        raise BusinessApiError(1009, "'to' must be digits, or digits-digits of a group")
    group = "-" in body["to"] or body.get("recipient_type") == "group"
    chat_id = f"{body['to']}@{'g' if group else 'c'}.us"
    type_ = body.get("type", "text")
    if type_ not in body:
        raise BusinessApiError(1008, f"'{type_}' is required")
    content = TextContent(body["text"]["body"]) if type_ == "text" else _file(sandbox, type_, body[type_])
    method, shown = _queue_fields(content)
    id_message = instance.outbox.send(method, {"chatId": chat_id, **shown}, content)
    return json_response({"messages": [{"id": id_message}], "meta": META}, 201)


def _queue_fields(content: Content) -> tuple[str, dict[str, Any]]:
    if isinstance(content, FileContent):
        file = {"urlFile": content.download_url, "fileName": content.file_name, "caption": content.caption}
        return "sendFileByUrl", file
    return "sendMessage", {"message": content.text}


def _file(sandbox: Sandbox, type_: Any, media: Mapping[str, Any]) -> FileContent:
    if ("id" in media) == ("link" in media):
        raise BusinessApiError(1008, f"'{type_}' must have either 'id' or 'link'")
    if "link" in media:
        link = media["link"]
        if not re.match(r"https?://", link):
            raise BusinessApiError(1009, "'link' must start with http(s)://")
        name = link.partition("?")[0].rpartition("/")[2]
        mime = mime_type(name)
    else:
        stored = sandbox.files.find(media["id"], private=True)
        if stored is None:
            raise BusinessApiError(1006, "media not found")
        public = sandbox.files.add(stored.name, stored.content_type, stored.content)
        link, name, mime = sandbox.files.url(public), stored.name, stored.content_type
    return FileContent(
        kind=type_,
        download_url=link,
        file_name=media.get("filename") or name,
        mime_type=mime,
        caption=media.get("caption", ""),
    )


def _upload(sandbox: Sandbox, _instance: Instance, request: Request, _media_id: str) -> ApiResponse:
    suffix = request.headers.get("x-gr-file-extension", "").lstrip(".")
    content_type = request.headers.get("content-type", "")
    if not suffix and not content_type:
        raise BusinessApiError(1008, "X-Gr-File-Extension is required")
    if not request.body.size:
        raise BusinessApiError(1009, "file should not be empty")
    if request.body.size > MEDIA_LIMIT:
        raise BusinessApiError(1009, "request entity too large", 413)
    name = f"media.{suffix}" if suffix else f"media{extension(content_type)}"
    given = content_type if content_type and kind(content_type) != "document" else ""
    mime = given or (mime_type(name) if mime_type(name) != BINARY else content_type or BINARY)
    stored = sandbox.files.add(name, mime, request.body.whole(), lifetime=MEDIA_LIFETIME, private=True)
    return json_response({"media": [{"id": stored.file_id}], "meta": META}, 201)


def _download(sandbox: Sandbox, _instance: Instance, _request: Request, media_id: str) -> ApiResponse:
    stored = sandbox.files.find(media_id, private=True)
    if stored is None:
        raise BusinessApiError(1006, "media not found", 404)
    return ApiResponse(200, stored.content.read(), {"content-type": stored.content_type})


def _delete(sandbox: Sandbox, _instance: Instance, _request: Request, media_id: str) -> ApiResponse:
    if sandbox.files.find(media_id, private=True) is None:
        raise BusinessApiError(1006, "media not found", 404)
    sandbox.files.remove(media_id)
    return json_response({"meta": META})


ENDPOINTS: Final[Mapping[tuple[str, str, int], Endpoint]] = {
    ("POST", "messages", 0): Endpoint("v1/messages", _send),
    ("POST", "media", 0): Endpoint("v1/media", _upload, MEDIA_LIMIT),
    ("GET", "media", 1): Endpoint("v1/media", _download),
    ("DELETE", "media", 1): Endpoint("v1/media", _delete),
}
"""By verb, first part of the path, and the number of parts after it."""
