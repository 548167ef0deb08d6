"""Monitoring of a running program: health for probes, metrics, traces."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenapi_async._internal.log_fields import LogFields
    from greenapi_async.monitoring.health_app import HealthApp
    from greenapi_async.monitoring.telemetry import OpenTelemetry

__all__ = ["HealthApp", "LogFields", "OpenTelemetry"]

_HOMES = {
    "HealthApp": "monitoring.health_app",
    "LogFields": "_internal.log_fields",
    "OpenTelemetry": "monitoring.telemetry",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"greenapi_async.{_HOMES[name]}"), name)
