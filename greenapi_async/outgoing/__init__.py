"""Sending at other times than now: jobs and opt-outs."""

from greenapi_async._internal.lazy import lazy_modules

__all__: list[str] = []

__getattr__ = lazy_modules(__name__)
