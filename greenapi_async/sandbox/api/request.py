"""A request, and the route that it matches."""

from collections.abc import Callable, Mapping

import attrs

from greenapi_async.sandbox.api.methods.definition import LongPoll
from greenapi_async.sandbox.payloads.responses import ApiResponse
from greenapi_async.sandbox.payloads.spooled_body import SpooledBody
from greenapi_async.sandbox.simulation.instance import Instance

__all__ = ["Request", "Route"]


@attrs.frozen
class Request:
    """An HTTP request; `path` is decoded, `raw_path` is not, header names are in lower case."""

    verb: str
    path: str
    raw_path: str = attrs.field(repr=False)
    query: Mapping[str, str]
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: SpooledBody = attrs.field(repr=False)


@attrs.frozen
class Route:
    """The method and instance that a path refers to.

    Attributes:
        name: The name of the method; None if there is no such method.
        instance: The instance, if the path or the headers identify one.
        body_limit: The maximum number of bytes of the body.
        perform: Carries out the request.
    """

    name: str | None
    instance: Instance | None
    body_limit: int
    perform: Callable[[Request], ApiResponse | LongPoll] = attrs.field(repr=False)
