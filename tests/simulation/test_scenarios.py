"""All scenarios of the program, small in every run and in full size among the slow tests."""

import pytest

from tests.simulation.__main__ import run

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend(anyio_backend: tuple[str, dict[str, object]]) -> tuple[str, dict[str, object]]:
    if anyio_backend[0] == "trio":
        pytest.skip("the event loop makes no difference to the scenarios")
    return anyio_backend


@pytest.mark.parametrize(
    ("machines", "instances"),
    [
        (10, 200),
        pytest.param(50, 10_000, marks=[pytest.mark.slow, pytest.mark.timeout(900)]),
    ],
)
async def test_no_instance_is_ever_polled_twice_and_all_are_polled_again(machines: int, instances: int) -> None:
    results: dict[str, str] = {}
    await run(machines, instances, 25.0, 0.002, results.__setitem__)
    assert len(results) == 8
