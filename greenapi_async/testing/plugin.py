"""What pytest loads in every run: the fixture and its marker, and nothing of ours before a test asks for it."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from greenapi_async.testing.sandbox import Sandbox

__all__ = ["pytest_configure", "sandbox"]


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        'sandbox(socket=False, time="virtual"): how the fixture sandbox of greenapi-async serves: in process, or on a '
        'socket in real time; time="real" leaves the time of the event loop alone.',
    )


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> "Iterator[Sandbox]":
    """Give a fake GREEN-API server with one instance, people around it, and a bot that can be run."""
    from greenapi_async.testing.opening import opened  # noqa: PLC0415  only where it is asked for

    with opened(request) as sandbox:
        yield sandbox
