"""Statements on entries and lanes, one round trip each.

Every write of a holder locks the process's lease and compares the fence of the lane, see ``lanes_sql``.
"""

from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from greenapi_async.inbox.base import Entry
from greenapi_async.inbox.lane_feed import FedEntry, HeldLane, LaneKey
from greenapi_async.inbox.postgres.entry_rows import COLUMNS, entry_of, storable_body, storable_text
from greenapi_async.inbox.postgres.lease_store import DELETE_EXPIRED

if TYPE_CHECKING:
    from greenapi_async.inbox.postgres.connection import PostgresConnection

__all__ = ["Claimed", "Failure", "LaneRow", "LaneStatements", "NewEntry", "Stored"]

T = TypeVar("T")

PAGE = 100
"""Entries read at once of one lane."""
PAGES = 1000
"""Entries read at once of all lanes."""
KEYS_AT_ONCE = 5000
"""Deduplication keys that are checked in one transaction."""

_MINE = "mine AS MATERIALIZED (SELECT id FROM processes WHERE id = %s FOR KEY SHARE)"
_HELD = "l.instance = e.instance AND l.lane = e.lane AND l.holder = mine.id AND l.fence = w.fence"


@attrs.frozen
class NewEntry:
    """An entry to be stored."""

    entry: Entry
    chat: str
    may_claim: bool


@attrs.frozen
class LaneRow:
    """State of a lane in the store after a change."""

    key: LaneKey
    holder: str | None
    fence: int | None
    version: int


@attrs.frozen
class Stored:
    """Result of storing entries: their ids (None for a duplicate) and lanes, and the state of these lanes."""

    ids: Sequence[int | None]
    names: Sequence[str]
    stored: float
    lanes: Sequence[LaneRow]


@attrs.frozen
class Claimed:
    """A lane that was claimed."""

    key: LaneKey
    fence: int
    interrupted: bool


@attrs.frozen
class Failure:
    """A failed attempt."""

    fed: FedEntry
    attempts: int
    seconds: float | None
    """Seconds until the retry; None to move the entry to quarantine."""
    text: str


