-- A link may end at a time or after a number of people, and have a name for its administrator. `permanent` is the
-- administrator's own link, of which there is one; others are made beside it.
ALTER TABLE messenger.channel_invites
    ADD COLUMN permanent   boolean NOT NULL DEFAULT true,
    ADD COLUMN title       text NOT NULL DEFAULT '',
    ADD COLUMN expires_at  timestamptz,
    ADD COLUMN usage_limit integer,
    ADD COLUMN uses        integer NOT NULL DEFAULT 0;
