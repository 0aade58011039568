-- One person proposes to withhold a notice, another confirms it; the proposal keeps the notice back for two days.
ALTER TABLE legal.notices
    ADD COLUMN withhold_by text,
    ADD COLUMN withhold_because text,
    ADD COLUMN withhold_at timestamptz;
