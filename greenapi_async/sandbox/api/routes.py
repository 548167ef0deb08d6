"""Routing by path to one of the three APIs: of an instance, of a partner, and the older `/v1`."""

from collections.abc import Mapping

from greenapi_async.sandbox.api import business, instance_calls, partner
from greenapi_async.sandbox.api.request import Route
from greenapi_async.sandbox.state import Sandbox

__all__ = ["find_route"]


def find_route(sandbox: Sandbox, verb: str, path: str, headers: Mapping[str, str]) -> Route:
    """Return the route of a request.

    Args:
        sandbox: The server.
        verb: The HTTP method.
        path: The decoded path.
        headers: The headers, by their names in lower case.
    """
    if path.startswith("/v1/"):
        return business.find_route(sandbox, verb, path, headers)
    if path.startswith("/partner/"):
        return partner.find_route(sandbox, verb, path)
    return instance_calls.find_route(sandbox, verb, path)
