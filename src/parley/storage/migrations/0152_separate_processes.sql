-- What lets the duties run as processes of different system users. Each duty carries the effects that are meant for
-- it and holds the leases of its own work, so that no process needs the role that sees those of all. Anybody's log
-- pages read what is public of the log, and nothing that is not open yet.

ALTER TABLE outbox.items ENABLE ROW LEVEL SECURITY;
CREATE POLICY carrier ON outbox.items TO parley_outbox USING (true);
CREATE POLICY copied ON outbox.items FOR SELECT TO parley_backup USING (true);
CREATE POLICY to_log ON outbox.items TO parley_log USING (topic LIKE 'translog.%');
CREATE POLICY to_legal ON outbox.items TO parley_legal USING (topic LIKE 'legal.%' OR topic LIKE 'vault.%');
CREATE POLICY to_messenger ON outbox.items TO parley_messenger
    USING (topic NOT LIKE 'translog.%' AND topic NOT LIKE 'legal.%' AND topic NOT LIKE 'vault.%');
-- Who may send what to whom. A duty may send itself anything: that gives it nothing that it has not.
CREATE POLICY from_messenger ON outbox.items FOR INSERT TO parley_messenger
    WITH CHECK (duty = 'messenger' AND topic = 'vault.retention');
CREATE POLICY from_safety ON outbox.items FOR INSERT TO parley_safety
    WITH CHECK (duty = 'safety'
        AND topic NOT LIKE 'translog.%' AND topic NOT LIKE 'legal.%' AND topic NOT LIKE 'vault.%');
CREATE POLICY from_legal ON outbox.items FOR INSERT TO parley_legal
    WITH CHECK (duty = 'legal' AND (topic LIKE 'translog.%' OR topic = 'notify.notice'));
GRANT SELECT, UPDATE, DELETE ON outbox.items TO parley_messenger, parley_legal, parley_log;

-- Leases are called `<duty>/<work>` from now on; those of before have no meaning any more.
DELETE FROM outbox.leases;
ALTER TABLE outbox.leases ENABLE ROW LEVEL SECURITY;
CREATE POLICY carrier ON outbox.leases TO parley_outbox USING (true);
CREATE POLICY copied ON outbox.leases FOR SELECT TO parley_backup USING (true);
CREATE POLICY own ON outbox.leases TO parley_messenger, parley_legal, parley_log
    USING (starts_with(name, substr(current_user::text, length('parley_') + 1) || '/'));
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox.leases TO parley_messenger, parley_legal, parley_log;

-- Pages for everybody: the public side of the log, and whether addresses are kept.
GRANT USAGE ON SCHEMA translog, vault, audit TO parley_public;
GRANT SELECT ON
    translog.logs, translog.batches, translog.hashes, translog.checkpoints, translog.witnesses,
    translog.witness_removals, translog.cosignatures, translog.publications
    TO parley_public;
GRANT SELECT (log_id, leaf_index, leaf) ON translog.leaves TO parley_public;
GRANT INSERT ON translog.cosignatures TO parley_public;
GRANT SELECT (number, seal_key, key_no, first_day, status) ON vault.custodians TO parley_public;

-- The desk proves entries to people and registers its custodians' witnesses; it cannot write the log.
GRANT USAGE ON SCHEMA translog TO parley_legal;
GRANT SELECT ON ALL TABLES IN SCHEMA translog TO parley_legal;
GRANT INSERT ON translog.witnesses, translog.witness_removals, translog.cosignatures TO parley_legal;

-- A part that does not migrate waits until another has.
GRANT USAGE ON SCHEMA storage TO
    parley_messenger, parley_seal, parley_safety, parley_economy, parley_legal, parley_log, parley_staff,
    parley_public;
GRANT SELECT (number) ON storage.migrations TO
    parley_messenger, parley_seal, parley_safety, parley_economy, parley_legal, parley_log, parley_staff,
    parley_public;
