"""Catalogue of every notification, in each shape and spelling that the manual and the vendor's pages document.

A kind is a `typeWebhook` or, for notifications that carry a message, a `typeMessage`. Its first variant is the one in
the manual's table, or what the sandbox itself sends; `strings` has numbers as strings. To add a kind, add a line with a
factory for each variant to `EVENTS` or `MESSAGES`.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

import attrs

from greenapi_async.sandbox.simulation.catalogue.builders import (
    AS_STRINGS,
    WEBHOOKS,
    NotificationContext,
    Variants,
    with_changes,
)
from greenapi_async.sandbox.simulation.catalogue.events import EVENTS
from greenapi_async.sandbox.simulation.catalogue.messages import MESSAGES

__all__ = ["KINDS", "NotificationContext", "build_notification"]


def _with_strings(variants: Variants) -> Variants:
    first = next(iter(variants.values()))
    return {**variants, "strings": variants.get("strings", with_changes(first, AS_STRINGS))}


_CATALOGUE: Final = {kind: _with_strings(variants) for kind, variants in {**EVENTS, **MESSAGES}.items()}

KINDS: Final[Mapping[str, tuple[str, ...]]] = {kind: tuple(variants) for kind, variants in _CATALOGUE.items()}
"""The variants of each kind; the first is the default."""


def build_notification(
    context: NotificationContext, kind: str, variant: str | None = None, fields: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the body of a notification.

    Args:
        context: The instance, the time and the chat.
        kind: One of `KINDS`.
        variant: One of its variants; None is the first.
        fields: Replacements by field name; of several fields with one name, the one nearest to the top is replaced. The
            `typeWebhook` of a message may be any of the three that carry one.

    Raises:
        ValueError: There is no such kind, variant or field.
    """
    fields = fields or {}
    if kind not in _CATALOGUE:
        raise ValueError(f"'kind' must be one of [{', '.join(_CATALOGUE)}]")
    variants = _CATALOGUE[kind]
    if variant is not None and variant not in variants:
        raise ValueError(f"'variant' must be one of [{', '.join(variants)}]")
    body = variants[variant or KINDS[kind][0]](_with_fields(context, kind, fields))
    for name, value in fields.items():
        _replace(body, name, value)
    return body


def _with_fields(context: NotificationContext, kind: str, fields: Mapping[str, Any]) -> NotificationContext:
    if isinstance(fields.get("chatId"), str):
        context = attrs.evolve(context, chat_id=fields["chatId"])
    if "typeWebhook" not in fields:
        return context
    if kind not in MESSAGES or fields["typeWebhook"] not in WEBHOOKS:
        raise ValueError(f"'typeWebhook' must be one of [{', '.join(WEBHOOKS)}], and the kind that of a message")
    return attrs.evolve(context, type_webhook=fields["typeWebhook"])


def _replace(body: dict[str, Any], name: str, value: Any) -> None:
    level = [body]
    while level:
        holder = next((part for part in level if name in part), None)
        if holder is not None:
            holder[name] = value
            return
        parts = [part for holder in level for part in holder.values()]
        level = [cast("dict[str, Any]", part) for part in parts if isinstance(part, dict)]
    raise ValueError(f"'{name}' is not a field of this notification")
