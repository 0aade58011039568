-- Posts that a decision removed, kept out of sight until an appeal can no longer bring them back; and the time at
-- which a suspended channel opens again. `box_id` first, as for every table of the messenger.

CREATE TABLE messenger.removed_posts (
    box_id     bigint NOT NULL,
    effect     text NOT NULL,
    id         integer NOT NULL,
    post       jsonb NOT NULL,
    removed_at timestamptz NOT NULL,
    PRIMARY KEY (box_id, effect, id)
);

CREATE TABLE messenger.suspended_channels (
    box_id bigint PRIMARY KEY,
    until  timestamptz
);
CREATE INDEX suspended_channels_until ON messenger.suspended_channels (until) WHERE until IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON messenger.removed_posts, messenger.suspended_channels TO parley_messenger;
