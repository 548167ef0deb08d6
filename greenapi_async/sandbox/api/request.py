"""A request, and what it is for: the walls between the API's doors and the server that stands before them."""

from collections.abc import Callable, Mapping

import attrs

from greenapi_async.sandbox.api.methods.definition import Waiting
from greenapi_async.sandbox.payloads.responses import Answer
from greenapi_async.sandbox.payloads.spooled_body import Spool
from greenapi_async.sandbox.simulation.instance import Instance


@attrs.frozen
class Request:
    """A request as it came; `path` is decoded, `raw_path` is not, the names of headers are in lower case."""

    verb: str
    path: str
    raw_path: str = attrs.field(repr=False)
    query: Mapping[str, str]
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: Spool = attrs.field(repr=False)


@attrs.frozen
class Target:
    """What a path names; without a `name` it is nothing that there is."""

    name: str | None
    instance: Instance | None
    body_limit: int
    perform: Callable[[Request], Answer | Waiting] = attrs.field(repr=False)
