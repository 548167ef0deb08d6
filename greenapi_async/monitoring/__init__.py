"""Monitoring of a running program: health for probes, metrics, traces."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenapi_async.monitoring.health_app import HealthApp
    from greenapi_async.monitoring.telemetry import OpenTelemetry

__all__ = ["HealthApp", "OpenTelemetry"]

_HOMES = {"HealthApp": "health_app", "OpenTelemetry": "telemetry"}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
