"""What a partner may do: create instances, list them, delete them. Errors come with a 200 and a code of their own."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import attrs

from greenapi_async.sandbox.api.methods.definition import BODY_LIMIT
from greenapi_async.sandbox.api.request import Request, Target
from greenapi_async.sandbox.payloads.responses import Answer, as_json, error
from greenapi_async.sandbox.payloads.json_body import read_object
from greenapi_async.sandbox.payloads.rejection import Rejected
from greenapi_async.sandbox.payloads.schema import Schema, number, text, validate
from greenapi_async.sandbox.state import Sandbox
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.settings import SCHEMA as SETTINGS


@attrs.frozen
class PartnerMethod:
    """The row of one method."""

    verb: str
    schema: Schema
    handler: Callable[[Sandbox, Mapping[str, Any]], Any]


def find(sandbox: Sandbox, verb: str, path: str) -> Target:
    """Read `/partner/{method}/{partnerToken}`."""
    _, _, name, *rest = path.split("/")
    method = METHODS.get(name)
    if method is None or method.verb != verb or len(rest) > 1:
        return Target(None, None, 0, partial(_not_found, sandbox))
    return Target(name, None, BODY_LIMIT, partial(_perform, sandbox, method, "".join(rest)))


def _perform(sandbox: Sandbox, method: PartnerMethod, token: str, request: Request) -> Answer:
    if token != sandbox.partner_token:
        return _refusal(401, "Unauthorized")
    try:
        body = read_object(request.body.whole().read(), BODY_LIMIT) if method.verb == "POST" else {}
        validate(method.schema, body)
        return as_json(method.handler(sandbox, body))
    except Rejected as no:
        return _refusal(no.status, no.message)


def _not_found(sandbox: Sandbox, request: Request) -> Answer:
    if request.verb == "OPTIONS":
        return Answer(204)
    return error(404, "Not Found", path=request.raw_path, at=sandbox.clock())


def _refusal(code: int, description: str) -> Answer:
    return as_json({"code": code, "description": description})


def _create(sandbox: Sandbox, body: Mapping[str, Any]) -> Any:
    settings = {name: value for name, value in body.items() if name != "name"}
    instance = sandbox.create_instance(body.get("name", ""), **settings)
    return {
        "idInstance": instance.id_instance,
        "apiTokenInstance": instance.token,
        "typeInstance": "whatsapp",
    }


def _list(sandbox: Sandbox, _body: Mapping[str, Any]) -> Any:
    return [_row(instance) for instance in sandbox.instances.values()]


def _delete(sandbox: Sandbox, body: Mapping[str, Any]) -> Any:
    instance = sandbox.instances.get(body["idInstance"])
    if instance is None or instance.deleted:
        raise Rejected(404, "Not found")
    instance.deleted = True
    return {"deleteInstanceAccount": True}


def _row(instance: Instance) -> dict[str, Any]:
    created = datetime.fromtimestamp(instance.created_at, UTC).isoformat(timespec="milliseconds")
    return {
        "idInstance": instance.id_instance,
        "name": instance.name,
        "typeInstance": "whatsapp",
        "typeAccount": "",
        "partnerUserUiid": "",
        "timeCreated": created.replace("+00:00", "Z"),
        "timeDeleted": "",
        "apiTokenInstance": instance.token,
        "deleted": instance.deleted,
        "tariff": instance.tariff.upper(),
        "isFree": instance.tariff == "developer",
        "isPartner": True,
        "expirationDate": "",
        "isExpired": instance.expired,
    }


METHODS: Final[Mapping[str, PartnerMethod]] = {
    "createInstance": PartnerMethod("POST", {"name": text(may_be_empty=True), **SETTINGS}, _create),
    "getInstances": PartnerMethod("GET", {}, _list),
    "deleteInstanceAccount": PartnerMethod("POST", {"idInstance": number(1, required=True)}, _delete),
}
