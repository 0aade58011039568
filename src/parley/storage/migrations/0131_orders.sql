-- Orders with their tasks, the answers of the legal analysis, and the decisions.

CREATE TABLE legal.orders (
    order_id          text PRIMARY KEY,
    order_ref         text NOT NULL UNIQUE,
    number            text NOT NULL UNIQUE,
    instrument        text NOT NULL,
    authorisation_ref text NOT NULL,
    priority          text NOT NULL,
    status            text NOT NULL,
    status_reason     text NOT NULL DEFAULT '',
    authority_id      text NOT NULL REFERENCES legal.authorities,
    officer_id        text NOT NULL REFERENCES legal.officers,
    filing            jsonb NOT NULL,
    order_document    bytea NOT NULL,
    order_sha256      text NOT NULL UNIQUE,
    recipient_key     text NOT NULL,
    filing_credential bytea NOT NULL,
    filing_assertion  text NOT NULL,
    pdf_name          text NOT NULL,
    pdf               bytea NOT NULL,
    signature_report  jsonb NOT NULL,
    served_at         timestamptz NOT NULL,
    clock_starts_at   timestamptz NOT NULL,
    due_at            timestamptz,
    gag_until         timestamptz,
    closed_at         timestamptz
);
CREATE INDEX orders_open ON legal.orders (due_at) WHERE closed_at IS NULL;
CREATE INDEX orders_of_officer ON legal.orders (officer_id, served_at);
CREATE INDEX orders_of_authority ON legal.orders (authority_id, served_at);

CREATE TABLE legal.tasks (
    task_id      text PRIMARY KEY,
    order_id     text NOT NULL REFERENCES legal.orders,
    format_name  text NOT NULL CHECK (format_name IN ('account', 'username', 'phone')),
    value        text NOT NULL,
    fields       text[] NOT NULL,
    start_time   timestamptz NOT NULL,
    end_time     timestamptz NOT NULL CHECK (end_time > start_time),
    account_id   bigint,
    status       text NOT NULL,
    outcome      text
);
CREATE INDEX tasks_of ON legal.tasks (order_id);

-- Draft filings: what an officer is about to sign, kept until the passkey answers.
CREATE TABLE legal.order_drafts (
    draft_id         text PRIMARY KEY,
    officer_id       text NOT NULL REFERENCES legal.officers,
    order_document   bytea NOT NULL,
    pdf_name         text NOT NULL,
    pdf              bytea NOT NULL,
    signature_report jsonb NOT NULL,
    made_at          timestamptz NOT NULL
);

-- One row for each check and order. `proposed` is what the machine found; people answer and confirm.
CREATE TABLE legal.check_answers (
    order_id    text NOT NULL REFERENCES legal.orders,
    check_id    text NOT NULL,
    proposed    text,
    evidence    jsonb NOT NULL DEFAULT '[]',
    answer      text,
    remark      text NOT NULL DEFAULT '',
    answered_by text,
    answered_at timestamptz,
    second_by   text,
    second_at   timestamptz,
    PRIMARY KEY (order_id, check_id),
    CHECK (second_by IS NULL OR second_by <> answered_by)
);

CREATE TABLE legal.decisions (
    decision_id  text PRIMARY KEY,
    order_id     text NOT NULL REFERENCES legal.orders,
    task_id      text NOT NULL REFERENCES legal.tasks,
    result       text NOT NULL CHECK (result IN ('disclose', 'disclose_partial', 'form3', 'refuse', 'refer_mlat')),
    form3_reason text,
    reasons_text text NOT NULL,
    fields       text[] NOT NULL DEFAULT '{}',
    range_start  timestamptz,
    range_end    timestamptz,
    checks       jsonb NOT NULL,
    decided_by   text NOT NULL,
    decided_at   timestamptz NOT NULL,
    second_by    text,
    second_at    timestamptz,
    withdrawn_at timestamptz,
    CHECK (second_by IS NULL OR second_by <> decided_by)
);
-- One decision at a time for a task: a new one needs the one before to be withdrawn.
CREATE UNIQUE INDEX decisions_of_task ON legal.decisions (task_id) WHERE withdrawn_at IS NULL;

GRANT SELECT, INSERT, UPDATE ON legal.orders, legal.tasks, legal.check_answers, legal.decisions TO parley_legal;
GRANT SELECT, INSERT, DELETE ON legal.order_drafts TO parley_legal;
