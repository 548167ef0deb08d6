"""What one API method is to the sandbox: a function with its row.

A handler takes a `Call` that has passed every check of its row, and gives the JSON of the answer; or a `Waiting`, when
the answer may come later; or raises `Rejected`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal

import attrs

from greenapi_async.sandbox.payloads.responses import Answer, as_json
from greenapi_async.sandbox.payloads.schema import Schema
from greenapi_async.sandbox.payloads.spooled_body import Spool
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.limits import QUOTAS, RATES, Quota

BODY_LIMIT = 100 * 1024
FORM_LIMIT = 99_900_000


@attrs.frozen
class Call:
    """One call of a method, with the parameters that its schema let through."""

    instance: Instance
    body: Mapping[str, Any]
    query: Mapping[str, str]
    tail: str | None
    """What follows the token in the path."""
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    """By their names in lower case."""
    upload: Spool = attrs.field(factory=Spool, repr=False)
    """The body as it came."""


@attrs.frozen
class Waiting:
    """An answer to wait for: `look` is asked again whenever the instance changes, and None after `seconds` is null."""

    instance: Instance
    seconds: float
    look: Callable[[], Any]
    answer: Callable[[Any], Answer] = as_json
    """Makes the answer of what was found."""


Handler = Callable[[Call], Any]


@attrs.frozen(kw_only=True)
class Method:
    """The row of one method."""

    verb: Literal["GET", "POST", "DELETE"]
    name: str
    handler: Handler
    body: Schema | None
    form: Schema | None
    form_refusal: str | None
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
    form_refusal: str | None = None,
    raw: bool = False,
    query: Schema | None = None,
    at_least: int = 0,
    takes_tail: bool = False,
    while_starting: bool = False,
    only_authorized: bool = False,
    body_limit: int | None = None,
) -> Callable[[Handler], Method]:
    """Make a handler the method of this name; its rate and its quotas are looked up in the manual's tables.

    `at_least` counts the fields of the body, `takes_tail` allows one more part of the path. A method answers a starting
    instance's 400 unless `while_starting`, and works unauthorized unless `only_authorized`. With `form` instead of
    `body` it takes a multipart form, its files among the parameters; `form_refusal` is said of a wrong one instead of
    what is wrong with it; with `raw` it takes the bytes of the body as they are. The limit of a body is 100 kB, of a
    form and of bytes 99.9 MB.
    """

    def row(handler: Handler) -> Method:
        return Method(
            verb=verb,
            name=name,
            handler=handler,
            body=body,
            form=form,
            form_refusal=form_refusal,
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

    return row
