-- A person hears of a disclosure that was decided and could not be carried out, in words of its own.
ALTER TABLE legal.notices DROP CONSTRAINT notices_kind_check;
ALTER TABLE legal.notices ADD CONSTRAINT notices_kind_check CHECK (kind IN ('disclosure', 'attempt', 'unrecoverable'));
