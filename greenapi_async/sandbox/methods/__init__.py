"""The methods of the API, one module per section of the manual; a `Method` in a module listed here is served."""

from collections.abc import Mapping
from typing import Final

from greenapi_async.sandbox.methods import account, queues, receiving, sending
from greenapi_async.sandbox.methods.row import Call, Method, Waiting

METHODS: Final[Mapping[str, Method]] = {
    value.name: value
    for module in (account, sending, receiving, queues)
    for value in vars(module).values()
    if isinstance(value, Method)
}

__all__ = ["METHODS", "Call", "Method", "Waiting"]
