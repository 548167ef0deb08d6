"""Marks for the event loops on which a test runs."""

import pytest

__all__ = ["ON_ASYNCIO"]

ON_ASYNCIO = pytest.mark.parametrize("anyio_backend", ["asyncio"], indirect=True)
"""For tests of large numbers, in virtual time; smaller tests of the same code run on trio too."""
