"""The definition of an API method: its handler and what is checked before the handler runs.

A handler takes a `Call` that has passed every check. It returns the JSON of the response, or a `LongPoll` if the
response may come later, or raises `RequestRejected`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import attrs

from greenapi_async.sandbox.payloads.responses import ApiResponse, json_response
from greenapi_async.sandbox.payloads.schema import Schema
from greenapi_async.sandbox.payloads.spooled_body import SpooledBody
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.limits import QUOTAS, RATES, Quota

__all__ = ["BODY_LIMIT", "Call", "Handler", "LongPoll", "Method", "method"]

BODY_LIMIT = 100 * 1024
FORM_LIMIT = 99_900_000


@attrs.frozen
class Call:
    """One call of a method with its validated parameters.

    Attributes:
        instance: The called instance.
        body: The parameters in the body.
        query: The parameters in the query.
        tail: The part of the path after the token.
        headers: The headers, by their names in lower case.
        upload: The unparsed body.
    """

    instance: Instance
    body: Mapping[str, Any]
    query: Mapping[str, str]
    tail: str | None
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    upload: SpooledBody = attrs.field(factory=SpooledBody, repr=False)


@attrs.frozen
class LongPoll:
    """A response that is not available yet.

    Attributes:
        instance: The instance whose changes are awaited.
        seconds: The timeout, after which the result is None.
        look: Returns the result, or None if it is not there yet; called again whenever the instance changes.
        respond: Creates the response from the result.
    """

    instance: Instance
    seconds: float
    look: Callable[[], Any]
    respond: Callable[[Any], ApiResponse] = json_response


Handler = Callable[[Call], Any]


@attrs.frozen(kw_only=True)
class Method:
    """The definition of one method; see `method`."""

    verb: Literal["GET", "POST", "DELETE"]
    name: str
    handler: Handler
    body: Schema | None
    form: Schema | None
    form_error: str | None
    raw: bool
    query: Schema
    at_least: int
    takes_tail: bool
    while_starting: bool
    only_authorized: bool
    body_limit: int
    per_second: float | None
    monthly: Quota


def method(
    verb: Literal["GET", "POST", "DELETE"],
    name: str,
    *,
    body: Schema | None = None,
    form: Schema | None = None,
    form_error: str | None = None,
    raw: bool = False,
    query: Schema | None = None,
    at_least: int = 0,
    takes_tail: bool = False,
    while_starting: bool = False,
    only_authorized: bool = False,
    body_limit: int | None = None,
) -> Callable[[Handler], Method]:
    """Define a method by its handler; its rate and quotas come from the manual's tables.

    Args:
        verb: The HTTP method.
        name: The name in the path.
        body: The schema of a JSON body.
        form: The schema of a multipart form, files included; excludes `body`.
        form_error: The error message for an invalid form, in place of the validation error.
        raw: Whether the handler takes the bytes of the body; excludes `body`.
        query: The schema of the query; other parameters are ignored.
        at_least: The minimum number of parameters in the body.
        takes_tail: Whether another part may follow the token in the path.
        while_starting: Whether it works while the instance is starting.
        only_authorized: Whether it works on an authorized instance only.
        body_limit: The maximum number of bytes of the body; None is 100 kB, or 99.9 MB with `form` or `raw`.
    """

    def define(handler: Handler) -> Method:
        return Method(
            verb=verb,
            name=name,
            handler=handler,
            body=body,
            form=form,
            form_error=form_error,
            raw=raw,
            query=query or {},
            at_least=at_least,
            takes_tail=takes_tail,
            while_starting=while_starting,
            only_authorized=only_authorized,
            body_limit=body_limit or (FORM_LIMIT if form is not None or raw else BODY_LIMIT),
            per_second=RATES.get(name),
            monthly=QUOTAS.get(name, Quota()),
        )

    return define
