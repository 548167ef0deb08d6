"""Entry point of the pytest plugin: the fixtures and their marker.

Every pytest run loads this module, so it imports nothing but pytest.
"""

import inspect
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greenapi_async.client import Client
    from greenapi_async.testing.sandbox import Sandbox

__all__ = ["ClientFixture", "pytest_configure", "sandbox"]


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and the fixture ``client`` unless another plugin has one."""
    config.addinivalue_line(
        "markers",
        'sandbox(socket=False, time="virtual", messenger="whatsapp"): options of greenapi-async\'s fixture sandbox. '
        'socket=True serves on a real socket, in real time; time="real" disables virtual time; messenger is that of '
        "the first instance.",
    )
    if not any(_has_client(plugin) for plugin in config.pluginmanager.get_plugins()):
        config.pluginmanager.register(ClientFixture(), "greenapi_async client")


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> "Iterator[Sandbox]":
    """Fake GREEN-API server with one instance; add people, run a bot, plan faults."""
    from greenapi_async.testing.fixture import sandbox_of_test  # noqa: PLC0415  only for tests that use it

    with sandbox_of_test(request) as sandbox:
        yield sandbox


class ClientFixture:
    """Plugin with the fixture ``client``."""

    @pytest.fixture
    def client(self, sandbox: "Sandbox") -> "Client":
        """Client of the sandbox's first instance; it need not be closed."""
        return sandbox.client


def _has_client(plugin: object) -> bool:
    """Check whether a plugin has a fixture ``client``; a conftest.py does not count, it is local to its directory."""
    conftest = Path(str(getattr(plugin, "__file__", None))).name == "conftest.py"
    return not conftest and inspect.getattr_static(plugin, "client", None) is not None
