"""One API call, without the network: find what it is for, check it, and do it.

The order of the checks: an unknown method is 404, an unknown instance 403, a wrong token 401, an expired or deleted
instance 400, too fast 429, starting or not authorized 400, the month's quota 466, and then the parameters.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import attrs

from greenapi_async.sandbox.api.methods import METHODS, Call, Method, Waiting
from greenapi_async.sandbox.api.request import Request, Target
from greenapi_async.sandbox.payloads import multipart
from greenapi_async.sandbox.payloads.responses import Answer, as_json, error
from greenapi_async.sandbox.payloads.json_body import read_object
from greenapi_async.sandbox.payloads.rejection import Rejected
from greenapi_async.sandbox.payloads.schema import complaint, validate
from greenapi_async.sandbox.state import Sandbox
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.quotas import QuotaSpent

POST_ONLY: Final = frozenset({"sendFileByUpload", "uploadFile"})
"""Another verb with these is no 404."""


@attrs.frozen
class Place:
    """What a path names: `/waInstance{id}/{method}/{token}[/{tail}]`."""

    id_text: str
    method: Method | None
    instance: Instance | None
    token: str = attrs.field(repr=False)
    tail: str | None


def find(sandbox: Sandbox, verb: str, path: str) -> Target:
    """Find what a path names."""
    place = locate(sandbox, verb, path)
    method = place.method if place else None
    return Target(
        name=method.name if method else None,
        instance=place.instance if place else None,
        body_limit=method.body_limit if method else 0,
        perform=partial(_perform, sandbox, place),
    )


def locate(sandbox: Sandbox, verb: str, path: str) -> Place | None:
    """Read a path, or give None where it has not the form of a call."""
    first, *rest = path.removeprefix("/").split("/")
    if not first.startswith("waInstance") or not 1 <= len(rest) <= 3:
        return None
    method = METHODS.get(rest[0])
    if method and method.verb != verb and method.name in POST_ONLY:
        method = attrs.evolve(method, handler=_wrong_verb, body=None, form=None, raw=False)
    elif method and (method.verb != verb or (len(rest) == 3 and not method.takes_tail)):
        method = None
    id_text = first.removeprefix("waInstance")
    known = id_text.isascii() and id_text.isdecimal() and len(id_text) <= 10
    return Place(
        id_text=id_text,
        method=method,
        instance=sandbox.instances.get(int(id_text)) if known else None,
        token=rest[1] if len(rest) > 1 else "",
        tail=rest[2] if len(rest) > 2 else None,
    )


def admitted(target: Place) -> Instance:
    """Give the instance that a path names, if its token opens it."""
    if not (target.id_text.isascii() and target.id_text.isdecimal()):
        raise Rejected(400, "Parameter idInstance not an integer")
    if not target.token:
        raise Rejected(400, "Parameter apiTokenInstance not define")
    if target.instance is None:
        raise Rejected(403, "Forbidden")
    if target.token != target.instance.token:
        raise Rejected(401, "Unauthorized")
    refuse_ended(target.instance)
    return target.instance


def refuse_ended(instance: Instance) -> None:
    """Reject a call to an instance that is deleted or expired."""
    if instance.deleted:
        raise Rejected(400, "Instance is deleted")
    if instance.expired:
        raise Rejected(400, "Instance account is expired. Renew your instance from personal area")


def _perform(sandbox: Sandbox, target: Place | None, request: Request) -> Answer | Waiting:
    try:
        outcome = _outcome(sandbox, target, request)
    except QuotaSpent as no:
        return as_json(no.body, no.status)
    except Rejected as no:
        return error(no.status, no.message, path=request.raw_path, at=sandbox.clock())
    return outcome if isinstance(outcome, Answer | Waiting) else as_json(outcome)


def _outcome(sandbox: Sandbox, target: Place | None, request: Request) -> Any:
    if request.verb == "OPTIONS":
        return Answer(204)
    if target is None or target.method is None:
        raise Rejected(404, "Not Found")
    instance, method = admitted(target), target.method
    instance.settle()
    rate = method.per_second
    if sandbox.enforce_rates and rate and not instance.pace.admit(method.name, rate, sandbox.clock()):
        raise Rejected(429, "Too Many Requests")
    if instance.state in {"starting", None} and not method.while_starting:
        raise Rejected(400, "instance in starting process try later")
    if instance.state != "authorized" and method.only_authorized:
        raise Rejected(400, "instance is starting or not authorized")
    instance.quotas.check(method.name, method.monthly, sandbox.clock())
    body = _body(method, request)
    query = {name: value for name, value in request.query.items() if name in method.query}
    validate(method.query, query)
    instance.quotas.count(method.name, sandbox.clock())
    return method.handler(Call(instance, body, query, target.tail, request.headers, request.body))


def _body(method: Method, request: Request) -> Mapping[str, Any]:
    if (method.form is not None or method.raw) and request.body.size > method.body_limit:
        raise Rejected(413, "request entity too large")
    if method.form is not None:
        form = multipart.parse(request.headers.get("content-type", ""), request.body)
        values: dict[str, Any] = {**form.fields, **form.files}
        if method.form_refusal and complaint(method.form, values):
            raise Rejected(400, method.form_refusal)
        validate(method.form, values)
        return values
    if method.body is None:
        return {}
    body = read_object(request.body.whole().read(), method.body_limit)
    validate(method.body, body, at_least=method.at_least)
    return body


def _wrong_verb(_call: Call) -> Any:
    raise Rejected(500, "Internal Server Error")
