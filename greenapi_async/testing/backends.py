"""For anyio's plugin: asyncio and trio, both in virtual time."""

from typing import Any

import pytest

__all__ = ["anyio_backend"]


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """Run each test of anyio on both; to be imported into ``conftest.py``.

    Without it the tests are in virtual time all the same, unless on trio an async fixture begins the run before them.
    """
    if request.param == "asyncio":
        return "asyncio", {}
    pytest.importorskip("trio")
    from greenapi_async.testing.trio_time import jumping_clock  # noqa: PLC0415  trio may be missing

    return "trio", {"clock": jumping_clock()}
