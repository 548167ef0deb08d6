"""Clients of a run that come and go with a list, an async iterator or a table."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenapi_async.fleet.credentials import Credentials
    from greenapi_async.fleet.fleet import Fleet
    from greenapi_async.fleet.table import InstanceTable

__all__ = ["Credentials", "Fleet", "InstanceTable"]

_HOMES = {"Credentials": "credentials", "Fleet": "fleet", "InstanceTable": "table"}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
