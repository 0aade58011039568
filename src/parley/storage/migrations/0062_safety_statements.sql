-- Statements of reasons and the appeals against them.
CREATE TABLE safety.statements (
    statement_id text PRIMARY KEY,
    decision_id  text NOT NULL UNIQUE REFERENCES safety.decisions,
    case_id      text NOT NULL REFERENCES safety.cases,
    account_id   bigint,
    fields       jsonb NOT NULL,
    text         text NOT NULL,
    -- SHA-256 of the token in the link: the link itself is only with its reader
    token_sha256 bytea NOT NULL UNIQUE,
    issued_at    timestamptz NOT NULL,
    appeal_until timestamptz NOT NULL
);
CREATE INDEX statements_of_account ON safety.statements (account_id, issued_at);
CREATE INDEX statements_issued ON safety.statements (issued_at);

CREATE TABLE safety.appeals (
    appeal_id    text PRIMARY KEY,
    statement_id text NOT NULL UNIQUE REFERENCES safety.statements,
    case_id      text NOT NULL REFERENCES safety.cases,
    text         text NOT NULL,
    via          text NOT NULL CHECK (via IN ('chat', 'web')),
    filed_at     timestamptz NOT NULL,
    due_at       timestamptz NOT NULL,
    locked_by    text,
    locked_until timestamptz,
    outcome      text CHECK (outcome IN ('upheld', 'overturned')),
    reasons      text,
    decided_by   text,
    decided_at   timestamptz,
    breached     boolean NOT NULL DEFAULT false
);
CREATE INDEX appeals_open ON safety.appeals (due_at) WHERE outcome IS NULL;

GRANT SELECT, INSERT ON safety.statements TO parley_safety;
GRANT SELECT, INSERT, UPDATE ON safety.appeals TO parley_safety;
