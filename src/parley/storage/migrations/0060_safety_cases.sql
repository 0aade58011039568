-- Reports, the cases that gather them, the log of each case, and the decisions that people take.
CREATE TABLE safety.snapshots (
    snapshot_id text PRIMARY KEY,
    subject     text NOT NULL,
    taken_at    timestamptz NOT NULL,
    -- canonical JSON as text, so that its digest stays what it was
    body        text NOT NULL,
    sha256      bytea NOT NULL CHECK (length(sha256) = 32)
);

CREATE TABLE safety.cases (
    case_id         text PRIMARY KEY,
    subject         text NOT NULL,
    title           text NOT NULL,
    owner           bigint,
    policy          text NOT NULL,
    queue           text NOT NULL,
    status          text NOT NULL CHECK (status IN ('open', 'second_review', 'disagreed', 'closed')),
    severity        integer NOT NULL CHECK (severity BETWEEN 1 AND 10),
    reach           bigint NOT NULL CHECK (reach >= 0),
    reporters       integer NOT NULL DEFAULT 0 CHECK (reporters >= 0),
    machine_score   real CHECK (machine_score BETWEEN 0 AND 1),
    weight          double precision NOT NULL,
    opened_at       timestamptz NOT NULL,
    due_at          timestamptz NOT NULL,
    first_action_at timestamptz,
    closed_at       timestamptz,
    breached        boolean NOT NULL DEFAULT false,
    locked_by       text,
    locked_until    timestamptz,
    snapshot_id     text REFERENCES safety.snapshots
);
-- One open case for each subject: every report and signal about it meets there.
CREATE UNIQUE INDEX cases_one_open ON safety.cases (subject) WHERE status <> 'closed';
CREATE INDEX cases_by_queue ON safety.cases (queue, due_at) WHERE status <> 'closed';
CREATE INDEX cases_by_subject ON safety.cases (subject, opened_at);
CREATE INDEX cases_closed ON safety.cases (closed_at) WHERE status = 'closed';

CREATE TABLE safety.reports (
    report_id   text PRIMARY KEY,
    case_id     text NOT NULL REFERENCES safety.cases,
    reporter    bigint,
    subject     text NOT NULL,
    message_ids integer[] NOT NULL DEFAULT '{}',
    policy      text NOT NULL,
    comment     text NOT NULL DEFAULT '',
    term        text,
    via         text NOT NULL,
    filed_at    timestamptz NOT NULL,
    snapshot_id text REFERENCES safety.snapshots,
    outcome     text CHECK (outcome IN ('acted', 'not_acted')),
    outcome_at  timestamptz
);
CREATE INDEX reports_of_case ON safety.reports (case_id, filed_at);
CREATE INDEX reports_of_reporter ON safety.reports (reporter, filed_at) WHERE reporter IS NOT NULL;
CREATE INDEX reports_of_term ON safety.reports (term) WHERE term IS NOT NULL;

CREATE TABLE safety.case_events (
    case_id text NOT NULL REFERENCES safety.cases,
    seq     integer NOT NULL CHECK (seq > 0),
    at      timestamptz NOT NULL,
    actor   text NOT NULL,
    kind    text NOT NULL,
    detail  jsonb NOT NULL,
    digest  bytea NOT NULL CHECK (length(digest) = 32),
    PRIMARY KEY (case_id, seq)
);

CREATE TABLE safety.decisions (
    decision_id  text PRIMARY KEY,
    case_id      text NOT NULL REFERENCES safety.cases,
    policy       text NOT NULL,
    facts        text NOT NULL,
    actions      jsonb NOT NULL,
    decided_by   text NOT NULL,
    decided_at   timestamptz NOT NULL,
    detected_automatically boolean NOT NULL,
    automated    text NOT NULL CHECK (automated IN ('not', 'partially', 'fully')),
    status       text NOT NULL CHECK (status IN ('proposed', 'final', 'superseded', 'overturned')),
    second_by    text,
    snapshot_id  text REFERENCES safety.snapshots
);
CREATE INDEX decisions_of_case ON safety.decisions (case_id, decided_at);

CREATE TABLE safety.quality_reviews (
    decision_id text NOT NULL REFERENCES safety.decisions,
    why         text NOT NULL CHECK (why IN ('random', 'overturned')),
    asked_at    timestamptz NOT NULL,
    reviewer    text,
    policy      text,
    agrees      boolean,
    at          timestamptz,
    PRIMARY KEY (decision_id, why)
);

CREATE TABLE safety.effects (
    effect_id   text PRIMARY KEY,
    decision_id text NOT NULL,
    topic       text NOT NULL,
    payload     jsonb NOT NULL,
    undo_topic  text,
    put_at      timestamptz NOT NULL,
    undone_at   timestamptz
);
CREATE INDEX effects_of_decision ON safety.effects (decision_id);

CREATE TABLE safety.sanctions (
    decision_id text NOT NULL REFERENCES safety.decisions,
    account_id  bigint NOT NULL,
    kind        text NOT NULL,
    since       timestamptz NOT NULL,
    until       timestamptz,
    lifted_at   timestamptz,
    PRIMARY KEY (decision_id, account_id, kind)
);
CREATE INDEX sanctions_of_account ON safety.sanctions (account_id, since);

GRANT SELECT, INSERT ON safety.snapshots, safety.case_events TO parley_safety;
GRANT SELECT, INSERT, UPDATE ON
    safety.cases, safety.reports, safety.decisions, safety.quality_reviews, safety.effects, safety.sanctions
    TO parley_safety;
