-- Notices to users: what each order's secrecy is, and what each person is told when.

-- One row per order whose notices we keep. `order_ref` is the order's random name in the public log.
CREATE TABLE legal.notice_cases (
    order_id       text PRIMARY KEY,
    order_ref      text NOT NULL UNIQUE,
    instrument     text NOT NULL,
    country        text NOT NULL,
    authority_kind text NOT NULL,
    rule           text NOT NULL CHECK (rule IN ('provider_must', 'provider_may', 'authority_only')),
    review_at      timestamptz,
    released_at    timestamptz,
    opened_at      timestamptz NOT NULL
);

-- What keeps an order secret. The newest row of an order holds; a lifted gag is a row that ends at once.
CREATE TABLE legal.gags (
    gag_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id    text NOT NULL REFERENCES legal.notice_cases,
    barred_by   text NOT NULL,
    judge       text NOT NULL,
    until       timestamptz,
    max_until   timestamptz,
    contested   boolean NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX gags_of_order ON legal.gags (order_id, gag_id);

CREATE TABLE legal.notices (
    notice_id    text PRIMARY KEY,
    order_id     text NOT NULL REFERENCES legal.notice_cases,
    account_id   bigint NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('disclosure', 'attempt')),
    fields       text[] NOT NULL,
    happened_at  timestamptz NOT NULL,
    log_entry    text NOT NULL,
    earliest     timestamptz NOT NULL,
    state        text NOT NULL CHECK (state IN ('waiting', 'sent', 'withheld', 'undeliverable')),
    withheld_why text,
    receipt      text,
    sent_at      timestamptz,
    created_at   timestamptz NOT NULL
);
CREATE INDEX notices_waiting ON legal.notices (earliest) WHERE state = 'waiting';
CREATE INDEX notices_of_account ON legal.notices (account_id);
CREATE INDEX notices_of_order ON legal.notices (order_id);

GRANT SELECT, INSERT, UPDATE ON legal.notice_cases, legal.notices TO parley_legal;
GRANT SELECT, INSERT ON legal.gags TO parley_legal;
