-- What a creating call of an account made, so that its repeat (the same message id) finds it, also after a restart.
CREATE TABLE messenger.calls (
    account_id bigint NOT NULL,
    call_id    bigint NOT NULL,
    result     jsonb NOT NULL,
    made_at    timestamptz NOT NULL,
    PRIMARY KEY (account_id, call_id)
);
GRANT SELECT, INSERT, DELETE ON messenger.calls TO parley_messenger;
