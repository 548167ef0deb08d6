"""The server's JSON objects as attrs classes, one module per subject.

Submodules are imported on first use, for example by ``models.account.Settings``.
"""

from typing import TYPE_CHECKING

from greenapi_async._internal.lazy import lazy_modules

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
        forms,
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
    __getattr__ = lazy_modules(__name__)

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
    "forms",
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
