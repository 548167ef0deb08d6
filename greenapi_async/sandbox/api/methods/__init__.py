"""The methods of an instance, one module per section of the manual; every `Method` in these modules is served."""

from collections.abc import Mapping
from typing import Final

from greenapi_async.sandbox.api.methods import (
    account,
    account_device,
    calls,
    catalog_collections,
    catalogs,
    contacts,
    groups,
    journals,
    lookup,
    marking,
    messenger_accounts,
    queues,
    receiving,
    sending,
    sending_buttons,
    sending_files,
    service,
    statuses,
)
from greenapi_async.sandbox.api.methods.definition import Call, LongPoll, Method

METHODS: Final[Mapping[str, Method]] = {
    value.name: value
    for module in (
        messenger_accounts,  # first: the methods that differ on MAX and Telegram are replaced by those of WhatsApp
        account,
        account_device,
        sending,
        sending_files,
        sending_buttons,
        receiving,
        journals,
        queues,
        groups,
        statuses,
        marking,
        service,
        lookup,
        contacts,
        calls,
        catalogs,
        catalog_collections,
    )
    for value in vars(module).values()
    if isinstance(value, Method)
}

__all__ = ["METHODS", "Call", "LongPoll", "Method"]
