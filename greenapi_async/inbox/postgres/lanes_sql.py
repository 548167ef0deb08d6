"""Tables and functions of the inbox in PostgreSQL: entries, lanes and deduplication keys.

``entries`` are the notifications that are not finished, ``lanes`` the chats that have entries or a holder, and
``dedup_keys`` what was stored within the last day.

A lane's ``version`` changes with each entry that is added to it, in the transaction that adds it. A holder that has
read the entries of version 7 deletes the lane only if it still has version 7. That is a condition on a column, which
PostgreSQL evaluates again after it has waited for a lock; a subquery over the entries would not be.

``put_entries`` locks the lanes, in order, before it takes ids from the sequence. So the ids of a lane grow in the order
in which its entries become visible, and no reader that remembers the last id misses one.

A lane belongs to its ``holder`` for as long as that has a row in ``processes``. Whoever takes over deletes that row
first, and every write of a holder locks the row against deletion (``FOR KEY SHARE``) and compares the lane's ``fence``.
So a write happens before the lane is taken over, or changes nothing.
"""

__all__ = ["LANES"]

LANES = (
    # Ids of the store begin above those that an inbox gives to entries in its process, see FIRST_STORED_ID.
    "CREATE SEQUENCE entry_ids AS bigint START 1000000000001",
    "CREATE SEQUENCE fences AS bigint",
    # Every row is updated or deleted soon: half of the space is left for new versions on the same page.
    """
    CREATE TABLE entries (
        id bigint PRIMARY KEY,
        instance bigint NOT NULL,
        lane text COLLATE "C" NOT NULL,
        body text NOT NULL,
        receipt bigint,
        error text,
        recovered boolean NOT NULL,
        stored timestamptz NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        due timestamptz,
        failure text,
        quarantined boolean NOT NULL DEFAULT false
    ) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05)
    """,
    "CREATE INDEX entries_waiting ON entries (instance, lane, id) WHERE NOT quarantined",
    "CREATE INDEX entries_quarantined ON entries (id) WHERE quarantined",
    """
    CREATE TABLE lanes (
        instance bigint NOT NULL,
        lane text COLLATE "C" NOT NULL,
        version bigint NOT NULL DEFAULT 1,
        since timestamptz NOT NULL,
        holder text,
        fence bigint,
        interrupted boolean NOT NULL DEFAULT false,
        PRIMARY KEY (instance, lane)
    ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05)
    """,
    "COMMENT ON COLUMN lanes.lane IS 'main id of the chat; empty for what belongs to no chat'",
    "COMMENT ON COLUMN lanes.since IS 'since when its oldest entry waits, while nobody holds it'",
    "COMMENT ON COLUMN lanes.interrupted IS 'whether its last holder died: its first entry may be to blame'",
    "CREATE INDEX lanes_free ON lanes (since) WHERE holder IS NULL",
    "CREATE INDEX lanes_held ON lanes (holder) WHERE holder IS NOT NULL",
    """
    CREATE TABLE dedup_keys (
        key bytea PRIMARY KEY,
        stored timestamptz NOT NULL
    ) WITH (autovacuum_vacuum_scale_factor = 0.05)
    """,
    """
    CREATE TABLE retention (
        id integer PRIMARY KEY CHECK (id = 1),
        last_run timestamptz NOT NULL,
        cutoff timestamptz,
        next_cutoff timestamptz,
        position bytea NOT NULL DEFAULT ''
    ) WITH (fillfactor = 50)
    """,
    "INSERT INTO retention (id, last_run) VALUES (1, now())",
    # Whether a process has a lease; it is not taken over before this transaction ends.
    """
    CREATE FUNCTION holds_lease(me text) RETURNS boolean LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM 1 FROM processes WHERE id = me AND lease_until > clock_timestamp() FOR KEY SHARE;
        RETURN FOUND;
    END $$
    """,
    # Tell the holders of lanes, and everyone if a lane has none, that there are entries.
    """
    CREATE FUNCTION announce(lane_instances bigint[], lane_names text[], holders text[])
    RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        news record;
    BEGIN
        FOR news IN
            SELECT w.holder, json_agg(json_build_array(w.instance, w.lane))::text AS lanes
            FROM unnest(lane_instances, lane_names, holders) AS w (instance, lane, holder) GROUP BY w.holder
        LOOP
            IF news.holder IS NULL THEN
                PERFORM pg_notify('greenapi_lanes', current_schema());
            ELSE
                PERFORM pg_notify(
                    'greenapi_' || news.holder,
                    CASE WHEN octet_length(news.lanes) < 7000 THEN news.lanes ELSE '' END
                );
            END IF;
        END LOOP;
    END $$
    """,
    # The lane of new entries of a chat, of whose person a main id may be known. A lane of another id that exists, with
    # entries or handlers from before that was known, is used until it is empty: the main lane would run beside it.
    """
    CREATE FUNCTION lane_of(its_instance bigint, chat text, main text) RETURNS text LANGUAGE plpgsql AS $$
    BEGIN
        IF main IS NULL OR main = chat THEN
            RETURN chat;
        END IF;
        PERFORM 1 FROM lanes AS l WHERE l.instance = its_instance AND l.lane = chat;
        RETURN CASE WHEN FOUND THEN chat ELSE main END;
    END $$
    """,
    # Store entries. No two of them share a deduplication key. A new lane is held at once by the process that stores,
    # if that has a free place (may_claim).
    """
    CREATE FUNCTION put_entries(
        me text, instances bigint[], chats text[], bodies text[], receipts bigint[], errors text[],
        are_recovered boolean[], may_claim boolean[],
        unless bytea[], unless_of integer[], keys bytea[], keys_of integer[],
        OUT ids bigint[], OUT names text[], OUT stored double precision,
        OUT lane_instances bigint[], OUT lane_names text[], OUT holders text[], OUT fences bigint[],
        OUT versions bigint[]
    ) LANGUAGE plpgsql AS $$
    DECLARE
        now timestamptz;
        duplicates integer[];
        late integer[];
        fresh boolean[];
        can_claim boolean := me IS NOT NULL AND holds_lease(me);
    BEGIN
        SELECT array_agg(lane_of(w.instance, w.chat, i.main) ORDER BY w.place) INTO names
        FROM unnest(instances, chats) WITH ORDINALITY AS w (instance, chat, place)
        LEFT JOIN identities AS i ON i.instance = w.instance AND i.id = w.chat;

        WITH wanted AS (
            SELECT w.instance, w.lane, bool_or(w.claim) AS claim
            FROM unnest(instances, names, may_claim) AS w (instance, lane, claim) GROUP BY 1, 2 ORDER BY 1, 2
        ), locked AS (
            INSERT INTO lanes AS l (instance, lane, since, holder, fence)
            SELECT w.instance, w.lane, clock_timestamp(), CASE WHEN can_claim AND w.claim THEN me END,
                CASE WHEN can_claim AND w.claim THEN nextval('fences') END
            FROM wanted AS w
            ON CONFLICT (instance, lane) DO UPDATE SET version = l.version + 1
            RETURNING l.*, (xmax = 0) AS created
        )
        SELECT array_agg(l.instance), array_agg(l.lane), array_agg(l.holder), array_agg(l.fence), array_agg(l.version),
            array_agg(l.created)
        INTO lane_instances, lane_names, holders, fences, versions, fresh FROM locked AS l;

        duplicates := ARRAY(
            SELECT DISTINCT u.place FROM unnest(unless, unless_of) AS u (key, place)
            JOIN dedup_keys AS d ON d.key = u.key
        );
        now := clock_timestamp();
        WITH stored_keys AS (
            INSERT INTO dedup_keys AS d (key, stored)
            SELECT k.key, now FROM unnest(keys, keys_of) AS k (key, place)
            WHERE k.place <> ALL (duplicates) ORDER BY k.key
            ON CONFLICT (key) DO UPDATE SET stored = excluded.stored
            RETURNING d.key, (xmax <> 0) AS existed
        )
        SELECT array_agg(u.place) INTO late FROM stored_keys AS s
        JOIN unnest(unless, unless_of) AS u (key, place) ON u.key = s.key
        WHERE s.existed AND u.place <> ALL (duplicates);
        IF late IS NOT NULL THEN  -- stored by another process at the same moment
            duplicates := duplicates || late;
        END IF;

        ids := ARRAY(
            SELECT CASE WHEN place <> ALL (duplicates) THEN nextval('entry_ids') END
            FROM generate_series(1, cardinality(instances)) AS place
        );
        INSERT INTO entries (id, instance, lane, body, receipt, error, recovered, stored)
        SELECT w.id, w.instance, w.lane, w.body, w.receipt, w.error, w.recovered, now
        FROM unnest(ids, instances, names, bodies, receipts, errors, are_recovered)
            AS w (id, instance, lane, body, receipt, error, recovered)
        WHERE w.id IS NOT NULL;
        stored := extract(epoch FROM now);

        IF cardinality(duplicates) > 0 THEN  -- a lane that was created for a duplicate only
            DELETE FROM lanes AS l USING unnest(lane_instances, lane_names, fresh) AS w (instance, lane, created)
            WHERE w.created AND l.instance = w.instance AND l.lane = w.lane AND NOT EXISTS (
                SELECT FROM unnest(ids, instances, names) AS e (id, instance, lane)
                WHERE e.id IS NOT NULL AND e.instance = l.instance AND e.lane = l.lane
            );
        END IF;
        IF cardinality(duplicates) < cardinality(instances) THEN
            PERFORM announce(array_agg(w.instance), array_agg(w.lane), array_agg(w.holder))
            FROM unnest(lane_instances, lane_names, holders, fresh) AS w (instance, lane, holder, created)
            WHERE CASE WHEN w.holder IS NULL THEN w.created ELSE w.holder IS DISTINCT FROM me END;
        END IF;
    END $$
    """,
    # Claim lanes that nobody holds, those first whose oldest entry waits longest. A lane of a person's other id becomes
    # part of the main lane, as soon as nobody holds that.
    """
    CREATE FUNCTION claim_lanes(me text, served bigint[], greatest_number integer)
    RETURNS TABLE (lane_instance bigint, lane_name text, lane_fence bigint, was_interrupted boolean)
    LANGUAGE plpgsql AS $$
    DECLARE
        candidate record;
        main_lane record;
    BEGIN
        IF NOT holds_lease(me) THEN
            RETURN;
        END IF;
        FOR candidate IN
            SELECT l.instance, l.lane, l.interrupted, i.main FROM lanes AS l
            LEFT JOIN identities AS i ON i.instance = l.instance AND i.id = l.lane AND i.main <> l.lane
            WHERE l.holder IS NULL AND l.instance = ANY (served)
            ORDER BY l.since LIMIT greatest_number FOR UPDATE OF l SKIP LOCKED
        LOOP
            lane_instance := candidate.instance;
            lane_name := candidate.lane;
            was_interrupted := candidate.interrupted;
            IF candidate.main IS NOT NULL THEN
                INSERT INTO lanes AS l (instance, lane, since)
                VALUES (candidate.instance, candidate.main, clock_timestamp())
                ON CONFLICT (instance, lane) DO UPDATE SET version = l.version + 1
                RETURNING l.holder, l.interrupted INTO main_lane;
                IF main_lane.holder IS NOT NULL THEN
                    UPDATE lanes AS l SET since = clock_timestamp()
                    WHERE l.instance = candidate.instance AND l.lane = candidate.lane;
                    CONTINUE;
                END IF;
                UPDATE entries AS e SET lane = candidate.main
                WHERE e.instance = candidate.instance AND e.lane = candidate.lane;
                DELETE FROM lanes AS l WHERE l.instance = candidate.instance AND l.lane = candidate.lane;
                lane_name := candidate.main;
                was_interrupted := candidate.interrupted OR main_lane.interrupted;
            END IF;
            UPDATE lanes AS l SET holder = me, fence = nextval('fences'), interrupted = false
            WHERE l.instance = lane_instance AND l.lane = lane_name AND l.holder IS NULL
            RETURNING l.fence INTO lane_fence;
            IF FOUND THEN
                RETURN NEXT;
            END IF;
        END LOOP;
    END $$
    """,
    # Let entries of quarantine wait again, behind all others of their lanes.
    """
    CREATE FUNCTION requeue_entry(wanted bigint) RETURNS boolean LANGUAGE plpgsql AS $$
    DECLARE
        found_entry record;
        changed record;
    BEGIN
        SELECT e.instance, lane_of(e.instance, e.lane, i.main) AS lane INTO found_entry FROM entries AS e
        LEFT JOIN identities AS i ON i.instance = e.instance AND i.id = e.lane
        WHERE e.id = wanted AND e.quarantined FOR UPDATE OF e;
        IF NOT FOUND THEN
            RETURN false;
        END IF;
        INSERT INTO lanes AS l (instance, lane, since)
        VALUES (found_entry.instance, found_entry.lane, clock_timestamp())
        ON CONFLICT (instance, lane) DO UPDATE SET version = l.version + 1
        RETURNING l.instance, l.lane, l.holder INTO changed;
        UPDATE entries AS e SET id = nextval('entry_ids'), lane = changed.lane, quarantined = false, attempts = 0,
            due = NULL, failure = NULL
        WHERE e.id = wanted;
        PERFORM announce(ARRAY[changed.instance], ARRAY[changed.lane], ARRAY[changed.holder]);
        RETURN true;
    END $$
    """,
    # One step of the rule that inbox/retention.py explains: delete old keys, by the clock of the database.
    """
    CREATE FUNCTION expire_keys(greatest_number integer) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        rule retention;
        moment timestamptz := clock_timestamp();
        checked integer;
        last_key bytea;
    BEGIN
        SELECT * INTO rule FROM retention WHERE id = 1 FOR UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            RETURN;
        END IF;
        IF moment < rule.last_run THEN
            rule.last_run := moment;
        ELSIF moment - rule.last_run >= interval '1 hour' THEN
            rule.next_cutoff := rule.last_run - interval '1 day';
            rule.last_run := moment;
        ELSIF rule.cutoff IS NULL THEN
            RETURN;
        END IF;
        IF rule.cutoff IS NULL THEN
            rule.cutoff := rule.next_cutoff;
            rule.next_cutoff := NULL;
            rule.position := '';
        END IF;
        IF rule.cutoff IS NOT NULL THEN
            SELECT count(*), (array_agg(k.key ORDER BY k.key DESC))[1] INTO checked, last_key FROM (
                SELECT d.key FROM dedup_keys AS d WHERE d.key > rule.position ORDER BY d.key LIMIT greatest_number
            ) AS k;
            UPDATE dedup_keys AS d SET stored = moment
            WHERE d.key > rule.position AND d.key <= last_key AND d.stored > moment;  -- by a clock that was wrong
            DELETE FROM dedup_keys AS d WHERE d.key > rule.position AND d.key <= last_key AND d.stored < rule.cutoff;
            IF checked < greatest_number THEN
                rule.cutoff := NULL;
            ELSE
                rule.position := last_key;
            END IF;
        END IF;
        UPDATE retention AS r SET last_run = rule.last_run, cutoff = rule.cutoff, next_cutoff = rule.next_cutoff,
            position = rule.position
        WHERE r.id = 1;
    END $$
    """,
)
"""Tables, indexes and functions of the inbox."""
