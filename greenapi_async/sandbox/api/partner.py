"""The partner API: create, list and delete instances. Errors have the status 200 and a code in the body."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import attrs

from greenapi_async.sandbox.api.methods.definition import BODY_LIMIT
from greenapi_async.sandbox.api.request import Request, Route
from greenapi_async.sandbox.payloads.json_body import read_object
from greenapi_async.sandbox.payloads.responses import ApiResponse, RequestRejected, error_response, json_response
from greenapi_async.sandbox.payloads.schema import Schema, number, text, validate
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.settings import OPEN_SCHEMA, SCHEMA
from greenapi_async.sandbox.state import Sandbox

__all__ = ["METHODS", "find_route"]


@attrs.frozen
class PartnerMethod:
    """The definition of one method."""

    verb: str
    schema: Schema
    handler: Callable[[Sandbox, Mapping[str, Any]], Any]


def find_route(sandbox: Sandbox, verb: str, path: str) -> Route:
    """Return the route of a path `/partner/{method}/{partnerToken}`.

    Args:
        sandbox: The server.
        verb: The HTTP method.
        path: The decoded path.
    """
    _, _, name, *rest = path.split("/")
    method = METHODS.get(name)
    if method is None or method.verb != verb or len(rest) > 1:
        return Route(None, None, 0, partial(_not_found, sandbox))
    return Route(name, None, BODY_LIMIT, partial(_perform, sandbox, method, "".join(rest)))


def _perform(sandbox: Sandbox, method: PartnerMethod, token: str, request: Request) -> ApiResponse:
    if token != sandbox.partner_token:
        return _error(401, "Unauthorized")
    try:
        body = read_object(request.body.whole().read(), BODY_LIMIT) if method.verb == "POST" else {}
        validate(method.schema, body)
        return json_response(method.handler(sandbox, body))
    except RequestRejected as rejection:
        return _error(rejection.status, rejection.message)


def _not_found(sandbox: Sandbox, request: Request) -> ApiResponse:
    if request.verb == "OPTIONS":
        return ApiResponse(204)
    return error_response(404, "Not Found", path=request.raw_path, at=sandbox.clock())


def _error(code: int, description: str) -> ApiResponse:
    return json_response({"code": code, "description": description})


def _create(sandbox: Sandbox, body: Mapping[str, Any]) -> Any:
    settings = {name: value for name, value in body.items() if name != "name"}
    known = {name: value for name, value in settings.items() if name in SCHEMA}
    instance = sandbox.create_instance(body.get("name", ""), **known)
    instance.settings.update(settings)
    return {
        "idInstance": instance.id_instance,
        "apiTokenInstance": instance.token,
        "typeInstance": instance.messenger.type_instance,
    }


def _list(sandbox: Sandbox, _body: Mapping[str, Any]) -> Any:
    return [_row(instance) for instance in sandbox.instances.values()]


def _delete(sandbox: Sandbox, body: Mapping[str, Any]) -> Any:
    instance = sandbox.instances.get(body["idInstance"])
    if instance is None or instance.lifecycle.deleted:
        raise RequestRejected(404, "Not found")
    instance.lifecycle.deleted = True
    return {"deleteInstanceAccount": True}


def _row(instance: Instance) -> dict[str, Any]:
    created = datetime.fromtimestamp(instance.lifecycle.created_at, UTC).isoformat(timespec="milliseconds")
    return {
        "idInstance": instance.id_instance,
        "name": instance.name,
        "typeInstance": instance.messenger.type_instance,
        "typeAccount": "",
        "partnerUserUiid": "",
        "timeCreated": created.replace("+00:00", "Z"),
        "timeDeleted": "",
        "apiTokenInstance": instance.token,
        "deleted": instance.lifecycle.deleted,
        "tariff": instance.quotas.tariff.upper(),
        "isFree": instance.quotas.tariff == "developer",
        "isPartner": True,
        "expirationDate": "",
        "isExpired": instance.lifecycle.expired,
    }


METHODS: Final[Mapping[str, PartnerMethod]] = {
    "createInstance": PartnerMethod("POST", {"name": text(may_be_empty=True), **OPEN_SCHEMA}, _create),
    "getInstances": PartnerMethod("GET", {}, _list),
    "deleteInstanceAccount": PartnerMethod("POST", {"idInstance": number(1, required=True)}, _delete),
}
