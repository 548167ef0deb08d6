"""What one remote method is, as data.

The client, the pace, the command line and the tests all walk these constants; nothing else in the package knows a
method by name. Manual: 1.2.3 for the form of a request, 1.3.12 for the rates, 1.2.2 for the quotas.
"""

import enum
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import attrs

from greenapi_async.errors import GreenAPIError
from greenapi_async.limits import Limit

__all__ = ["Content", "Endpoint", "Host", "Replay"]

T_co = TypeVar("T_co", covariant=True)


class Replay(enum.Enum):
    """Whether a request may be repeated after a failure."""

    ALWAYS = "always"
    """Repeating changes nothing: reads, and deletions by name."""
    UNSENT = "unsent"
    """Only when the first surely was not carried out: sends and other effects."""


class Host(enum.Enum):
    """Which of the instance's two hosts serves the method."""

    API = "api"
    MEDIA = "media"


class Content(enum.Enum):
    """What a POST carries its values as."""

    JSON = "json"
    FORM = "form"
    """multipart/form-data; the value ``file`` is a file."""
    FILE = "file"
    """The value ``file`` is the body, whole."""


@attrs.frozen(eq=False)
class Endpoint(Generic[T_co]):
    """One remote method: how to ask, how fast, whether to repeat, and how to read the answer."""

    verb: str
    name: str
    """As the table of 1.3.12 spells it."""
    decode: Callable[[Any], T_co]
    replay: Replay = attrs.field(kw_only=True)
    """Never guessed from the verb."""
    per_second: float | None = attrs.field(default=None, kw_only=True)
    """Requests per second and instance (1.3.12); None where the manual sets no limit."""
    developer_quota: int | None = attrs.field(default=None, kw_only=True)
    """Requests per month on the Developer tariff (1.2.2); None is unlimited."""
    business_quota: int | None = attrs.field(default=None, kw_only=True)
    """Requests per month on the Business tariff (1.2.2); None is unlimited."""
    host: Host = attrs.field(default=Host.API, kw_only=True)
    path: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    """Parameters that end the URL's path, in order."""
    query: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    """Parameters that stand in the URL's query."""
    headers: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    """Parameters that are headers; all others are the body."""
    content: Content = attrs.field(default=Content.JSON, kw_only=True)
    waits: str | None = attrs.field(default=None, kw_only=True)
    """The parameter, in seconds, for which the server may hold the request before it answers."""
    takes: float = attrs.field(default=0, kw_only=True)
    """Seconds the server may need of itself, where that is long."""
    required: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    limits: Mapping[str, Limit] = attrs.field(factory=dict[str, Limit], kw_only=True)
    """What is checked before sending, by the parameter's name."""
    at_least_one: bool = attrs.field(default=False, kw_only=True)
    """Whether a request without any parameter is an error."""
    answers: frozenset[int] = attrs.field(default=frozenset(), kw_only=True)
    """Error statuses whose body may hold an answer all the same (quirk 17)."""
    salvage: Callable[[bytes], Any] | None = attrs.field(default=None, kw_only=True)
    """Makes something of an answer that is whole, and nested deeper than can be read."""
    loop: bool = attrs.field(default=False, kw_only=True)
    """Whether it belongs to the notification loop, which has connections of its own."""
    secret: bool = attrs.field(default=False, kw_only=True)
    """Whether its request or its answer holds a token or a code, which is then never logged."""
    renews: bool = attrs.field(default=False, kw_only=True)
    """Whether it changes the token."""
    failure: Callable[[int, Any], GreenAPIError | None] | None = attrs.field(default=None, kw_only=True)
    """Reads an API's own form of errors from status and JSON; None leaves it to the common one."""
    refusal: Callable[[Any], str | None] | None = attrs.field(default=None, kw_only=True)
    """Tells the reason when a 200 is an error by the manual (quirk 15)."""
