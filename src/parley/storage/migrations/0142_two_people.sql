-- Preserving an order's account, and lifting its secrecy: one person proposes, another confirms.

ALTER TABLE legal.notice_cases
    ADD COLUMN lift_by text,
    ADD COLUMN lift_because text,
    ADD COLUMN lift_at timestamptz;

-- The snapshot itself lies in the vault under `hold_id` and lapses there by itself at `until`.
CREATE TABLE legal.preservations (
    preservation_id text PRIMARY KEY,
    order_id        text NOT NULL REFERENCES legal.orders,
    task_id         text NOT NULL,
    until           timestamptz NOT NULL,
    why             text NOT NULL,
    proposed_by     text NOT NULL,
    proposed_at     timestamptz NOT NULL,
    confirmed_by    text,
    confirmed_at    timestamptz,
    hold_id         text,
    ended_by        text,
    ended_at        timestamptz,
    ended_why       text,
    CHECK (confirmed_by IS NULL OR confirmed_by <> proposed_by)
);
CREATE INDEX preservations_of_order ON legal.preservations (order_id, proposed_at);
CREATE UNIQUE INDEX preservation_proposed ON legal.preservations (order_id)
    WHERE confirmed_at IS NULL AND ended_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON legal.preservations TO parley_legal;
