-- The public log. Its duty may add rows and read them; it can change and delete none.
CREATE TABLE translog.logs (
    log_id integer PRIMARY KEY,
    origin text NOT NULL UNIQUE,
    vkey text NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL
);

-- What was handed in. The salt is drawn here, so that the receipt exists before the batch does.
CREATE TABLE translog.entries (
    entry_id text PRIMARY KEY,
    opening text NOT NULL,
    order_ref text,
    salt bytea NOT NULL CHECK (octet_length(salt) = 32),
    emergency boolean NOT NULL,
    held_until timestamptz,
    submitted_at timestamptz NOT NULL
);
CREATE INDEX entries_by_order ON translog.entries (order_ref);

-- The newest row of an order holds; a gag that was lifted is a row whose end has passed.
CREATE TABLE translog.gags (
    gag_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_ref text NOT NULL,
    until timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX gags_by_order ON translog.gags (order_ref, gag_id);

CREATE TABLE translog.batches (
    log_id integer NOT NULL REFERENCES translog.logs,
    batch integer NOT NULL,
    hour timestamptz NOT NULL,
    first_index bigint NOT NULL,
    leaves integer NOT NULL,
    PRIMARY KEY (log_id, batch),
    UNIQUE (log_id, hour)
);

CREATE TABLE translog.leaves (
    log_id integer NOT NULL,
    leaf_index bigint NOT NULL,
    batch integer NOT NULL,
    leaf bytea NOT NULL,
    salt bytea NOT NULL,
    opening text NOT NULL,
    entry_id text UNIQUE REFERENCES translog.entries,
    PRIMARY KEY (log_id, leaf_index),
    FOREIGN KEY (log_id, batch) REFERENCES translog.batches
);
CREATE INDEX leaves_by_batch ON translog.leaves (log_id, batch);

-- The hashes that tiles are cut from: level 0 has the leaves, each level above one hash per full tile below.
CREATE TABLE translog.hashes (
    log_id integer NOT NULL REFERENCES translog.logs,
    level smallint NOT NULL,
    position bigint NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (log_id, level, position)
);

CREATE TABLE translog.checkpoints (
    log_id integer NOT NULL REFERENCES translog.logs,
    size bigint NOT NULL,
    note text NOT NULL,
    signed_at timestamptz NOT NULL,
    PRIMARY KEY (log_id, size)
);

CREATE TABLE translog.witnesses (
    vkey text PRIMARY KEY,
    name text NOT NULL,
    registered_by text NOT NULL,
    registered_at timestamptz NOT NULL
);

CREATE TABLE translog.witness_removals (
    vkey text PRIMARY KEY REFERENCES translog.witnesses,
    removed_by text NOT NULL,
    removed_at timestamptz NOT NULL
);

CREATE TABLE translog.cosignatures (
    log_id integer NOT NULL,
    size bigint NOT NULL,
    vkey text NOT NULL REFERENCES translog.witnesses,
    line text NOT NULL,
    made_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (log_id, size, vkey),
    FOREIGN KEY (log_id, size) REFERENCES translog.checkpoints
);

-- Which leaves were opened, and with which quarter's file.
CREATE TABLE translog.opened (
    log_id integer NOT NULL,
    leaf_index bigint NOT NULL,
    quarter text NOT NULL,
    PRIMARY KEY (log_id, leaf_index),
    FOREIGN KEY (log_id, leaf_index) REFERENCES translog.leaves
);

-- A quarter's file as it was published, compressed with gzip.
CREATE TABLE translog.publications (
    quarter text PRIMARY KEY,
    document bytea NOT NULL,
    opened_at timestamptz NOT NULL
);

GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA translog TO parley_log;
