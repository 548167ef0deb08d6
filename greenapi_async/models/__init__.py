"""The server's JSON objects as attrs classes, one module per subject.

Submodules are imported on first use, for example by ``models.account.Settings``.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenapi_async.models import (
        account,
        base,
        bound,
        business,
        buttons,
        calls,
        catalogs,
        chat_ids,
        contacts,
        files,
        groups,
        identities,
        journals,
        messages,
        messenger_accounts,
        messengers,
        notifications,
        partner,
        phone_regions,
        phones,
        prices,
        queues,
        receiving,
        sending,
        sent,
        service,
        service_errors,
        states,
        statuses,
    )
else:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module(f"{__name__}.{name}")


__all__ = [
    "account",
    "base",
    "bound",
    "business",
    "buttons",
    "calls",
    "catalogs",
    "chat_ids",
    "contacts",
    "files",
    "groups",
    "identities",
    "journals",
    "messages",
    "messenger_accounts",
    "messengers",
    "notifications",
    "partner",
    "phone_regions",
    "phones",
    "prices",
    "queues",
    "receiving",
    "sending",
    "sent",
    "service",
    "service_errors",
    "states",
    "statuses",
]
