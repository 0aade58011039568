-- Which account accepted which version of a policy document, and when. The texts are files of the program.

CREATE TABLE policy.acceptances (
    account_id  bigint NOT NULL,
    document    text NOT NULL,
    version     text NOT NULL,
    accepted_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, document, version)
);

GRANT SELECT, INSERT, DELETE ON policy.acceptances TO parley_messenger;
