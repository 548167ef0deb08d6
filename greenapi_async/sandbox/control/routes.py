"""Routes of the control API under /sandbox/."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from greenapi_async.sandbox.control import operations, people_operations, schemas
from greenapi_async.sandbox.control.event_stream import EventStream
from greenapi_async.sandbox.network.open_connections import OpenConnections
from greenapi_async.sandbox.payloads.json_body import read_object
from greenapi_async.sandbox.payloads.responses import ApiResponse, RequestRejected, json_response
from greenapi_async.sandbox.payloads.schema import Schema, validate
from greenapi_async.sandbox.simulation.settings import SCHEMA as SETTINGS
from greenapi_async.sandbox.state import Sandbox

__all__ = ["control_app"]

BODY_LIMIT = 48 * 1024 * 1024
"""Bytes of a body, which may contain a file in Base64."""

Operation = Callable[[operations.ControlRequest], Any]
Endpoint = Callable[[Request], Awaitable[Response]]


def control_app(sandbox: Sandbox, connections: OpenConnections) -> Starlette:
    """Create the ASGI app of the control API.

    Args:
        sandbox: The server.
        connections: Where open event streams are registered.
    """

    def route(verb: str, path: str, operation: Operation, schema: Schema | None = None, at_least: int = 0) -> Route:
        return Route(f"/sandbox/{path}", _endpoint(sandbox, operation, schema, at_least), methods=[verb])

    register_url_convertor("id", IdConvertor())
    return Starlette(
        routes=[
            Route("/sandbox/{id:id}/events", EventStream(sandbox, connections), methods=["GET"]),
            route("GET", "instances", operations.list_instances),
            route("POST", "instances", operations.add_instance, schemas.INSTANCE),
            route("POST", "{id:id}/messages", operations.contact_writes, schemas.CONTACT_WRITES),
            route("POST", "{id:id}/phone-messages", operations.phone_writes, schemas.PHONE_WRITES),
            route("GET", "{id:id}/chats/{chat_id}/messages", operations.list_messages),
            route("POST", "{id:id}/chats/{chat_id}/read", operations.contact_reads),
            route("PUT", "{id:id}/chats/{chat_id}/account", operations.set_account, schemas.ACCOUNT),
            route("GET", "{id:id}/chats/{chat_id}/typing", people_operations.get_typing),
            route("GET", "{id:id}/groups", people_operations.list_groups),
            route("POST", "{id:id}/groups", people_operations.create_group, schemas.GROUP),
            route("POST", "{id:id}/statuses", people_operations.contact_posts_status, schemas.STATUS),
            route(
                "POST",
                "{id:id}/statuses/{id_message}/views",
                people_operations.contact_views_status,
                schemas.VIEWER,
            ),
            route("PUT", "{id:id}/state", operations.set_state, schemas.STATE, at_least=1),
            route("PUT", "{id:id}/settings", operations.save_settings, SETTINGS, at_least=1),
            route("POST", "{id:id}/scan", operations.scan, schemas.SCAN, at_least=1),
            route("POST", "{id:id}/contacts", operations.add_contact, schemas.CONTACT),
            route("GET", "{id:id}/faults", operations.list_faults),
            route("POST", "{id:id}/faults", operations.add_fault, schemas.FAULT),
            route("DELETE", "{id:id}/faults", operations.clear_faults),
            route("POST", "{id:id}/notifications", operations.queue_notification),
            route("GET", "{id:id}/produce", operations.list_kinds),
            route("POST", "{id:id}/produce", operations.produce, schemas.PRODUCE),
            route("GET", "{id:id}/calls", operations.list_calls),
            route("GET", "{id:id}/pushes", operations.list_pushes),
        ]
    )


class IdConvertor(Convertor[int]):
    """The id of an instance in a path."""

    regex = "[0-9]{1,12}"

    def convert(self, value: str) -> int:
        """Parse the id."""
        return int(value)

    def to_string(self, value: int) -> str:
        """Format the id."""
        return str(value)


def _endpoint(sandbox: Sandbox, operation: Operation, schema: Schema | None, at_least: int) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            body = await _body(request)
            if schema is not None:
                validate(schema, body, at_least=at_least)
            response = json_response(operation(operations.ControlRequest(sandbox, request.path_params, body)))
        except RequestRejected as rejection:
            response = json_response({"message": rejection.message}, rejection.status)
        except ClientDisconnect:
            response = ApiResponse(499)
        except ValueError as error:
            response = json_response({"message": str(error)}, 400)
        return Response(response.body, response.status, response.headers)

    return endpoint


async def _body(request: Request) -> dict[str, Any]:
    if request.method == "GET":
        return {}
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise RequestRejected(413, "the body is too large")
    return read_object(bytes(body), BODY_LIMIT)