class LaneStatements:
    """Statements on entries and lanes.

    Args:
        connection: The database.
    """

    def __init__(self, connection: "PostgresConnection") -> None:
        self._connection = connection

    async def put(self, me: str | None, batch: Sequence[NewEntry]) -> Stored:
        """Store entries.

        Args:
            me: Lease of this process, for lanes that it can claim.
            batch: The entries; no two share a deduplication key.
        """
        entries = [new.entry for new in batch]
        unless = [(key, place) for place, entry in enumerate(entries, 1) for key in set(entry.unless)]
        keys = [(key, place) for place, entry in enumerate(entries, 1) for key in set(entry.keys)]
        [row] = await self._connection.rows(
            # %b: binary, in which nothing must be escaped
            "SELECT * FROM put_entries(%s, %s::bigint[], %b::text[], %b::text[], %s::bigint[], %s::text[],"
            " %s::boolean[], %s::boolean[], %b::bytea[], %s::integer[], %b::bytea[], %s::integer[])",
            (
                me,
                [entry.id_instance for entry in entries],
                [new.chat for new in batch],
                [storable_body(entry.body) for entry in entries],
                [entry.receipt_id for entry in entries],
                [None if entry.error is None else storable_text(entry.error) for entry in entries],
                [entry.recovered for entry in entries],
                [new.may_claim for new in batch],
                [key for key, _ in unless],
                [place for _, place in unless],
                [key for key, _ in keys],
                [place for _, place in keys],
            ),
        )
        ids, names, stored, instances, lanes, holders, fences, versions = row
        return Stored(
            ids,
            names,
            stored,
            [
                LaneRow((instance, lane), holder, fence, version)
                for instance, lane, holder, fence, version in zip(
                    instances, lanes, holders, fences, versions, strict=True
                )
            ],
        )

    async def claim(self, me: str, instances: Collection[int], number: int) -> list[Claimed]:
        """Claim lanes, those first whose oldest entry waits longest.

        Args:
            me: Lease of this process.
            instances: Their instances.
            number: Greatest number of lanes.
        """
        rows = await self._connection.rows(
            "SELECT * FROM claim_lanes(%s, %s::bigint[], %s)", (me, list(instances), number)
        )
        return [Claimed((instance, lane), fence, interrupted) for instance, lane, fence, interrupted in rows]

    async def read(self, lanes: Sequence[HeldLane]) -> list[tuple[HeldLane, int | None, list[Entry]]]:
        """Return the entries of lanes that were not read yet.

        Args:
            lanes: Lanes that this process holds.

        Returns:
            For some of the lanes, the entries, and the version up to which the lane is read now; None if there is more.
        """
        by_key = {lane.key: lane for lane in lanes}
        rows = await self._connection.rows(
            "SELECT w.instance, w.lane, l.version, e.* FROM"  # noqa: S608  constants
            " unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[]) WITH ORDINALITY"
            " AS w (instance, lane, fence, after, place)"
            " JOIN lanes AS l ON l.instance = w.instance AND l.lane = w.lane AND l.fence = w.fence"
            f" LEFT JOIN LATERAL (SELECT {COLUMNS} FROM entries AS e WHERE e.instance = w.instance AND e.lane = w.lane"
            " AND e.id > w.after AND NOT e.quarantined ORDER BY e.id LIMIT %s) AS e ON true"
            " ORDER BY w.place, e.id LIMIT %s",
            (
                [lane.key[0] for lane in lanes],
                [lane.key[1] for lane in lanes],
                [lane.fence for lane in lanes],
                [lane.read for lane in lanes],
                PAGE,
                PAGES,
            ),
        )
        found: dict[LaneKey, tuple[int, list[Entry]]] = {}
        for instance, lane, version, *row in rows:
            entries = found.setdefault((instance, lane), (version, []))[1]
            if row[0] is not None:
                entries.append(entry_of(row))
        last = list(found)[-1] if len(rows) == PAGES else None
        return [
            (by_key[key], None if len(entries) == PAGE or key == last else version, entries)
            for key, (version, entries) in found.items()
        ]

    async def read_again(self, ids: Sequence[int]) -> dict[int, Entry]:
        """Return entries by their ids in the store, if they are there."""
        rows = await self._connection.rows(f"SELECT {COLUMNS} FROM entries AS e WHERE e.id = ANY (%s)", (list(ids),))  # noqa: S608
        return {row[0]: entry_of(row) for row in rows}

    async def done(self, me: str, finished: Sequence[FedEntry]) -> bool:
        """Delete entries; return False if nothing was changed for some of them, which may be lost or gone."""
        rows = await self._connection.rows(
            f"WITH {_MINE} DELETE FROM entries AS e USING mine, lanes AS l,"  # noqa: S608
            f" unnest(%s::bigint[], %s::bigint[]) AS w (id, fence) WHERE e.id = w.id AND {_HELD} RETURNING 1",
            (me, [fed.stored_id for fed in finished], [fed.lane.fence for fed in finished]),
        )
        return len(rows) == len(finished)

    async def fail(self, me: str, failures: Sequence[Failure]) -> bool:
        """Record failed attempts; the result is that of ``done``."""
        rows = await self._connection.rows(
            f"WITH {_MINE} UPDATE entries AS e SET attempts = w.attempts, failure = w.failure,"  # noqa: S608
            " quarantined = w.seconds IS NULL, due = clock_timestamp() + make_interval(secs => w.seconds)"
            " FROM mine, lanes AS l, unnest(%s::bigint[], %s::bigint[], %s::integer[], %s::float8[], %s::text[])"
            " AS w (id, fence, attempts, seconds, failure)"
            f" WHERE e.id = w.id AND NOT e.quarantined AND {_HELD} RETURNING 1",
            (
                me,
                [failure.fed.stored_id for failure in failures],
                [failure.fed.lane.fence for failure in failures],
                [failure.attempts for failure in failures],
                [failure.seconds for failure in failures],
                [storable_text(failure.text) for failure in failures],
            ),
        )
        return len(rows) == len(failures)

    async def delete_empty(self, me: str, lanes: Sequence[HeldLane]) -> set[LaneKey]:
        """Delete lanes that have no new entries; return those that were deleted."""
        rows = await self._connection.rows(
            f"WITH {_MINE} DELETE FROM lanes AS l USING mine,"  # noqa: S608
            " unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[]) AS w (instance, lane, fence, version)"
            " WHERE l.instance = w.instance AND l.lane = w.lane AND l.fence = w.fence AND l.version = w.version"
            " RETURNING l.instance, l.lane",
            (me, *_columns(lanes), [lane.version for lane in lanes]),
        )
        return {(instance, lane) for instance, lane in rows}

    async def give_back(self, me: str, lanes: Sequence[HeldLane]) -> None:
        """Free lanes that may have unfinished entries, in good order: other processes can claim them."""
        await self._connection.rows(
            f"WITH {_MINE}, freed AS (UPDATE lanes AS l SET holder = NULL, fence = NULL, since = coalesce("  # noqa: S608
            "(SELECT e.stored FROM entries AS e WHERE e.instance = l.instance AND e.lane = l.lane AND NOT e.quarantined"
            " ORDER BY e.id LIMIT 1), clock_timestamp())"
            " FROM mine, unnest(%s::bigint[], %s::text[], %s::bigint[]) AS w (instance, lane, fence)"
            " WHERE l.instance = w.instance AND l.lane = w.lane AND l.fence = w.fence RETURNING 1)"
            " SELECT pg_notify('greenapi_lanes', current_schema()) FROM (SELECT 1 FROM freed LIMIT 1) AS one",
            (me, *_columns(lanes)),
        )

    async def free_lost(self, me: str) -> float | None:
        """Free lanes whose holder has no lease any more.

        Args:
            me: Lease of this process; it may be empty.

        Returns:
            Seconds until the first lease of another process ends, if it is not renewed; None if there is none.
        """
        [row] = await self._connection.rows(
            f"WITH {DELETE_EXPIRED}"  # noqa: S608  a constant
            " SELECT (SELECT extract(epoch FROM min(lease_until) - clock_timestamp())::float8 FROM processes"
            " WHERE id <> %s AND lease_until >= clock_timestamp()), number FROM told",
            (me,),
        )
        await self._connection.rows(
            # The dead are those of one snapshot, compared with the holder as it is when the lane is locked: a lane that
            # was taken over meanwhile, under a lease that the snapshot does not show, keeps its holder.
            "WITH dead AS MATERIALIZED (SELECT DISTINCT l.holder FROM lanes AS l WHERE l.holder IS NOT NULL"
            " AND NOT EXISTS (SELECT FROM processes AS p WHERE p.id = l.holder)),"
            " lost AS (SELECT l.instance, l.lane FROM lanes AS l"
            " WHERE l.holder IN (SELECT d.holder FROM dead AS d) FOR UPDATE OF l SKIP LOCKED),"
            " freed AS (UPDATE lanes AS l SET holder = NULL, fence = NULL, interrupted = true, since = coalesce("
            "(SELECT e.stored FROM entries AS e WHERE e.instance = l.instance AND e.lane = l.lane AND NOT e.quarantined"
            " ORDER BY e.id LIMIT 1), clock_timestamp())"
            " FROM lost WHERE l.instance = lost.instance AND l.lane = lost.lane RETURNING 1)"
            " SELECT pg_notify('greenapi_lanes', current_schema()) FROM (SELECT 1 FROM freed LIMIT 1) AS one",
            (),
        )
        return None if row[0] is None else float(row[0])

    async def held(self, me: str) -> list[LaneRow]:
        """Return all lanes that this process holds."""
        rows = await self._connection.rows(
            "SELECT instance, lane, holder, fence, version FROM lanes WHERE holder = %s", (me,)
        )
        return [LaneRow((instance, lane), holder, fence, version) for instance, lane, holder, fence, version in rows]

    async def quarantined(self) -> list[Entry]:
        """Return the entries in quarantine, ordered by id, under their ids in the store."""
        rows = await self._connection.rows(
            f"SELECT {COLUMNS} FROM entries AS e WHERE e.quarantined ORDER BY e.id",  # noqa: S608
            (),
        )
        return [entry_of(row) for row in rows]

    async def list_entries(self, *, quarantined: bool | None, after: int, limit: int) -> list[tuple[Entry, bool]]:
        """Return entries of all lanes and whether each is in quarantine, ordered by id, under their ids in the store.

        Args:
            quarantined: Only entries that are in quarantine, or only those that are not; None for both.
            after: Only entries with a greater id.
            limit: Greatest number of entries.
        """
        rows = await self._connection.rows(
            f"SELECT e.quarantined, {COLUMNS} FROM entries AS e"  # noqa: S608
            " WHERE e.id > %s AND (%s::boolean IS NULL OR e.quarantined = %s) ORDER BY e.id LIMIT %s",
            (after, quarantined, quarantined, max(limit, 0)),
        )
        return [(entry_of(row[1:]), row[0]) for row in rows]

    async def newest_id(self) -> int:
        """Return the greatest id of all entries, 0 without any."""
        [row] = await self._connection.rows("SELECT coalesce(max(id), 0) FROM entries", ())
        return int(row[0])

    async def count_all(self) -> tuple[int, int, int, float | None]:
        """Return how many entries wait, how many of them have failed, how many are in quarantine, and since when.

        The last is the time at which the oldest waiting entry was stored, in seconds since the epoch.
        """
        [row] = await self._connection.rows(
            "SELECT count(*) FILTER (WHERE NOT quarantined), count(*) FILTER (WHERE NOT quarantined AND attempts > 0),"
            " count(*) FILTER (WHERE quarantined),"
            " extract(epoch FROM min(stored) FILTER (WHERE NOT quarantined))::float8 FROM entries",
            (),
        )
        waiting, failed, in_quarantine, oldest = row
        return waiting, failed, in_quarantine, oldest

    async def count_quarantined(self) -> int:
        """Return the number of entries in quarantine."""
        [(count,)] = await self._connection.rows("SELECT count(*) FROM entries AS e WHERE e.quarantined", ())
        return int(count)

    async def requeue(self, id: int) -> bool:  # noqa: A002  the name of the field
        """Requeue a quarantined entry; return False if there is none."""
        [row] = await self._connection.rows("SELECT requeue_entry(%s)", (id,))
        return bool(row[0])

    async def drop(self, id: int) -> bool:  # noqa: A002  the name of the field
        """Delete an entry of quarantine; return False if there is none."""
        return bool(await self._connection.rows("DELETE FROM entries WHERE id = %s AND quarantined RETURNING 1", (id,)))

    async def retry(self, id: int) -> bool:  # noqa: A002  the name of the field
        """Make an entry due that waits for its retry, and tell its holder; return False if there is none."""
        return bool(
            await self._connection.rows(
                "WITH hurried AS (UPDATE entries SET due = NULL WHERE id = %s AND NOT quarantined AND attempts > 0"
                " RETURNING id) SELECT pg_notify('greenapi_retries', current_schema() || ' ' || id) FROM hurried",
                (id,),
            )
        )

    async def hurried(self, ids: Sequence[int]) -> dict[int, int]:
        """Return the entries, of these, that ``retry`` was called for since they failed, with their attempts."""
        rows = await self._connection.rows(
            "SELECT id, attempts FROM entries WHERE id = ANY (%s::bigint[]) AND NOT quarantined AND attempts > 0"
            " AND due IS NULL",
            (list(ids),),
        )
        return {int(id_): int(attempts) for id_, attempts in rows}

    async def run_to_completion(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Await idempotent statements, even if the caller is cancelled."""
        return await self._connection.run_to_completion(work)

    async def expire_keys(self) -> None:
        """Delete some old deduplication keys."""
        await self._connection.rows("SELECT expire_keys(%s)", (KEYS_AT_ONCE,))

    async def count_others(self, instances: Collection[int]) -> Mapping[int, int]:
        """Return the number of waiting entries of each instance that is not among these."""
        rows = await self._connection.rows(
            "SELECT instance, count(*) FROM entries WHERE NOT quarantined AND instance <> ALL (%s::bigint[])"
            " GROUP BY instance",
            (list(instances),),
        )
        return dict(rows)


def _columns(lanes: Sequence[HeldLane]) -> tuple[list[int], list[str], list[int]]:
    return (
        [lane.key[0] for lane in lanes],
        [lane.key[1] for lane in lanes],
        [lane.fence for lane in lanes],
    )
