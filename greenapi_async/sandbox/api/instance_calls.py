"""Calls of an instance's methods, `/waInstance{id}/{method}/{token}`: routing, checks, handler.

The checks, in order: an unknown method is rejected with 404, an unknown instance with 403, a wrong token with 401, an
expired or deleted instance with 400, a call over the rate limit with 429, a starting or unauthorized instance with 400,
a call over the monthly quota with 466, and invalid parameters with 400.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import attrs

from greenapi_async.sandbox.api.messengers import find_method, normalise
from greenapi_async.sandbox.api.methods import Call, LongPoll, Method
from greenapi_async.sandbox.api.request import Request, Route
from greenapi_async.sandbox.payloads import multipart
from greenapi_async.sandbox.payloads.json_body import read_object
from greenapi_async.sandbox.payloads.responses import ApiResponse, RequestRejected, error_response, json_response
from greenapi_async.sandbox.payloads.schema import first_error, validate
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.messengers import MAX, WHATSAPP
from greenapi_async.sandbox.simulation.quotas import QuotaExceeded
from greenapi_async.sandbox.state import Sandbox

__all__ = ["ParsedPath", "authenticate", "check_not_ended", "find_route", "parse_path"]

POST_ONLY: Final = frozenset({"sendFileByUpload", "uploadFile"})
"""Methods that answer a wrong verb with 500 instead of 404."""
UNTRANSLATED: Final = frozenset({"checkWhatsapp", "receiveNotification"})
"""Methods whose answers name both ids of a person, or what was queued."""


@attrs.frozen
class ParsedPath:
    """The parts of a path `/waInstance{id}/{method}/{token}[/{tail}]`."""

    id_text: str
    method: Method | None
    instance: Instance | None
    token: str = attrs.field(repr=False)
    tail: str | None


def find_route(sandbox: Sandbox, verb: str, path: str) -> Route:
    """Return the route of a request.

    Args:
        sandbox: The server.
        verb: The HTTP method.
        path: The decoded path.
    """
    parsed = parse_path(sandbox, verb, path)
    method = parsed.method if parsed else None
    return Route(
        name=method.name if method else None,
        instance=parsed.instance if parsed else None,
        body_limit=method.body_limit if method else 0,
        perform=partial(_perform, sandbox, parsed),
    )


def parse_path(sandbox: Sandbox, verb: str, path: str) -> ParsedPath | None:
    """Parse a path; return None if it does not have the form of a call.

    Args:
        sandbox: The server.
        verb: The HTTP method.
        path: The decoded path.
    """
    start, *rest = path.removeprefix("/").split("/")
    first, rest = (rest[0], rest[1:]) if f"/{start}" == MAX.path and rest else (start, rest)
    if not first.startswith("waInstance") or not 1 <= len(rest) <= 3:
        return None
    id_text = first.removeprefix("waInstance")
    is_id = id_text.isascii() and id_text.isdecimal() and len(id_text) <= 12
    instance = sandbox.instances.get(int(id_text)) if is_id else None
    messenger = instance.messenger if instance else WHATSAPP
    if start != first and messenger is not MAX:
        return None
    method = find_method(messenger, rest[0], verb)
    if method and method.verb != verb and method.name in POST_ONLY:
        method = attrs.evolve(method, handler=_wrong_verb, body=None, form=None, raw=False)
    elif method and (method.verb != verb or (len(rest) == 3 and not method.takes_tail)):
        method = None
    return ParsedPath(
        id_text=id_text,
        method=method,
        instance=instance,
        token=rest[1] if len(rest) > 1 else "",
        tail=rest[2] if len(rest) > 2 else None,
    )


def authenticate(path: ParsedPath) -> Instance:
    """Return the instance of a call.

    Raises:
        RequestRejected: The instance is unknown, expired or deleted, or the token is wrong.
    """
    if not (path.id_text.isascii() and path.id_text.isdecimal()):
        raise RequestRejected(400, "Parameter idInstance not an integer")
    if not path.token:
        raise RequestRejected(400, "Parameter apiTokenInstance not define")
    if path.instance is None:
        raise RequestRejected(403, "Forbidden")
    if path.token != path.instance.token:
        raise RequestRejected(401, "Unauthorized")
    check_not_ended(path.instance)
    return path.instance


def check_not_ended(instance: Instance) -> None:
    """Reject a call to an instance that is deleted or expired.

    Raises:
        RequestRejected: It is.
    """
    if instance.lifecycle.deleted:
        raise RequestRejected(400, "Instance is deleted")
    if instance.lifecycle.expired:
        raise RequestRejected(400, "Instance account is expired. Renew your instance from personal area")


def _perform(sandbox: Sandbox, path: ParsedPath | None, request: Request) -> ApiResponse | LongPoll:
    try:
        result = _result(sandbox, path, request)
    except QuotaExceeded as rejection:
        return json_response(rejection.body, rejection.status)
    except RequestRejected as rejection:
        return error_response(rejection.status, rejection.message, path=request.raw_path, at=sandbox.clock())
    return result if isinstance(result, ApiResponse | LongPoll) else json_response(result)


def _result(sandbox: Sandbox, path: ParsedPath | None, request: Request) -> Any:
    if request.verb == "OPTIONS":
        return ApiResponse(204)
    if path is None or path.method is None:
        raise RequestRejected(404, "Not Found")
    instance, method = authenticate(path), path.method
    instance.timeline.settle()
    rate = method.per_second
    if sandbox.enforce_rates and rate and not instance.rate_limiter.allow(method.name, rate, sandbox.clock()):
        raise RequestRejected(429, "Too Many Requests")
    if instance.state in {"starting", None} and not method.while_starting:
        raise RequestRejected(400, "instance in starting process try later")
    if instance.state != "authorized" and method.only_authorized:
        raise RequestRejected(400, "instance is starting or not authorized")
    instance.quotas.check(method.name, method.monthly, sandbox.clock())
    body = instance.lids.resolve(_body(method, request))
    body = normalise(instance.messenger, method.name, body, instance.people)
    if instance.state == "suspended" and method.name.startswith(("send", "forward")):
        _check_suspended(instance, body)
    query = {name: value for name, value in request.query.items() if name in method.query}
    validate(method.query, query)
    instance.quotas.count(method.name, sandbox.clock())
    result = method.handler(Call(instance, body, query, path.tail, request.headers, request.body))
    return result if method.name in UNTRANSLATED else instance.lids.show(result)


def _check_suspended(instance: Instance, body: Mapping[str, Any]) -> None:
    """Reject a send to anybody but the saved contacts of an account with limits."""
    if "chatId" in body and body["chatId"] not in instance.people.address_book.entries:
        raise RequestRejected(403, "Your account is suspended")


def _body(method: Method, request: Request) -> Mapping[str, Any]:
    if (method.form is not None or method.raw) and request.body.size > method.body_limit:
        raise RequestRejected(413, "request entity too large")
    if method.form is not None:
        form = multipart.parse(request.headers.get("content-type", ""), request.body)
        values: dict[str, Any] = {**form.fields, **form.files}
        if method.form_error and first_error(method.form, values):
            raise RequestRejected(400, method.form_error)
        validate(method.form, values)
        return values
    if method.body is None:
        return {}
    body = read_object(request.body.whole().read(), method.body_limit)
    validate(method.body, body, at_least=method.at_least)
    return body


def _wrong_verb(_call: Call) -> Any:
    raise RequestRejected(500, "Internal Server Error")
