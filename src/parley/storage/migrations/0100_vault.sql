-- The sealed vault: addresses that the server can write and that two custodians together can read.
-- The sealing role inserts and never reads; the legal role reads what is sealed and can open none of it.
-- Days come first in the keys: whole days are deleted at once, and a release reads a few days of one account.

CREATE TABLE vault.custodians (
    number        smallint PRIMARY KEY CHECK (number BETWEEN 1 AND 32767),
    custodian_id  text NOT NULL UNIQUE,
    name          text NOT NULL,
    seal_key      bytea NOT NULL UNIQUE CHECK (octet_length(seal_key) = 32),
    sign_key      bytea NOT NULL UNIQUE CHECK (octet_length(sign_key) = 32),
    next_sign_key bytea CHECK (octet_length(next_sign_key) = 32),
    cosigner      text NOT NULL,
    key_no        smallint NOT NULL DEFAULT 1,
    first_day     date NOT NULL,
    joined_at     timestamptz NOT NULL,
    status        text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'left')),
    left_at       timestamptz
);

CREATE TABLE vault.custodian_tokens (
    token_hash bytea PRIMARY KEY,
    name       text NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);

CREATE TABLE vault.day_keys (
    day        date NOT NULL,
    account_id bigint NOT NULL,
    key_id     bigint NOT NULL,
    public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
    erasure_id text NOT NULL,
    shares     bytea NOT NULL,
    PRIMARY KEY (day, account_id, key_id)
);

CREATE TABLE vault.records (
    day        date NOT NULL,
    account_id bigint NOT NULL,
    key_id     bigint NOT NULL,
    record_id  bigint NOT NULL,
    sealed     bytea NOT NULL CHECK (octet_length(sealed) = 74),
    PRIMARY KEY (day, account_id, key_id, record_id)
);

-- An account's own, shorter retention in days.
CREATE TABLE vault.retentions (
    account_id bigint PRIMARY KEY,
    days       smallint NOT NULL CHECK (days BETWEEN 1 AND 365)
);

-- Preservation: a copy of one account's days for one task, under an erasure key of its own.
CREATE TABLE vault.holds (
    hold_id     text PRIMARY KEY,
    task_id     text NOT NULL,
    account_id  bigint NOT NULL,
    range_start timestamptz NOT NULL,
    range_end   timestamptz NOT NULL CHECK (range_end > range_start),
    until       timestamptz NOT NULL,
    made_at     timestamptz NOT NULL,
    records     integer NOT NULL
);
CREATE INDEX holds_of ON vault.holds (account_id);
CREATE INDEX holds_until ON vault.holds (until);

CREATE TABLE vault.hold_keys (
    hold_id    text NOT NULL REFERENCES vault.holds ON DELETE CASCADE,
    day        date NOT NULL,
    account_id bigint NOT NULL,
    key_id     bigint NOT NULL,
    public_key bytea NOT NULL,
    shares     bytea NOT NULL,
    PRIMARY KEY (hold_id, day, account_id, key_id)
);

CREATE TABLE vault.hold_records (
    hold_id    text NOT NULL REFERENCES vault.holds ON DELETE CASCADE,
    day        date NOT NULL,
    account_id bigint NOT NULL,
    key_id     bigint NOT NULL,
    record_id  bigint NOT NULL,
    sealed     bytea NOT NULL CHECK (octet_length(sealed) = 74),
    PRIMARY KEY (hold_id, day, account_id, key_id, record_id)
);

GRANT INSERT ON vault.day_keys, vault.records TO parley_seal;
GRANT SELECT (number, seal_key, key_no, first_day, status) ON vault.custodians TO parley_seal;
GRANT SELECT ON vault.retentions TO parley_seal;

GRANT SELECT, INSERT, UPDATE ON vault.custodians, vault.custodian_tokens TO parley_legal;
GRANT SELECT, DELETE ON vault.day_keys, vault.records TO parley_legal;
GRANT UPDATE (shares) ON vault.day_keys, vault.hold_keys TO parley_legal;
GRANT SELECT, INSERT, UPDATE, DELETE ON vault.retentions TO parley_legal;
GRANT SELECT, INSERT, DELETE ON vault.holds, vault.hold_keys, vault.hold_records TO parley_legal;
