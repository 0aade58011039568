-- Two custodians re-wrap older days for a successor, each with their own half. What the first of them made waits here
-- until the second adds theirs; it holds the first one's half and random bytes, sealed, and opens nothing.
CREATE TABLE vault.rewrappings (
    hold_id    text REFERENCES vault.holds ON DELETE CASCADE,
    day        date NOT NULL,
    account_id bigint NOT NULL,
    key_id     bigint NOT NULL,
    giver      smallint NOT NULL,
    receiver   smallint NOT NULL,
    heir       smallint NOT NULL,
    shares     bytea NOT NULL,
    hint       bytea NOT NULL CHECK (octet_length(hint) = 80),
    given_at   timestamptz NOT NULL
);
CREATE UNIQUE INDEX rewrappings_of ON vault.rewrappings (day, account_id, key_id, heir, (coalesce(hold_id, '')));
GRANT SELECT, INSERT, DELETE ON vault.rewrappings TO parley_legal;
