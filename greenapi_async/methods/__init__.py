"""Methods of the API, one module per section of the manual: Endpoint constants and a mixin of the client.

To add a method, add an ``Endpoint`` constant and a method below it that passes its arguments, by their names on the
wire, to ``_request``. Nothing else in the package needs to know about it: rate limiting, retries, validation and errors
are driven by the constant.

Submodules are imported on first use, for example by ``methods.sending.Sending``.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenapi_async.methods import (
        account,
        base,
        business,
        calling,
        calls,
        catalog_collections,
        catalog_limits,
        catalogs,
        contacts,
        deprecated,
        groups,
        journals,
        marking,
        messenger_accounts,
        queues,
        receiving,
        sending,
        sending_buttons,
        sending_files,
        service,
        settings,
        statuses,
        with_raw_response,
    )
else:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module(f"{__name__}.{name}")


__all__ = [
    "account",
    "base",
    "business",
    "calling",
    "calls",
    "catalog_collections",
    "catalog_limits",
    "catalogs",
    "contacts",
    "deprecated",
    "groups",
    "journals",
    "marking",
    "messenger_accounts",
    "queues",
    "receiving",
    "sending",
    "sending_buttons",
    "sending_files",
    "service",
    "settings",
    "statuses",
    "with_raw_response",
]
