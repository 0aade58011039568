-- The registry of authorities: who may send orders, whom we call back and under which number, and their officers.

CREATE TABLE legal.authorities (
    authority_id     text PRIMARY KEY,
    name             text NOT NULL,
    country          text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    level            text NOT NULL CHECK (level IN ('national', 'regional', 'local', 'union')),
    kind             text NOT NULL CHECK (kind IN ('court', 'prosecutor', 'police', 'other')),
    competence       text[] NOT NULL,
    email_domains    text[] NOT NULL,
    callback_numbers text[] NOT NULL CHECK (cardinality(callback_numbers) > 0),
    source_url       text NOT NULL,
    trust            text NOT NULL DEFAULT 'new' CHECK (trust IN ('new', 'verified', 'flagged', 'suspended')),
    proposed_by      text NOT NULL,
    proposed_at      timestamptz NOT NULL,
    verified_by      text,
    verified_at      timestamptz,
    reverify_by      timestamptz,
    remark           text NOT NULL DEFAULT '',
    -- The wall behind the rule: the second person is never the first.
    CHECK (verified_by IS NULL OR verified_by <> proposed_by)
);

CREATE TABLE legal.officers (
    officer_id    text PRIMARY KEY,
    authority_id  text NOT NULL REFERENCES legal.authorities,
    name          text NOT NULL,
    email         text NOT NULL,
    age_recipient text,
    vouched_by    text NOT NULL,
    added_at      timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    suspended_at  timestamptz
);
CREATE INDEX officers_of ON legal.officers (authority_id);

CREATE TABLE legal.officer_enrolments (
    token_hash bytea PRIMARY KEY,
    officer_id text NOT NULL REFERENCES legal.officers,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz
);

CREATE TABLE legal.officer_passkeys (
    credential_id bytea PRIMARY KEY,
    officer_id    text NOT NULL REFERENCES legal.officers,
    public_key    bytea NOT NULL,
    sign_count    bigint NOT NULL,
    label         text NOT NULL,
    added_at      timestamptz NOT NULL,
    last_used_at  timestamptz,
    revoked_at    timestamptz
);
CREATE INDEX officer_passkeys_of ON legal.officer_passkeys (officer_id) WHERE revoked_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON
    legal.authorities, legal.officers, legal.officer_enrolments, legal.officer_passkeys TO parley_legal;
