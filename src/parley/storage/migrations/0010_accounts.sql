-- Accounts, their identifiers, authorization keys and devices, and what each account has set.
-- Every table is keyed by what it is looked up by (an account, a username, a phone index, an authorization key),
-- so that each can be spread over machines by that key.

CREATE TABLE messenger.accounts (
    account_id  bigint PRIMARY KEY,
    first_name  text NOT NULL,
    last_name   text NOT NULL DEFAULT '',
    username    text,
    about       text NOT NULL DEFAULT '',
    is_bot      boolean NOT NULL DEFAULT false,
    verified    boolean NOT NULL DEFAULT false,
    support     boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL,
    deleted_at  timestamptz,
    version     bigint NOT NULL DEFAULT 0
);

-- The number itself is sealed (AES-GCM); the index is a keyed hash of it. Neither key is in the database.
CREATE TABLE messenger.phones (
    phone_index bytea PRIMARY KEY,
    account_id  bigint NOT NULL,
    since       timestamptz NOT NULL
);

CREATE TABLE messenger.account_phones (
    account_id  bigint NOT NULL,
    since       timestamptz NOT NULL,
    until       timestamptz,
    phone_index bytea NOT NULL,
    sealed      bytea NOT NULL,
    PRIMARY KEY (account_id, since)
);

CREATE TABLE messenger.phone_periods (
    phone_index bytea NOT NULL,
    since       timestamptz NOT NULL,
    until       timestamptz,
    account_id  bigint NOT NULL,
    PRIMARY KEY (phone_index, since, account_id)
);

-- Users, bots and channels share one space of names; `name` is folded to lower case.
CREATE TABLE messenger.usernames (
    name       text PRIMARY KEY,
    owner_kind text NOT NULL CHECK (owner_kind IN ('user', 'channel')),
    owner_id   bigint NOT NULL,
    since      timestamptz NOT NULL
);

CREATE TABLE messenger.username_periods (
    name       text NOT NULL,
    since      timestamptz NOT NULL,
    until      timestamptz,
    owner_kind text NOT NULL,
    owner_id   bigint NOT NULL,
    PRIMARY KEY (name, since, owner_id)
);

CREATE TABLE messenger.sign_in_codes (
    phone_index   bytea PRIMARY KEY,
    code_hash     text NOT NULL,
    digest        bytea NOT NULL,
    sent_at       timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    attempts      integer NOT NULL DEFAULT 0,
    resends       integer NOT NULL DEFAULT 0,
    confirmed     boolean NOT NULL DEFAULT false,
    cancelled     boolean NOT NULL DEFAULT false,
    window_start  timestamptz NOT NULL,
    window_sends  integer NOT NULL DEFAULT 1
);

-- Keys are sealed too: a stolen copy of the database impersonates nobody.
CREATE TABLE messenger.auth_keys (
    auth_key_id      bigint PRIMARY KEY,
    sealed           bytea NOT NULL,
    created_at       bigint NOT NULL,
    first_salt       bigint NOT NULL,
    expires_at       bigint,
    bound_to         bigint,
    account_id       bigint,
    layer            integer NOT NULL DEFAULT 0,
    test_mode        boolean NOT NULL DEFAULT false,
    api_id           integer NOT NULL DEFAULT 0,
    device_model     text NOT NULL DEFAULT '',
    system_version   text NOT NULL DEFAULT '',
    app_version      text NOT NULL DEFAULT '',
    system_lang_code text NOT NULL DEFAULT '',
    lang_pack        text NOT NULL DEFAULT '',
    lang_code        text NOT NULL DEFAULT ''
);

-- The temporary keys of a permanent one, found from the permanent key's side.
CREATE TABLE messenger.bound_keys (
    permanent_id bigint NOT NULL,
    temporary_id bigint NOT NULL,
    PRIMARY KEY (permanent_id, temporary_id)
);

CREATE TABLE messenger.devices (
    account_id     bigint NOT NULL,
    auth_key_id    bigint NOT NULL,
    api_id         integer NOT NULL,
    device_model   text NOT NULL,
    system_version text NOT NULL,
    app_version    text NOT NULL,
    lang_code      text NOT NULL,
    created_at     timestamptz NOT NULL,
    active_at      timestamptz NOT NULL,
    PRIMARY KEY (account_id, auth_key_id)
);

CREATE TABLE messenger.presence (
    account_id   bigint PRIMARY KEY,
    seen_at      timestamptz NOT NULL,
    online_until timestamptz
);

CREATE TABLE messenger.privacy (
    account_id bigint NOT NULL,
    subject    text NOT NULL,
    rules      jsonb NOT NULL,
    PRIMARY KEY (account_id, subject)
);

CREATE TABLE messenger.notify_settings (
    account_id    bigint NOT NULL,
    scope         text NOT NULL,
    show_previews boolean,
    silent        boolean,
    mute_until    bigint,
    sound         text,
    PRIMARY KEY (account_id, scope)
);

CREATE TABLE messenger.account_settings (
    account_id bigint NOT NULL,
    name       text NOT NULL,
    value      jsonb NOT NULL,
    PRIMARY KEY (account_id, name)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON
    messenger.accounts, messenger.phones, messenger.account_phones, messenger.phone_periods,
    messenger.usernames, messenger.username_periods, messenger.sign_in_codes, messenger.auth_keys,
    messenger.bound_keys, messenger.devices, messenger.presence, messenger.privacy,
    messenger.notify_settings, messenger.account_settings
    TO parley_messenger;

-- The server's own accounts; their ids are known to every client.
INSERT INTO messenger.accounts (account_id, first_name, username, about, is_bot, verified, support, created_at)
VALUES
    (777000, 'Parley', NULL, 'Service messages of this server.', false, true, true, '2026-01-01T00:00:00Z'),
    (777100, 'Search Report', 'SearchReport',
     'Tell us about search terms and results that should not be found.', true, true, false,
     '2026-01-01T00:00:00Z'),
    (777101, 'Transparency', 'transparency',
     'How many lawful orders this server received and how each was answered, for every country.', true, true,
     false, '2026-01-01T00:00:00Z');

INSERT INTO messenger.usernames (name, owner_kind, owner_id, since)
VALUES ('searchreport', 'user', 777100, '2026-01-01T00:00:00Z'),
       ('transparency', 'user', 777101, '2026-01-01T00:00:00Z');

INSERT INTO messenger.username_periods (name, since, owner_kind, owner_id)
VALUES ('searchreport', '2026-01-01T00:00:00Z', 'user', 777100),
       ('transparency', '2026-01-01T00:00:00Z', 'user', 777101);
