-- run as: audit
-- The audit trail: entries chained by hash, appended by one function, changed and deleted by nobody.
CREATE SCHEMA audit;

CREATE TABLE audit.entries (
    seq bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    duty text NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL,
    hash bytea NOT NULL
);
CREATE INDEX entries_by_subject ON audit.entries (subject, seq);
CREATE INDEX entries_by_actor ON audit.entries (actor, seq);
CREATE INDEX entries_by_time ON audit.entries (at);

CREATE TABLE audit.head (
    one boolean PRIMARY KEY CHECK (one),
    seq bigint NOT NULL,
    hash bytea NOT NULL
);
INSERT INTO audit.head VALUES (true, 0, sha256('parley audit v1'));

-- What is hashed: the hash before, then each field as its length in bytes (decimal), a colon, and its text.
-- The time is in microseconds since 1970, the detail as PostgreSQL prints jsonb.
CREATE FUNCTION audit.digest(
    previous bytea, seq bigint, at timestamptz, duty text, actor text, action text, subject text, detail jsonb
) RETURNS bytea LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(previous || string_agg(convert_to(octet_length(field) || ':' || field, 'UTF8'), '' ORDER BY place))
    FROM unnest(ARRAY[
        seq::text, (extract(epoch FROM at) * 1000000)::bigint::text, duty, actor, action, subject, detail::text
    ]) WITH ORDINALITY AS fields (field, place)
$$;

-- Serialises on the head's row until the caller's transaction ends, so call it last.
CREATE FUNCTION audit.append(at timestamptz, actor text, action text, subject text, detail jsonb)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before audit.head;
    entry bytea;
BEGIN
    SELECT * INTO STRICT before FROM audit.head WHERE one FOR UPDATE;
    entry := audit.digest(before.hash, before.seq + 1, at, session_user, actor, action, subject, detail);
    INSERT INTO audit.entries VALUES (before.seq + 1, at, session_user, actor, action, subject, detail, entry);
    UPDATE audit.head SET seq = before.seq + 1, hash = entry WHERE one;
    RETURN before.seq + 1;
END
$$;

-- The first entry from a place on whose hash does not follow from the one before, or NULL.
CREATE FUNCTION audit.first_breach(from_seq bigint)
RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT least(
        (SELECT min(e.seq) FROM audit.entries e LEFT JOIN audit.entries p ON p.seq = e.seq - 1
         WHERE e.seq >= from_seq AND e.hash IS DISTINCT FROM audit.digest(
            CASE WHEN e.seq = 1 THEN sha256('parley audit v1') ELSE p.hash END,
            e.seq, e.at, e.duty, e.actor, e.action, e.subject, e.detail)),
        (SELECT h.seq FROM audit.head h LEFT JOIN audit.entries e ON e.seq = h.seq
         WHERE h.seq > 0 AND e.hash IS DISTINCT FROM h.hash),
        (SELECT max(e.seq) FROM audit.entries e, audit.head h HAVING max(e.seq) > max(h.seq))
    )
$$;

REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT USAGE ON SCHEMA audit TO
    parley_messenger, parley_safety, parley_economy, parley_legal, parley_log, parley_staff, parley_outbox,
    parley_owner, parley_backup;
GRANT EXECUTE ON FUNCTION audit.append TO
    parley_messenger, parley_safety, parley_economy, parley_legal, parley_log, parley_staff, parley_outbox,
    parley_owner;
GRANT EXECUTE ON FUNCTION audit.first_breach, audit.digest TO parley_staff, parley_legal, parley_log;
GRANT SELECT ON audit.entries, audit.head TO parley_staff, parley_legal;
GRANT SELECT ON audit.head TO parley_log;
