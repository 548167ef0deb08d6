"""What pytest loads in every run: the fixtures and their marker, and nothing of ours before a test asks for it."""

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
    """Register the marker, and the fixture ``client`` where no other plugin has one."""
    config.addinivalue_line(
        "markers",
        'sandbox(socket=False, time="virtual"): how the fixture sandbox of greenapi-async serves: in process, or on a '
        'socket in real time; time="real" leaves the time of the event loop alone.',
    )
    if not any(_has_client(plugin) for plugin in config.pluginmanager.get_plugins()):
        config.pluginmanager.register(ClientFixture(), "greenapi_async client")


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> "Iterator[Sandbox]":
    """Give a fake GREEN-API server with one instance, people around it, and a bot that can be run."""
    from greenapi_async.testing.fixture import opened  # noqa: PLC0415  only where it is asked for

    with opened(request) as sandbox:
        yield sandbox


class ClientFixture:
    """A plugin with one fixture."""

    @pytest.fixture
    def client(self, sandbox: "Sandbox") -> "Client":
        """Give the client of the sandbox's first instance; it need not be closed."""
        return sandbox.client


def _has_client(plugin: object) -> bool:
    """Say whether a plugin has a fixture of that name, as pytest-django does; a conftest's is for its own folder."""
    conftest = Path(str(getattr(plugin, "__file__", None))).name == "conftest.py"
    return not conftest and inspect.getattr_static(plugin, "client", None) is not None
