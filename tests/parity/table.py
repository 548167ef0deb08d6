"""The rows of `methods.toml`: what the manual says about each method."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import attrs
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, override

_EDGE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@attrs.frozen(kw_only=True)
class Param:
    name: str
    place: str
    required: bool
    python: str = attrs.field(default=attrs.Factory(lambda self: _EDGE.sub("_", self.name).lower(), takes_self=True))
    beyond: bool = False
    alternative: str | None = None
    type: str | None = None
    """Overrides the type in `TYPES`."""


@attrs.frozen(kw_only=True)
class ErrorRow:
    """A row of a table of errors; without `raises` it is a regular answer or, if `done`, success.

    A 5xx leaves open whether the request was executed, unless `executed` is false.
    """

    status: int
    text: str = ""
    body: str | None = None
    raises: str | None = None
    done: bool = False
    executed: bool = True


@attrs.frozen(kw_only=True)
class Row:
    name: str
    python: str
    section: str
    verb: str
    host: str
    rate: float | None = None
    developer_quota: Any = None
    business_quota: Any = None
    messengers: list[str] = attrs.field(factory=lambda: ["whatsapp"])
    deprecated: bool = False
    open: bool = False
    effect: bool | None = None
    params: list[Param] = attrs.field(factory=list[Param])
    errors: list[ErrorRow] = attrs.field(factory=list[ErrorRow])
    request_example: str | None = None
    answer_example: str | None = None

    def at(self, *places: str) -> tuple[str, ...]:
        """Return the names of the parameters sent in these places, in the order of the manual."""
        return tuple(param.name for param in self.params if param.place in places)

    def on_the_wire(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Return arguments by their names in the manual."""
        names = {param.python: param.name for param in self.params}
        return {names[name]: value for name, value in arguments.items() if name in names}

    def request(self) -> dict[str, Any] | None:
        """Return the example body of the manual."""
        return json.loads(self.request_example) if self.request_example else None


def _read() -> tuple[list[Row], list[ErrorRow], dict[str, str]]:
    converter = Converter(forbid_extra_keys=True)
    place = override(rename="in")
    hook = make_dict_structure_fn(Param, converter, _cattrs_forbid_extra_keys=True, place=place)
    converter.register_structure_hook(Param, hook)
    tables = tomllib.loads((Path(__file__).parent / "methods.toml").read_text("utf-8"))
    rows, errors = (
        converter.structure(tables["method"], list[Row]),
        converter.structure(tables["error"], list[ErrorRow]),
    )
    return rows, errors, {name: kind for kind, names in tables["types"].items() for name in names}


ROWS, COMMON_ERRORS, TYPES = _read()
"""`TYPES` has the type of each parameter by its name in the manual."""
HTTP_ROWS = [row for row in ROWS if row.verb != "WSS"]
PARTNER_ROWS = [row for row in ROWS if row.host == "partner"]
