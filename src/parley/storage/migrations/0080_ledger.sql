-- The double-entry ledger of Stars. An entry is a set of postings whose amounts sum to zero; nothing is ever
-- changed or removed. Amounts are in nanostars, as Telegram's starsAmount counts them.

CREATE TABLE economy.entries (
    entry_key  text PRIMARY KEY,
    reason     text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE economy.postings (
    entry_key text NOT NULL REFERENCES economy.entries,
    holder    text NOT NULL,
    amount    bigint NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (entry_key, holder)
);
CREATE INDEX postings_of_holder ON economy.postings (holder);

GRANT SELECT, INSERT ON economy.entries, economy.postings TO parley_economy;
