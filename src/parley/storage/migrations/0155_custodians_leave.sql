-- A custodian who leaves gets no further days, and may still open and move older ones until they are let go.
ALTER TABLE vault.custodians DROP CONSTRAINT custodians_status_check;
ALTER TABLE vault.custodians ADD CONSTRAINT custodians_status_check CHECK (status IN ('active', 'leaving', 'left'));
ALTER TABLE vault.custodians ADD COLUMN leaving_at timestamptz, ADD COLUMN leave_reason text;

-- Which pairs of custodians a day key was split for, such as '1-2 1-3 2-3'; NULL until the key of an older version is
-- read once. Nobody's key is needed to know whom a day depends on.
ALTER TABLE vault.day_keys ADD COLUMN pairs text;
ALTER TABLE vault.hold_keys ADD COLUMN pairs text;
CREATE INDEX day_keys_unread ON vault.day_keys (day) WHERE pairs IS NULL;
GRANT UPDATE (pairs) ON vault.day_keys, vault.hold_keys TO parley_legal;

-- How many accounts have keys of a day, for each set of pairs; counted once when a day is over.
CREATE TABLE vault.day_counts (
    day        date NOT NULL,
    pairs      text NOT NULL,
    accounts   bigint NOT NULL,
    counted_at timestamptz NOT NULL,
    PRIMARY KEY (day, pairs)
);
GRANT SELECT, INSERT, DELETE ON vault.day_counts TO parley_legal;
