"""One API call, without the network: find what it is for, check it, and do it.

The order of the checks: an unknown method is 404, an unknown instance 403, a wrong token 401, an expired or deleted
instance 400, too fast 429, starting or not authorized 400, and then the parameters.
"""

from collections.abc import Mapping
from typing import Any

import attrs

from greenapi_async.sandbox.answers import Answer, as_json, error
from greenapi_async.sandbox.instance import Instance
from greenapi_async.sandbox.methods import METHODS, Call, Method, Waiting
from greenapi_async.sandbox.parsing import read_object
from greenapi_async.sandbox.rejection import Rejected
from greenapi_async.sandbox.schema import validate
from greenapi_async.sandbox.state import Sandbox


@attrs.frozen
class Request:
    """A request as it came; `path` is decoded, `raw_path` is not."""

    verb: str
    path: str
    raw_path: str = attrs.field(repr=False)
    query: Mapping[str, str]
    body: bytes = attrs.field(repr=False)


@attrs.frozen
class Target:
    """What a path names: `/waInstance{id}/{method}/{token}[/{tail}]`."""

    id_text: str
    method: Method | None
    instance: Instance | None
    token: str = attrs.field(repr=False)
    tail: str | None


def find(sandbox: Sandbox, verb: str, path: str) -> Target | None:
    """Read a path, or give None where it has not the form of a call."""
    first, *rest = path.removeprefix("/").split("/")
    if not first.startswith("waInstance") or not 1 <= len(rest) <= 3:
        return None
    method = METHODS.get(rest[0])
    if method and (method.verb != verb or (len(rest) == 3 and not method.takes_tail)):
        method = None
    id_text = first.removeprefix("waInstance")
    known = id_text.isascii() and id_text.isdecimal() and len(id_text) <= 10
    return Target(
        id_text=id_text,
        method=method,
        instance=sandbox.instances.get(int(id_text)) if known else None,
        token=rest[1] if len(rest) > 1 else "",
        tail=rest[2] if len(rest) > 2 else None,
    )


def perform(sandbox: Sandbox, target: Target | None, request: Request) -> Answer | Waiting:
    """Carry a call out, and give its answer or what to wait for."""
    try:
        outcome = _outcome(sandbox, target, request)
    except Rejected as no:
        return error(no.status, no.message, path=request.raw_path, at=sandbox.clock())
    return outcome if isinstance(outcome, Answer | Waiting) else as_json(outcome)


def _outcome(sandbox: Sandbox, target: Target | None, request: Request) -> Any:
    if request.verb == "OPTIONS":
        return Answer(204)
    if target is None or target.method is None:
        raise Rejected(404, "Not Found")
    instance, method = _admitted(target), target.method
    instance.settle()
    rate = method.per_second
    if sandbox.enforce_rates and rate and not instance.pace.admit(method.name, rate, sandbox.clock()):
        raise Rejected(429, "Too Many Requests")
    if instance.state in {"starting", None} and not method.while_starting:
        raise Rejected(400, "instance in starting process try later")
    if instance.state != "authorized" and method.only_authorized:
        raise Rejected(400, "instance is starting or not authorized")
    body = read_object(request.body, method.body_limit) if method.body is not None else {}
    if method.body is not None:
        validate(method.body, body, at_least=method.at_least)
    query = {name: value for name, value in request.query.items() if name in method.query}
    validate(method.query, query)
    return method.handler(Call(instance, body, query, target.tail))


def _admitted(target: Target) -> Instance:
    if not (target.id_text.isascii() and target.id_text.isdecimal()):
        raise Rejected(400, "Parameter idInstance not an integer")
    if not target.token:
        raise Rejected(400, "Parameter apiTokenInstance not define")
    if target.instance is None:
        raise Rejected(403, "Forbidden")
    if target.token != target.instance.token:
        raise Rejected(401, "Unauthorized")
    if target.instance.deleted:
        raise Rejected(400, "Instance is deleted")
    if target.instance.expired:
        raise Rejected(400, "Instance account is expired. Renew your instance from personal area")
    return target.instance
