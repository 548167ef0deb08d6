"""The work of the command ``greenapi call``: any method of the API, known to the library or not."""

import difflib
import json
import re
from collections.abc import Sequence
from typing import Any

from greenapi_async.cli.run import Session
from greenapi_async.client import Client
from greenapi_async.errors import InvalidArgumentError, NotFoundError
from greenapi_async.methods.calling import Verb, known_endpoints

__all__ = ["call_method"]


async def call_method(session: Session, method: str, assignments: Sequence[str], verb: str | None) -> None:
    """Call a method and print its answer as JSON.

    Args:
        session: The session.
        method: Name of the method, as in the documentation or with underscores.
        assignments: ``name=text`` or ``name:=json``.
        verb: HTTP verb; None for the method's own, or GET without parameters and POST with them.
    """
    name = re.sub(r"_([a-z])", lambda found: found[1].upper(), method)
    endpoints = known_endpoints(Client)
    endpoint = endpoints.get(name.lower())
    parameters = _parameters(assignments)
    path: Any = None
    query: dict[str, Any] = {}
    if endpoint is not None:
        path = parameters.pop(endpoint.path[0], None) if endpoint.path else None
        query = {key: parameters.pop(key) for key in endpoint.query if key in parameters}
    chosen: Any = (verb or (endpoint.verb if endpoint else "POST" if parameters else "GET")).upper()
    async with session.client() as client:
        checked: Verb = chosen
        try:
            answer = await client.call(
                checked,
                endpoint.name if endpoint else name,
                parameters,
                query=query,
                path=path,
                host=endpoint.host.value if endpoint else "api",
            )
        except NotFoundError as error:
            close = [] if endpoint else difflib.get_close_matches(name.lower(), endpoints, 1, 0.8)
            if not close:
                raise
            raise InvalidArgumentError(
                f"the server has no method {name!r}; did you mean {endpoints[close[0]].name}?"
            ) from error
    session.output.json = True
    session.output.document(answer)


def _parameters(assignments: Sequence[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for assignment in assignments:
        found = re.fullmatch(r"([A-Za-z][A-Za-z0-9_]*)(:?=)(.*)", assignment, re.DOTALL)
        if found is None:
            raise InvalidArgumentError(f"{assignment!r} is neither name=text nor name:=json, as in count:=10")
        name, operator, value = found.groups()
        if name in values:
            raise InvalidArgumentError(f"{name} is given twice")
        try:
            values[name] = value if operator == "=" else json.loads(value)
        except ValueError:
            raise InvalidArgumentError(f"{name} is not JSON: {value!r:.60}; texts are given with {name}=") from None
    return values
