"""Tools generated from the signatures and docstrings of the client's methods.

Each API method whose parameters JSON can express becomes a tool. Parameters that it cannot express are left out if they
are optional; otherwise there is no tool. Files of this machine, codes that link a phone, the token and the queue of
notifications are never offered.
"""

import functools
import inspect
import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final, Literal, Union, Unpack, cast, get_args, get_origin, is_typeddict

import attrs

from greenapi_async.client import Client
from greenapi_async.methods.with_raw_response import ClientWithRawResponse, RawMethod

__all__ = ["Kind", "MethodTool", "method_tools"]

Kind = Literal["read", "send", "change"]

_NEVER: Final = re.compile(
    "call|calls_.*|qr|.*authorization.*|update_api_token|receive_notification|delete_notification|upload_file"
    "|send_file_by_upload|set_profile_picture|set_group_picture|send_buttons|send_link|send_list_message|send_template.*"
    "|get_device_info|get_status_instance"
)
_READ: Final = re.compile("(get|check|last|show)_.*")
_SEND: Final = re.compile("(send|forward|edit_message).*")
_HIDDEN_PARAMETERS: Final = {"webhook_url_token", "proxy_instance", "extra", "once"}
_JSON_TYPES: Final[Mapping[Any, str]] = {str: "string", int: "integer", float: "number", bool: "boolean"}
ONCE: Final = {
    "type": "string",
    "minLength": 1,
    "maxLength": 200,
    "description": "Key of this message. With the same key nothing is sent again and the first result is returned, so "
    "repeat a call that failed with the same key.",
}


@attrs.frozen
class MethodTool:
    """A method of the client as a tool.

    Attributes:
        name: Name of the method.
        kind: Whether it reads, sends to people, or changes anything else.
        description: What it does.
        schema: JSON Schema of its parameters.
        has_once: Whether the method itself takes an idempotency key.
    """

    name: str
    kind: Kind
    description: str
    schema: Mapping[str, Any] = attrs.field(repr=False)
    has_once: bool

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """The schema of each parameter."""
        properties: Mapping[str, Mapping[str, Any]] = self.schema["properties"]
        return properties

    def complaint(self, arguments: Mapping[str, Any]) -> str | None:
        """Return why arguments do not fit the schema, or None if they do; limits are checked by the client.

        Args:
            arguments: The arguments of a call.
        """
        unknown = sorted(arguments.keys() - self.parameters.keys())
        if unknown:
            return f"there is no parameter {unknown[0]}; the parameters are {', '.join(self.parameters)}"
        missing = [name for name in self.schema["required"] if arguments.get(name) is None]
        if missing:
            return f"the parameter {missing[0]} is missing"
        for name, value in arguments.items():
            if value is not None and not _fits(value, self.parameters[name]):
                return f"the parameter {name} is not of type {self.parameters[name].get('type', 'enum')}"
        return None


@functools.cache
def method_tools() -> Mapping[str, MethodTool]:
    """Return all tools that can be offered, by name."""
    names = [name for name, value in vars(ClientWithRawResponse).items() if isinstance(value, RawMethod)]
    found = (_tool(name) for name in sorted(names) if not _NEVER.fullmatch(name))
    return {tool.name: tool for tool in found if tool is not None}


def _tool(name: str) -> MethodTool | None:
    method = getattr(Client, name)
    signature, hints = inspect.signature(method), typing.get_type_hints(method)
    summary, about = _documentation(method)
    kind: Kind = "read" if _READ.fullmatch(name) else "send" if _SEND.fullmatch(name) else "change"
    properties: dict[str, Any] = {}
    required: list[str] = []
    for parameter, hint, is_required in _parameters(signature, hints):
        if parameter in _HIDDEN_PARAMETERS:
            continue
        schema = _schema(hint)
        if schema is None:
            if is_required:
                return None
            continue
        description = about.get(parameter)
        properties[parameter] = {**schema, **({"description": description} if description else {})}
        if is_required:
            required.append(parameter)
    if kind == "send":
        properties["once"] = ONCE
        required.append("once")
    return MethodTool(
        name=name,
        kind=kind,
        description=summary,
        schema={"type": "object", "properties": properties, "required": required, "additionalProperties": False},
        has_once="once" in signature.parameters,
    )


def _parameters(signature: inspect.Signature, hints: Mapping[str, Any]) -> Iterator[tuple[str, Any, bool]]:
    """Yield name, type and whether it is required, of parameters and of the keys of ``**settings``."""
    for name, parameter in signature.parameters.items():
        if name == "self":
            continue
        hint = hints[name]
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            [keys] = get_args(hint) if get_origin(hint) is Unpack else [None]
            if keys is not None and is_typeddict(keys):
                yield from ((key, each, False) for key, each in typing.get_type_hints(keys).items())
        else:
            yield name, hint, parameter.default is inspect.Parameter.empty


def _schema(hint: Any) -> dict[str, Any] | None:
    """Return the JSON Schema of a type, or None if JSON does not express it."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint in _JSON_TYPES:
        return {"type": _JSON_TYPES[hint]}
    if origin is Literal:
        return {"enum": list(arguments)}
    if inspect.isclass(hint) and issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    if origin in {Union, types.UnionType}:
        schemas = [_schema(each) for each in sorted(arguments, key=lambda each: each is not str)]
        return next((schema for schema in schemas if schema is not None), None)
    if inspect.isclass(origin) and issubclass(origin, Sequence) and len(arguments) == 1:
        items = _schema(arguments[0])
        return None if items is None else {"type": "array", "items": items}
    return None


def _fits(value: object, schema: Mapping[str, Any]) -> bool:
    if "enum" in schema:
        allowed: list[Any] = schema["enum"]
        return value in allowed
    kind = schema["type"]
    if kind == "array":
        return isinstance(value, list) and all(_fits(item, schema["items"]) for item in cast("list[object]", value))
    if isinstance(value, bool):
        return bool(kind == "boolean")
    kinds: Mapping[str, Any] = {"string": str, "integer": int, "number": int | float, "boolean": bool}
    return isinstance(value, kinds[kind])


def _documentation(method: Any) -> tuple[str, Mapping[str, str]]:
    """Return the description of a method without examples and sources, and that of each parameter."""
    text = inspect.getdoc(method) or ""
    description, _, rest = text.partition("\n\nArgs:\n")
    description = re.split(r"\n\n(?:Returns|Raises|Example|Source):", description)[0]
    section = re.split(r"\n\n\w+:", rest)[0]
    about: dict[str, str] = {}
    for found in re.finditer(r"^ {4}\*{0,2}(\w+): (.*(?:\n {8}.*)*)", section, re.MULTILINE):
        about[found[1]] = _joined(found[2])
    return _joined(description), about


def _joined(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("``", "`").strip()
