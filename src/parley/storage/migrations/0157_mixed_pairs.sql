-- The days of a release may have been split for different pairs of custodians: as many of them as it takes hand on
-- what they hold, each once. A half is passed to a partner; a key that came together is passed on whole, sealed.
ALTER TABLE legal.releases ADD COLUMN handed_on text[] NOT NULL DEFAULT '{}', ADD COLUMN given_up date[] NOT NULL DEFAULT '{}';
UPDATE legal.releases SET handed_on = ARRAY[first_custodian] WHERE first_custodian IS NOT NULL;
ALTER TABLE legal.releases DROP COLUMN first_custodian;
ALTER TABLE legal.release_shares ADD COLUMN whole boolean NOT NULL DEFAULT false;
ALTER TABLE legal.release_shares DROP CONSTRAINT release_shares_pkey;
ALTER TABLE legal.release_shares ADD PRIMARY KEY (release_id, sender, receiver, day, key_id);

-- What nobody can open any more is given up by two people; the rest of the release goes on, if there is any.
ALTER TABLE legal.releases DROP CONSTRAINT releases_state_check;
ALTER TABLE legal.releases ADD CONSTRAINT releases_state_check CHECK
    (state IN ('prepared', 'decided', 'peeled', 'delivered', 'closed', 'withdrawn', 'unrecoverable'));
CREATE TABLE legal.givings_up (
    giving_up_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    release_id   text NOT NULL REFERENCES legal.releases,
    proposed_at  timestamptz NOT NULL,
    proposed_by  text NOT NULL,
    why          text NOT NULL,
    ended_at     timestamptz,
    ended_by     text,
    confirmed    boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX givings_up_waiting ON legal.givings_up (release_id) WHERE ended_at IS NULL;
GRANT SELECT, INSERT, UPDATE ON legal.givings_up TO parley_legal;
