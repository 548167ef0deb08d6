"""The control API under /sandbox/: what people do on their phones, and what a test arranges."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from greenapi_async.sandbox.control import fields as given
from greenapi_async.sandbox.control import orders, people_orders
from greenapi_async.sandbox.control.events import Events
from greenapi_async.sandbox.forms.answers import Answer, as_json
from greenapi_async.sandbox.forms.parsing import read_object
from greenapi_async.sandbox.forms.rejection import Rejected
from greenapi_async.sandbox.forms.schema import Schema, validate
from greenapi_async.sandbox.state import Sandbox
from greenapi_async.sandbox.wire.live import Live
from greenapi_async.sandbox.world.settings import SCHEMA as SETTINGS

LIMIT = 48 * 1024 * 1024
"""Bytes of a body; a file comes in Base64."""

Act = Callable[[orders.Order], Any]
Endpoint = Callable[[Request], Awaitable[Response]]


def control_app(sandbox: Sandbox, live: Live) -> Starlette:
    """Make the ASGI app of the control API."""

    def route(verb: str, path: str, act: Act, schema: Schema | None = None, at_least: int = 0) -> Route:
        return Route(f"/sandbox/{path}", _endpoint(sandbox, act, schema, at_least), methods=[verb])

    register_url_convertor("id", IdConvertor())
    return Starlette(
        routes=[
            Route("/sandbox/{id:id}/events", Events(sandbox, live), methods=["GET"]),
            route("GET", "instances", orders.list_instances),
            route("POST", "instances", orders.add_instance, given.INSTANCE),
            route("POST", "{id:id}/messages", orders.contact_writes, given.CONTACT_WRITES),
            route("POST", "{id:id}/phone-messages", orders.phone_writes, given.PHONE_WRITES),
            route("GET", "{id:id}/chats/{chat_id}/messages", orders.list_messages),
            route("POST", "{id:id}/chats/{chat_id}/read", orders.contact_reads),
            route("PUT", "{id:id}/chats/{chat_id}/account", orders.set_account, given.ACCOUNT),
            route("GET", "{id:id}/chats/{chat_id}/typing", people_orders.see_typing),
            route("GET", "{id:id}/groups", people_orders.list_groups),
            route("POST", "{id:id}/groups", people_orders.make_group, given.GROUP),
            route("POST", "{id:id}/statuses", people_orders.contact_posts_status, given.STATUS),
            route("POST", "{id:id}/statuses/{id_message}/views", people_orders.contact_views_status, given.STATUS_VIEW),
            route("PUT", "{id:id}/state", orders.set_state, given.STATE, at_least=1),
            route("PUT", "{id:id}/settings", orders.save_settings, SETTINGS, at_least=1),
            route("POST", "{id:id}/scan", orders.scan, given.SCAN, at_least=1),
            route("POST", "{id:id}/contacts", orders.add_contact, given.CONTACT),
            route("GET", "{id:id}/faults", orders.list_faults),
            route("POST", "{id:id}/faults", orders.add_fault, given.FAULT),
            route("DELETE", "{id:id}/faults", orders.clear_faults),
            route("POST", "{id:id}/notifications", orders.queue_notification),
            route("GET", "{id:id}/produce", orders.list_kinds),
            route("POST", "{id:id}/produce", orders.produce, given.PRODUCE),
            route("GET", "{id:id}/calls", orders.list_calls),
            route("GET", "{id:id}/pushes", orders.list_pushes),
        ]
    )


class IdConvertor(Convertor[int]):
    """The number of an instance in a path."""

    regex = "[0-9]{1,10}"

    def convert(self, value: str) -> int:
        """Read it."""
        return int(value)

    def to_string(self, value: int) -> str:
        """Write it."""
        return str(value)


def _endpoint(sandbox: Sandbox, act: Act, schema: Schema | None, at_least: int) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            body = await _body(request)
            if schema is not None:
                validate(schema, body, at_least=at_least)
            answer = as_json(act(orders.Order(sandbox, request.path_params, body)))
        except Rejected as no:
            answer = as_json({"message": no.message}, no.status)
        except ClientDisconnect:
            answer = Answer(499)
        except ValueError as error:
            answer = as_json({"message": str(error)}, 400)
        return Response(answer.body, answer.status, answer.headers)

    return endpoint


async def _body(request: Request) -> dict[str, Any]:
    if request.method == "GET":
        return {}
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LIMIT:
            raise Rejected(413, "the body is too large")
    return read_object(bytes(body), LIMIT)
