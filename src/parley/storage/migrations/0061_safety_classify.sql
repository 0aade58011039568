-- Scores of public posts (never their texts), the signals that rules gave, and the rules with their record.
CREATE TABLE safety.post_scores (
    channel_id     bigint NOT NULL,
    message_id     integer NOT NULL,
    scored_at      timestamptz NOT NULL,
    illicit        real NOT NULL,
    categories     jsonb NOT NULL,
    second_signals text[] NOT NULL,
    text_sha256    bytea NOT NULL,
    PRIMARY KEY (channel_id, message_id)
);

CREATE TABLE safety.rules (
    rule_id         text PRIMARY KEY,
    version         integer NOT NULL CHECK (version > 0),
    definition      jsonb NOT NULL,
    mode            text NOT NULL CHECK (mode IN ('off', 'shadow', 'enforce')),
    stopped_because text,
    changed_by      text NOT NULL,
    changed_at      timestamptz NOT NULL
);

CREATE TABLE safety.signals (
    signal_id    text PRIMARY KEY,
    case_id      text NOT NULL REFERENCES safety.cases,
    subject      text NOT NULL,
    rule_id      text NOT NULL REFERENCES safety.rules,
    rule_version integer NOT NULL,
    mode         text NOT NULL,
    score        real NOT NULL,
    posts        integer NOT NULL,
    second       text[] NOT NULL,
    category     text,
    ngrams       jsonb NOT NULL,
    first_at     timestamptz NOT NULL,
    last_at      timestamptz NOT NULL,
    verdict      boolean,
    overturned   boolean NOT NULL DEFAULT false,
    reviewed_at  timestamptz,
    UNIQUE (case_id, rule_id)
);
CREATE INDEX signals_reviewed ON safety.signals (rule_id, reviewed_at DESC) WHERE reviewed_at IS NOT NULL;

CREATE TABLE safety.search_terms (
    term       text PRIMARY KEY,
    verdict    text NOT NULL DEFAULT 'open' CHECK (verdict IN ('open', 'allowed', 'filtered', 'help')),
    reports    integer NOT NULL DEFAULT 0,
    first_at   timestamptz NOT NULL,
    last_at    timestamptz NOT NULL,
    decided_by text,
    decided_at timestamptz
);

GRANT SELECT, INSERT, UPDATE, DELETE ON safety.post_scores TO parley_safety;
GRANT SELECT, INSERT, UPDATE ON safety.rules, safety.signals, safety.search_terms TO parley_safety;
