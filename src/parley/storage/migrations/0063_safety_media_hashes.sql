-- Banks of known media by exact hash. They ship empty.
CREATE TABLE safety.media_hashes (
    sha256   bytea NOT NULL CHECK (length(sha256) = 32),
    bank     text NOT NULL,
    source   text NOT NULL,
    added_by text NOT NULL,
    added_at timestamptz NOT NULL,
    PRIMARY KEY (sha256, bank)
);
GRANT SELECT, INSERT, DELETE ON safety.media_hashes TO parley_safety;
