"""The ways in: the methods of an instance, those of a partner, and the older `/v1`."""

from collections.abc import Mapping

from greenapi_async.sandbox.api import business, instance_calls, partner
from greenapi_async.sandbox.api.request import Target
from greenapi_async.sandbox.state import Sandbox


def find(sandbox: Sandbox, verb: str, path: str, headers: Mapping[str, str]) -> Target:
    """Find what a request is for by its path."""
    if path.startswith("/v1/"):
        return business.find(sandbox, verb, path, headers)
    if path.startswith("/partner/"):
        return partner.find(sandbox, verb, path)
    return instance_calls.find(sandbox, verb, path)
