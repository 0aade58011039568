-- The newest cosignature of each custodian, for the other custodians alone. They were lines of the public checkpoint,
-- where their times told everybody at which hour custodians were at work.

CREATE TABLE vault.cosigned (
    custodian_id text PRIMARY KEY REFERENCES vault.custodians (custodian_id),
    note         text NOT NULL,
    received_at  timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON vault.cosigned TO parley_legal;

INSERT INTO translog.witness_removals (vkey, removed_by, removed_at)
    SELECT vkey, 'system', now() FROM translog.witnesses WHERE registered_by LIKE 'custodian:%'
    ON CONFLICT DO NOTHING;
