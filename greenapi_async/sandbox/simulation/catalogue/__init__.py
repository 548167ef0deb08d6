"""Every notification of the manual, and of what lies beyond it, in each shape and spelling, to be queued on demand.

A kind is a `typeWebhook` or, for those that carry a message, a `typeMessage`. The first of its variants is the manual's
table, or what the sandbox itself tells; `strings` is what has numbers as strings. To add a kind: a line in `EVENTS` or
in `MESSAGES` with a builder for each variant.
"""

from collections.abc import Mapping
from typing import Any, Final, cast

import attrs

from greenapi_async.sandbox.simulation.catalogue.builders import IN_STRINGS, WEBHOOKS, Stage, Variants, changed
from greenapi_async.sandbox.simulation.catalogue.events import EVENTS
from greenapi_async.sandbox.simulation.catalogue.messages import MESSAGES

__all__ = ["KINDS", "Stage", "produced"]


def _with_strings(variants: Variants) -> Variants:
    first = next(iter(variants.values()))
    return {**variants, "strings": variants.get("strings", changed(first, IN_STRINGS))}


_CATALOGUE: Final = {kind: _with_strings(variants) for kind, variants in {**EVENTS, **MESSAGES}.items()}

KINDS: Final[Mapping[str, tuple[str, ...]]] = {kind: tuple(variants) for kind, variants in _CATALOGUE.items()}
"""The variants of each kind; the first is produced when none is named."""


def produced(
    stage: Stage, kind: str, variant: str | None = None, fields: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Give the body of a notification.

    `fields` replace those of the same name, each the one that stands nearest to the top; the `typeWebhook` of a message
    may be any of the three that carry one.
    """
    fields = fields or {}
    if kind not in _CATALOGUE:
        raise ValueError(f"'kind' must be one of [{', '.join(_CATALOGUE)}]")
    variants = _CATALOGUE[kind]
    if variant is not None and variant not in variants:
        raise ValueError(f"'variant' must be one of [{', '.join(variants)}]")
    body = variants[variant or KINDS[kind][0]](_staged(stage, kind, fields))
    for name, value in fields.items():
        _replace(body, name, value)
    return body


def _staged(stage: Stage, kind: str, fields: Mapping[str, Any]) -> Stage:
    if isinstance(fields.get("chatId"), str):
        stage = attrs.evolve(stage, chat_id=fields["chatId"])
    if "typeWebhook" not in fields:
        return stage
    if kind not in MESSAGES or fields["typeWebhook"] not in WEBHOOKS:
        raise ValueError(f"'typeWebhook' must be one of [{', '.join(WEBHOOKS)}], and of a message")
    return attrs.evolve(stage, type_webhook=fields["typeWebhook"])


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
