-- One-time links by which a member shortens how long their addresses are kept; the token itself is nowhere.
CREATE TABLE messenger.retention_links (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    account_id bigint NOT NULL,
    expires_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON messenger.retention_links TO parley_messenger;
