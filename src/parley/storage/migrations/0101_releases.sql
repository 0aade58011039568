-- Releases: the signed request, the signatures of those who decided, the custodians' steps, the sealed delivery.

CREATE TABLE legal.releases (
    release_id        text PRIMARY KEY,
    order_id          text NOT NULL,
    task_id           text NOT NULL,
    decision_id       text NOT NULL,
    account_id        bigint NOT NULL,
    nonce             text NOT NULL UNIQUE,
    request           bytea NOT NULL,
    request_sha256    bytea NOT NULL UNIQUE CHECK (octet_length(request_sha256) = 32),
    order_document    bytea NOT NULL,
    officer_id        text NOT NULL,
    filing_credential bytea NOT NULL,
    filing_assertion  text NOT NULL,
    opening           jsonb NOT NULL,
    state             text NOT NULL CHECK
        (state IN ('prepared', 'decided', 'peeled', 'delivered', 'closed', 'withdrawn')),
    prepared_by       text NOT NULL,
    prepared_at       timestamptz NOT NULL,
    decided_at        timestamptz,
    log_entry         text,
    delivery_id       text NOT NULL UNIQUE,
    first_custodian   text,
    peeled_at         timestamptz,
    closed_at         timestamptz
);
CREATE INDEX releases_of_order ON legal.releases (order_id);
CREATE INDEX releases_open ON legal.releases (state) WHERE state IN ('prepared', 'decided', 'peeled');
-- One task is released once: a second request needs the first to be withdrawn.
CREATE UNIQUE INDEX releases_of_task ON legal.releases (task_id) WHERE state <> 'withdrawn';

CREATE TABLE legal.release_approvals (
    release_id    text NOT NULL REFERENCES legal.releases,
    staff_id      text NOT NULL,
    credential_id bytea NOT NULL,
    assertion     text NOT NULL,
    at            timestamptz NOT NULL,
    PRIMARY KEY (release_id, staff_id)
);

-- What the first custodian took off, sealed again to each possible second one. Gone when the delivery is there.
CREATE TABLE legal.release_shares (
    release_id text NOT NULL REFERENCES legal.releases,
    day        date NOT NULL,
    account_id bigint NOT NULL,
    key_id     bigint NOT NULL,
    sender     smallint NOT NULL,
    receiver   smallint NOT NULL,
    sealed     bytea NOT NULL CHECK (octet_length(sealed) = 80),
    PRIMARY KEY (release_id, receiver, day, key_id)
);

CREATE TABLE legal.deliveries (
    delivery_id      text PRIMARY KEY,
    release_id       text NOT NULL UNIQUE REFERENCES legal.releases,
    order_id         text NOT NULL,
    officer_id       text NOT NULL,
    recipient_key    text NOT NULL,
    second_custodian text NOT NULL,
    sealed           bytea,
    sealed_sha256    text NOT NULL,
    size             integer NOT NULL,
    records          integer NOT NULL,
    log_entry        text NOT NULL,
    delivered_at     timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    downloaded_at    timestamptz,
    acknowledged_at  timestamptz,
    ack_status       text,
    wiped_at         timestamptz
);
CREATE INDEX deliveries_of_officer ON legal.deliveries (officer_id);
CREATE INDEX deliveries_unwiped ON legal.deliveries (expires_at) WHERE wiped_at IS NULL;

-- The newest manifest that the operator's key signed for a second custodian; each signature is in the audit trail.
CREATE TABLE legal.manifests (
    release_id   text NOT NULL REFERENCES legal.releases,
    custodian_id text NOT NULL,
    manifest     bytea NOT NULL,
    signed_at    timestamptz NOT NULL,
    PRIMARY KEY (release_id, custodian_id)
);

GRANT SELECT, INSERT, UPDATE ON legal.releases, legal.deliveries, legal.manifests TO parley_legal;
GRANT SELECT, INSERT ON legal.release_approvals TO parley_legal;
GRANT SELECT, INSERT, DELETE ON legal.release_shares TO parley_legal;
