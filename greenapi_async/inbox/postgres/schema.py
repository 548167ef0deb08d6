"""Tables of the PostgreSQL schema. Times are judged by the clock of the database."""

from greenapi_async.inbox.postgres.sql import translate_table
from greenapi_async.inbox.sql_tables import TABLES

__all__ = ["INSTANCES", "POLLERS", "PROCESSES", "RATES", "SHARED"]

PROCESSES = (
    """
    CREATE TABLE processes (
        id text PRIMARY KEY,
        started timestamptz NOT NULL,
        lease_until timestamptz NOT NULL
    )
    """,
)
"""Leases of processes. What a process holds names its row; a row that is gone or expired holds nothing."""

SHARED = tuple(map(translate_table, TABLES))
"""Tables that SQLite has, too: ``outbox``, ``identities``, ``states`` and ``records``."""

RATES = (
    # Without a log: after a crash these tables are empty, which the function notices, as it does a restart.
    """
    CREATE UNLOGGED TABLE rate_instances (
        instance bigint PRIMARY KEY,
        server_started timestamptz NOT NULL,
        since bigint NOT NULL
    )
    """,
    """
    CREATE UNLOGGED TABLE rate_methods (
        instance bigint NOT NULL,
        method text NOT NULL,
        paused bigint NOT NULL,
        PRIMARY KEY (instance, method)
    )
    """,
    """
    CREATE UNLOGGED TABLE rate_processes (
        instance bigint NOT NULL,
        method text NOT NULL,
        process text NOT NULL,
        number bigint NOT NULL,
        seen bigint NOT NULL,
        ends bigint[] NOT NULL,
        wanted integer NOT NULL,
        asked bigint NOT NULL,
        expected bigint NOT NULL,
        PRIMARY KEY (instance, method, process)
    ) WITH (fillfactor = 50)
    """,
    """
    CREATE FUNCTION rate_exchange(
        its_instance bigint, its_method text, its_process text, its_number bigint,
        held integer, cooling bigint[], want integer, pause bigint,
        slots integer, hold bigint, horizon bigint, soonest bigint, latest bigint, late bigint, warm_up bigint
    ) RETURNS bigint[] LANGUAGE plpgsql AS $$
    DECLARE
        now bigint;
        lost bigint;
        ahead_by bigint;
        until bigint;
        me record;
        waited_since bigint;
        busy bigint[];
        starts bigint[] := '{}';
        next_start bigint;
        waiting integer;
        share integer;
        ahead integer;
        granted integer;
        again bigint := soonest;
    BEGIN
        INSERT INTO rate_methods VALUES (its_instance, its_method, 0) ON CONFLICT DO NOTHING;
        SELECT paused INTO until FROM rate_methods
            WHERE instance = its_instance AND method = its_method FOR UPDATE;
        now := floor(extract(epoch FROM clock_timestamp()) * 1000);

        SELECT since INTO lost FROM rate_instances
            WHERE instance = its_instance AND server_started = pg_postmaster_start_time();
        IF NOT FOUND THEN
            INSERT INTO rate_instances AS known VALUES (its_instance, pg_postmaster_start_time(), now)
                ON CONFLICT (instance) DO UPDATE SET server_started = excluded.server_started, since = excluded.since
                WHERE known.server_started <> excluded.server_started;
            SELECT since INTO lost FROM rate_instances WHERE instance = its_instance;
        END IF;
        IF lost > now THEN
            lost := now;
            UPDATE rate_instances SET since = now WHERE instance = its_instance AND since > now;
        END IF;

        -- If the clock was set back, the last report lies in the future.
        SELECT max(seen) - now INTO ahead_by FROM rate_processes WHERE instance = its_instance AND method = its_method;
        IF ahead_by > 0 THEN
            until := until - ahead_by;
            UPDATE rate_methods SET paused = until WHERE instance = its_instance AND method = its_method;
            UPDATE rate_processes SET
                seen = seen - ahead_by, asked = asked - ahead_by, expected = expected - ahead_by,
                ends = ARRAY(SELECT busy_until - ahead_by FROM unnest(ends) AS busy_until)
                WHERE instance = its_instance AND method = its_method;
        END IF;

        SELECT * INTO me FROM rate_processes
            WHERE instance = its_instance AND method = its_method AND process = its_process;
        IF me.number > its_number THEN
            RETURN ARRAY[soonest];
        END IF;
        waited_since := CASE WHEN me.wanted > 0 THEN me.asked ELSE now END;
        IF pause > 0 THEN
            until := greatest(until, now + pause);
            UPDATE rate_methods SET paused = until WHERE instance = its_instance AND method = its_method;
        END IF;
        DELETE FROM rate_processes WHERE instance = its_instance AND method = its_method AND seen + hold < now;
        busy := array_fill(now + hold, ARRAY[held]) || ARRAY(SELECT now + rest FROM unnest(cooling) AS rest);
        INSERT INTO rate_processes AS known
            VALUES (its_instance, its_method, its_process, its_number, now, busy, want, waited_since, now)
            ON CONFLICT (instance, method, process)
            DO UPDATE SET number = its_number, seen = now, ends = busy, wanted = want, asked = waited_since;

        busy := ARRAY(
            SELECT busy_until FROM rate_processes, unnest(ends) AS busy_until
            WHERE instance = its_instance AND method = its_method AND busy_until > now ORDER BY busy_until
        );
        LOOP
            next_start := greatest(
                now, until, lost + warm_up, busy[cardinality(busy) + cardinality(starts) + 1 - slots]
            );
            EXIT WHEN cardinality(starts) = slots OR next_start > now + horizon;
            starts := starts || next_start;
        END LOOP;

        SELECT count(*) + 1 INTO waiting FROM rate_processes
            WHERE instance = its_instance AND method = its_method AND process <> its_process
            AND wanted > 0 AND expected >= now;
        share := (cardinality(starts) + waiting - 1) / waiting;
        SELECT coalesce(sum(least(wanted, share)), 0) INTO ahead FROM rate_processes
            WHERE instance = its_instance AND method = its_method AND process <> its_process
            AND wanted > 0 AND expected >= now AND asked < waited_since;
        granted := greatest(0, least(want, share, cardinality(starts) - ahead));
        IF granted = cardinality(starts) AND granted < slots THEN
            again := least(greatest(next_start - horizon - now, soonest), latest);
        END IF;

        UPDATE rate_processes SET
            ends = ends || ARRAY(SELECT start + hold FROM unnest(starts[:granted]) AS start),
            wanted = want - granted,
            asked = CASE WHEN granted > 0 THEN now ELSE waited_since END,
            expected = now + again + late
            WHERE instance = its_instance AND method = its_method AND process = its_process;
        RETURN again || ARRAY(SELECT start - now FROM unnest(starts[:granted]) AS start);
    END
    $$
    """,
)
"""Slots of the methods' rates, and the function that exchanges them; see ``http/slot_store.py``."""

