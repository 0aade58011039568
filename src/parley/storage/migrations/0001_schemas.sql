-- The schemas, and who may enter them. Functions are closed to all until a GRANT opens them.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

CREATE SCHEMA messenger;
CREATE SCHEMA policy;
CREATE SCHEMA staff;
CREATE SCHEMA safety;
CREATE SCHEMA economy;
CREATE SCHEMA legal;
CREATE SCHEMA vault;
CREATE SCHEMA translog;
CREATE SCHEMA outbox;

GRANT USAGE ON SCHEMA messenger TO parley_messenger, parley_legal;
GRANT USAGE ON SCHEMA policy TO parley_messenger;
GRANT USAGE ON SCHEMA staff TO parley_staff;
GRANT USAGE ON SCHEMA safety TO parley_safety;
GRANT USAGE ON SCHEMA economy TO parley_economy;
GRANT USAGE ON SCHEMA legal TO parley_legal;
GRANT USAGE ON SCHEMA vault TO parley_legal, parley_seal;
GRANT USAGE ON SCHEMA translog TO parley_log;
GRANT USAGE ON SCHEMA outbox TO
    parley_outbox, parley_messenger, parley_safety, parley_economy, parley_legal, parley_log, parley_staff;
