"""Methods of the API, one module per section of the manual: Endpoint constants and a mixin of the client.

To add a method, add an ``Endpoint`` constant and a method below it that passes its arguments, by their names on the
wire, to ``_request``. Nothing else in the package needs to know about it: rate limiting, retries, validation and errors
are driven by the constant.

Submodules are imported on first use, for example by ``methods.sending.Sending``.
"""

from typing import TYPE_CHECKING

from greenapi_async._internal.lazy import lazy_modules

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
    __getattr__ = lazy_modules(__name__)

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
