-- The order that has to follow an emergency disclosure (check E2), and the number in a preservation snapshot.

CREATE TABLE legal.later_orders (
    order_id   text PRIMARY KEY REFERENCES legal.orders,
    started_at timestamptz NOT NULL,
    due_at     timestamptz NOT NULL,
    came_as    text REFERENCES legal.orders,
    settled_at timestamptz,
    CHECK (came_as IS NULL OR settled_at IS NOT NULL)
);
CREATE INDEX later_orders_open ON legal.later_orders (due_at) WHERE settled_at IS NULL;
GRANT SELECT, INSERT, UPDATE ON legal.later_orders TO parley_legal;

-- Encrypted under the snapshot's own erasure key and padded, so that it lapses with it and its length tells nothing.
ALTER TABLE vault.holds ADD COLUMN phone bytea;
