-- Channels and who belongs to them. `box_id` is the channel's box (its negated id), so that a channel's rows lie
-- beside its posts; `account_channels` is the same membership seen from the account's side.

CREATE TABLE messenger.channels (
    box_id         bigint PRIMARY KEY CHECK (box_id < 0),
    kind           text NOT NULL CHECK (kind IN ('broadcast', 'supergroup')),
    title          text NOT NULL,
    about          text NOT NULL DEFAULT '',
    username       text,
    creator_id     bigint NOT NULL,
    created_at     timestamptz NOT NULL,
    members        integer NOT NULL DEFAULT 0,
    standing       text NOT NULL DEFAULT 'open' CHECK (standing IN ('open', 'read_only', 'suspended')),
    signatures     boolean NOT NULL DEFAULT false,
    default_banned text[] NOT NULL DEFAULT '{}',
    deleted_at     timestamptz,
    version        bigint NOT NULL DEFAULT 0
);

CREATE TABLE messenger.channel_members (
    box_id       bigint NOT NULL,
    account_id   bigint NOT NULL,
    role         text NOT NULL CHECK (role IN ('creator', 'admin', 'member', 'left', 'banned')),
    joined_at    timestamptz NOT NULL,
    inviter_id   bigint,
    rank         text NOT NULL DEFAULT '',
    rights       text[] NOT NULL DEFAULT '{}',
    banned       text[] NOT NULL DEFAULT '{}',
    banned_until timestamptz,
    by_id        bigint,
    PRIMARY KEY (box_id, account_id)
);
CREATE INDEX channel_members_recent ON messenger.channel_members (box_id, role, joined_at DESC);

CREATE TABLE messenger.account_channels (
    account_id bigint NOT NULL,
    box_id     bigint NOT NULL,
    joined_at  timestamptz NOT NULL,
    PRIMARY KEY (account_id, box_id)
);

-- A repeated creating call (the same message id) finds what the first one made.
CREATE TABLE messenger.channel_creations (
    account_id bigint NOT NULL,
    call_id    bigint NOT NULL,
    box_id     bigint NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, call_id)
);

CREATE TABLE messenger.channel_invites (
    hash       text PRIMARY KEY,
    box_id     bigint NOT NULL,
    account_id bigint NOT NULL,
    created_at timestamptz NOT NULL,
    revoked    boolean NOT NULL DEFAULT false
);

CREATE TABLE messenger.channel_invites_of (
    box_id     bigint NOT NULL,
    account_id bigint NOT NULL,
    hash       text NOT NULL,
    PRIMARY KEY (box_id, account_id)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON
    messenger.channels, messenger.channel_members, messenger.account_channels, messenger.channel_creations,
    messenger.channel_invites, messenger.channel_invites_of
    TO parley_messenger;
