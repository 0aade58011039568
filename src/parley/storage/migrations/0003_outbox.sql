-- Effects that cross from one duty to another, and the leases of work that must run once.
CREATE TABLE outbox.items (
    item_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    duty text NOT NULL,
    topic text NOT NULL,
    payload jsonb NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_error text,
    parked_at timestamptz
);
CREATE INDEX items_due ON outbox.items (due_at) WHERE parked_at IS NULL;

CREATE TABLE outbox.leases (
    name text PRIMARY KEY,
    holder text NOT NULL,
    until timestamptz NOT NULL
);

GRANT INSERT (duty, topic, payload) ON outbox.items TO
    parley_messenger, parley_safety, parley_economy, parley_legal, parley_log, parley_staff;
GRANT SELECT, UPDATE, DELETE ON outbox.items TO parley_outbox;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox.leases TO parley_outbox;
