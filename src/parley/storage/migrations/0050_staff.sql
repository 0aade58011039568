-- People of the operator, their passkeys, and the sessions and passkey ceremonies of the web.
-- Sessions and ceremonies name a realm and a subject, because officers of authorities sign in by the same means.

CREATE TABLE staff.people (
    staff_id    text PRIMARY KEY,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    pseudonym   text NOT NULL UNIQUE,
    roles       text[] NOT NULL CHECK (cardinality(roles) > 0),
    added_at    timestamptz NOT NULL,
    disabled_at timestamptz
);
CREATE UNIQUE INDEX people_name ON staff.people (lower(name));

CREATE TABLE staff.enrolments (
    token_hash bytea PRIMARY KEY,
    staff_id   text NOT NULL REFERENCES staff.people,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);

CREATE TABLE staff.passkeys (
    credential_id bytea PRIMARY KEY,
    staff_id      text NOT NULL REFERENCES staff.people,
    public_key    bytea NOT NULL,
    sign_count    bigint NOT NULL,
    label         text NOT NULL,
    added_at      timestamptz NOT NULL,
    last_used_at  timestamptz,
    revoked_at    timestamptz
);
CREATE INDEX passkeys_of ON staff.passkeys (staff_id) WHERE revoked_at IS NULL;

CREATE TABLE staff.sessions (
    session_hash bytea PRIMARY KEY,
    session_ref  text NOT NULL UNIQUE,
    realm        text NOT NULL CHECK (realm IN ('staff', 'officer')),
    subject      text NOT NULL,
    agent        text NOT NULL,
    created_at   timestamptz NOT NULL,
    seen_at      timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX sessions_of ON staff.sessions (realm, subject);

CREATE TABLE staff.ceremonies (
    ceremony_hash bytea PRIMARY KEY,
    realm         text NOT NULL CHECK (realm IN ('staff', 'officer')),
    purpose       text NOT NULL,
    owner         text,
    challenge     bytea NOT NULL,
    expires_at    timestamptz NOT NULL
);
CREATE INDEX ceremonies_expiry ON staff.ceremonies (expires_at);

GRANT SELECT, INSERT, UPDATE ON staff.people, staff.enrolments, staff.passkeys TO parley_staff;
GRANT SELECT, INSERT, UPDATE, DELETE ON staff.sessions, staff.ceremonies TO parley_staff;
