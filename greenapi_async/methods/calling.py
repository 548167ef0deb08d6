"""Calls of API methods that the library does not know, or does not know in their newest form."""

import functools
import json
import re
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Literal, TypeAlias

import attrs

from greenapi_async import http, models
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Content, Endpoint, Host
from greenapi_async.methods.base import MethodGroup
from greenapi_async.serialization.encoding import unstructure

__all__ = ["Calling", "Verb", "known_endpoints"]

Verb: TypeAlias = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

_VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_WITH_BODY = {"POST", "PUT", "PATCH"}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_OPTIONAL = {"path", "per_second", "idempotent"}
_LIMITS: Mapping[str, validation.Validator] = {
    "verb": validation.one_of(_VERBS),
    "method": validation.matches(_NAME, "the name of an API method, for example 'sendMessage'"),
    "path": lambda value: (
        None
        if type(value) in {int, str} and value not in {"", ".", ".."}
        else f"is {value!r}; expected a text or a number"
    ),
    "per_second": validation.number(),
    "idempotent": validation.boolean,
    "host": validation.one_of([host.value for host in Host]),
}


class Calling(MethodGroup):
    """A method that calls any method of the API by its name."""

    async def call(
        self,
        verb: Verb,
        method: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        path: str | int | None = None,
        file: "models.files.File | None" = None,
        file_name: str | None = None,
        host: Literal["api", "media"] = "api",
        per_second: float | None = None,
        idempotent: bool | None = None,
    ) -> Any:
        """Call an API method by its name, for methods and parameters that the library does not know yet.

        Rate limit, retries, errors, log records and the handling of the token are those of every other method. For a
        method that the library knows, its documented rate and errors apply; its limits are not checked.

        Args:
            verb: ``GET``, ``POST``, ``PUT``, ``PATCH`` or ``DELETE``.
            method: Name of the method as in the vendor's documentation, without id and token.
            parameters: The parameters by their names in the documentation; those that are None are omitted. They are
                sent as JSON, with a file as a form, and with ``GET`` and ``DELETE`` in the query of the URL.
            query: Parameters for the query of the URL, next to those of the body.
            path: What follows the token in the path of the URL, as the receipt id of deleteNotification does; None is
                nothing.
            file: A file to send as multipart/form-data, in its field ``file``: a path, bytes, an open binary file, or
                an async iterator of bytes.
            file_name: Name of the file; None uses the file's own name.
            host: ``media`` for methods of the media host, such as uploads.
            per_second: Requests per second that are allowed, also below one; the first call with a method sets it.
                None is the documented rate of a method that the library knows, otherwise unlimited. A documented rate
                is never exceeded.
            idempotent: Whether repeating the request is harmless, so that it is repeated after an unclear failure. None
                is what the library knows about the method, otherwise False.

        Returns:
            The parsed JSON of the answer, or its text if it is not JSON; None if it is empty.

        Raises:
            InvalidArgumentError: An argument is not valid; nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent, and it is not idempotent.

        Example:
            >>> answer = await client.call("POST", "someNewMethod", {"chatId": chat}, per_second=1, idempotent=False)
            >>> response = await client.with_raw_response.call("GET", "getSettings")
            >>> print(response.status, response.headers["Date"], response.parsed["wid"])
        """
        _check_options(verb=verb, method=method, path=path, host=host, per_second=per_second, idempotent=idempotent)
        known = known_endpoints(type(self)).get(method.lower())
        if known is not None and known.renews_token:
            raise InvalidArgumentError("it replaces this client's token; call update_api_token()", method=known.name)
        body = _object("parameters", parameters)
        in_query = _object("query", query)
        if file is None and verb not in _WITH_BODY:
            in_query, body = {**body, **in_query}, {}
        _check(in_query, body, method, has_file=file is not None, verb=verb)
        endpoint = attrs.evolve(
            known or Endpoint(verb, method, _as_is, idempotent=False),
            verb=verb,
            decode=_as_is,
            parse=known.parse if known is not None and known.is_poll else _json_or_text,
            idempotent=known is not None and known.idempotent if idempotent is None else idempotent,
            per_second=_slower(known, per_second),
            host=Host(host),
            path=("/",) if path is not None else (),
            query=tuple(in_query),
            headers=(),
            content=Content.JSON if file is None else Content.FORM,
            required=(),
            requires_any=False,
            requires_one_of=(),
            any_messenger=True,
            reported_ids=None,
            limits={name: known.limits[name] for name in [known.hold_parameter] if name} if known else {},
        )
        async with AsyncExitStack() as stack:
            if file is not None:
                body["file"] = await stack.enter_async_context(http.uploads.open_payload(file, name=file_name))
            return await self._request(endpoint, {**body, **in_query, "/": path})


def _check_options(**options: Any) -> None:
    for name, value in options.items():
        complaint = None if value is None and name in _OPTIONAL else _LIMITS[name](value)
        if complaint is None and name == "per_second" and value is not None and value <= 0:
            complaint = f"is {value}; more than 0 is allowed"
        if complaint:
            raise InvalidArgumentError(f"{name} {complaint}")


@functools.cache
def known_endpoints(client: type) -> Mapping[str, Endpoint[Any]]:
    """Return the endpoints of a client's method groups, by their names in lower case."""
    modules = [sys.modules[group.__module__] for group in client.__mro__ if issubclass(group, MethodGroup)]
    values: list[object] = [value for module in modules for value in vars(module).values()]
    endpoints: list[Endpoint[Any]] = [value for value in values if isinstance(value, Endpoint)]
    return {endpoint.name.lower(): endpoint for endpoint in endpoints}


def _object(name: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    complaint = validation.json_object({})(value)
    if complaint is None and all(isinstance(key, str) for key in value):
        return {key: unstructure(part) for key, part in value.items()}
    raise InvalidArgumentError(f"{name} {complaint or 'has a name that is not a string'}")


def _check(query: Mapping[str, Any], body: Mapping[str, Any], method: str, *, has_file: bool, verb: str) -> None:
    """Check what a request cannot express, instead of sending something else."""
    if has_file and verb not in _WITH_BODY:
        raise InvalidArgumentError(f"verb is {verb}, which sends no file; POST, PUT and PATCH do", method=method)
    if has_file and "file" in body:
        raise InvalidArgumentError("file is given twice, as an argument and as a parameter", method=method)
    for name in query.keys() & body.keys():
        raise InvalidArgumentError(f"{name} is both in parameters and in query", method=method)
    for name, value in ({**query, **body} if has_file else query).items():
        if not isinstance(value, str | int | float | None):
            raise InvalidArgumentError(
                f"{name} is of type {type(value).__name__}; a query and a form hold strings, numbers and bools",
                method=method,
            )


def _slower(known: Endpoint[Any] | None, per_second: float | None) -> float | None:
    rates = [rate for rate in (known.per_second if known else None, per_second) if rate is not None]
    return min(rates, default=None)


def _as_is(value: Any) -> Any:
    return value


def _json_or_text(text: str) -> Any:
    """Parse JSON; a text that does not look like JSON or HTML is an answer, too."""
    try:
        return json.loads(text)
    except ValueError:
        if text.lstrip().startswith(("<", "{", "[", '"')):
            raise
        return text