POLLERS = (
    "CREATE TABLE polling_processes (id text PRIMARY KEY)",
    """
    CREATE TABLE pollers (
        instance bigint PRIMARY KEY,
        holder text,
        wanted text,
        fence bigint NOT NULL DEFAULT 0,
        freed timestamptz NOT NULL DEFAULT clock_timestamp()
    )
    """,
    "CREATE INDEX pollers_held ON pollers (holder) INCLUDE (fence)",
    "CREATE INDEX pollers_free ON pollers (freed) WHERE holder IS NULL",
    "CREATE INDEX pollers_wanted ON pollers (holder) WHERE wanted IS NOT NULL",
    "CREATE SEQUENCE poller_fences",
)
"""Which process polls which instance: ``holder`` is an id of ``processes``; ``wanted`` is the one that gets it next."""

INSTANCES = (
    """
    CREATE TABLE instances (
        id_instance bigint PRIMARY KEY,
        api_token_instance text NOT NULL,
        api_url text,
        media_url text
    )
    """,
    """
    CREATE FUNCTION announce_instances() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('greenapi_instances', TG_TABLE_SCHEMA);
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON instances
    FOR EACH STATEMENT EXECUTE FUNCTION announce_instances()
    """,
)
"""Instances of a ``Fleet``, for ``InstanceTable``."""
