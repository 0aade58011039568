-- Address books and blocked peers. Whether a contact is mutual is derived from both books, never stored.

CREATE TABLE messenger.contacts (
    account_id  bigint NOT NULL,
    contact_id  bigint NOT NULL,
    first_name  text NOT NULL,
    last_name   text NOT NULL DEFAULT '',
    note        text NOT NULL DEFAULT '',
    knows_phone boolean NOT NULL DEFAULT false,
    added_at    timestamptz NOT NULL,
    PRIMARY KEY (account_id, contact_id)
);

CREATE TABLE messenger.blocks (
    account_id bigint NOT NULL,
    peer_kind  text NOT NULL CHECK (peer_kind IN ('user', 'channel')),
    peer_id    bigint NOT NULL,
    blocked_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, peer_kind, peer_id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON messenger.contacts, messenger.blocks TO parley_messenger;
