"""Store of the holders of instances, and the decision who takes how many; see ``polling_shares``."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import attrs

__all__ = ["Assignment", "Look", "Plan", "PollerStore", "plan"]

BATCH = 500
"""Instances that a process claims, or asks for, at once."""


@attrs.frozen
class Look:
    """State of the store, as far as one process must know it."""

    processes: frozenset[str]
    """Those that take part, with valid leases."""
    next_end: float | None
    """Seconds until the first lease of another process ends if it is not renewed."""
    free: int
    """Instances that nobody holds, without those that nobody has wanted for a minute."""
    asked: Sequence[int]
    """Instances of this process for which another one asks."""
    held: int
    """Number of instances that this process holds."""
    fences: int
    """Sum of their fences, by which a change is noticed."""


@attrs.frozen
class Plan:
    """Instances that a process may take."""

    claim: int
    """Number of free instances."""
    ask: Mapping[str, int]
    """Number of instances by holder."""


@attrs.frozen
class Assignment:
    """Result of an assignment."""

    claimed: int
    """Free instances that were claimed."""
    asked: int
    """Instances of others that were asked for."""
    total: int
    """Instances of all processes, held and free."""


class PollerStore(Protocol):
    """Store of the holders. Every method is atomic and raises ``InboxUnavailableError`` if the store does not answer.

    A process id whose lease has expired holds nothing.
    """

    async def look(self, process: str) -> Look:
        """Return the state for a process; cheap.

        Args:
            process: Id of its lease.
        """
        ...

    async def held(self, process: str) -> Mapping[int, int]:
        """Return the fence of each instance that a process holds.

        Args:
            process: Id of its lease.
        """
        ...

    async def assign(self, process: str, instances: Collection[int], *, register: bool, beyond: bool) -> Assignment:
        """Claim and ask for instances according to ``plan``; nothing if the lease has expired.

        Args:
            process: Id of the lease.
            instances: All instances that the process can poll.
            register: Whether some of them may be unknown to the store.
            beyond: Whether to claim free instances beyond its share.
        """
        ...

    async def release(self, process: str, fences: Mapping[int, int]) -> None:
        """Hand instances over to the processes that asked for them, or free them; idempotent.

        Args:
            process: Id of the lease.
            fences: The fences by instance; one with another fence, or another holder, is ignored.
        """
        ...


def plan(process: str, loads: Mapping[str, int], total: int, *, free: int, beyond: bool) -> Plan:
    """Return what a process may take, so that nobody has more than the rounded up average and nobody is far below it.

    Args:
        process: The process.
        loads: Number of instances by process, as if everything that was asked for had been handed over.
        total: Number of instances, held and free.
        free: Number of free instances that the process can poll.
        beyond: Whether to claim more than the average.
    """
    low = total // len(loads)
    high = -(-total // len(loads))
    mine = loads[process]
    claim = min(free, BATCH, free if beyond else max(high - mine, 0))
    mine += claim
    ask: dict[str, int] = {}
    if free <= claim:
        floor, wanted = (low, low - mine) if mine < low else (high, min(high - mine, 1))
        wanted = min(wanted, BATCH - claim)
        for donor, load in sorted(loads.items(), key=lambda each: (-each[1], each[0])):
            if donor != process and wanted > 0 and (count := min(wanted, load - floor)) > 0:
                ask[donor] = count
                wanted -= count
    return Plan(claim, ask)
