"""Imports of a package's modules on first use."""

import sys
from collections.abc import Callable
from importlib import import_module


def lazy_modules(package: str) -> Callable[[str], object]:
    """Return the ``__getattr__`` of a package that imports the modules in its ``__all__`` on first use."""

    def get(name: str) -> object:
        if name not in sys.modules[package].__all__:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return import_module(f"{package}.{name}")

    return get
