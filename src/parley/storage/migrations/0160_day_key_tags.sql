-- The sealing role finds the key that an account has of a day again, so that each account has one a day whatever
-- restarts, other processes and full memories do. It reads public halves only; the tag is made under the day's
-- erasure key, which no database has: who writes into the database alone cannot have anything sealed to another key.
ALTER TABLE vault.day_keys ADD COLUMN tag bytea CHECK (octet_length(tag) = 16);
GRANT SELECT (day, account_id, key_id, public_key, erasure_id, tag) ON vault.day_keys TO parley_seal;
