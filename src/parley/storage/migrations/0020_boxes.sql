-- The box log. A box is an account (its id) or a channel (its id negated); every row belongs to one box and names
-- it first. `peer` is the box of a dialog's other end. Ids and `pts` come from the box's own counters; times and
-- random values are parameters, so that every function can run whole on the machine that holds the box.

CREATE TABLE messenger.boxes (
    box_id     bigint PRIMARY KEY,
    pts        integer NOT NULL DEFAULT 1,
    last_id    integer NOT NULL DEFAULT 0,
    kept_after integer NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE messenger.messages (
    box_id     bigint NOT NULL,
    id         integer NOT NULL,
    pts        integer NOT NULL,
    peer       bigint NOT NULL,
    from_id    bigint,
    sender_id  bigint NOT NULL,
    random_id  bigint NOT NULL,
    date       timestamptz NOT NULL,
    out        boolean NOT NULL,
    pinned     boolean NOT NULL DEFAULT false,
    reply_to   integer,
    views      integer,
    edits      integer NOT NULL DEFAULT 0,
    edit_date  timestamptz,
    text       text NOT NULL,
    extra      jsonb,
    PRIMARY KEY (box_id, id)
) WITH (fillfactor = 90);
-- A copy is found from the other side by who sent it and that sender's random id.
CREATE UNIQUE INDEX messages_once ON messenger.messages (box_id, sender_id, random_id);
CREATE INDEX messages_of_dialog ON messenger.messages (box_id, peer, id);
CREATE INDEX messages_pinned ON messenger.messages (box_id, peer, id) WHERE pinned;

CREATE TABLE messenger.events (
    box_id     bigint NOT NULL,
    pts        integer NOT NULL,
    pts_count  integer NOT NULL,
    kind       smallint NOT NULL,
    date       timestamptz NOT NULL,
    message_id integer,
    body       jsonb,
    PRIMARY KEY (box_id, pts)
);

-- A member's row for a channel holds that member's read marks only; its newest message is the channel's.
CREATE TABLE messenger.dialogs (
    box_id      bigint NOT NULL,
    peer        bigint NOT NULL,
    top_id      integer NOT NULL DEFAULT 0,
    read_inbox  integer NOT NULL DEFAULT 0,
    read_outbox integer NOT NULL DEFAULT 0,
    unread      integer NOT NULL DEFAULT 0,
    unread_mark boolean NOT NULL DEFAULT false,
    pin_order   integer,
    folder      smallint NOT NULL DEFAULT 0,
    draft       jsonb,
    PRIMARY KEY (box_id, peer)
) WITH (fillfactor = 70);

-- What happened in one box and has yet to be repeated in another; gone once it was.
CREATE TABLE messenger.relays (
    box_id     bigint NOT NULL,
    pts        integer NOT NULL,
    target     bigint NOT NULL,
    kind       smallint NOT NULL,
    at         timestamptz NOT NULL,
    message_id integer,
    body       jsonb,
    PRIMARY KEY (box_id, pts, target)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON
    messenger.boxes, messenger.messages, messenger.events, messenger.dialogs, messenger.relays
    TO parley_messenger;
