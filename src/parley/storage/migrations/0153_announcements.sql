-- What a new log says at its beginning: which log came before it and why it began (canonical JSON, public).
CREATE TABLE translog.announcements (
    log_id integer PRIMARY KEY REFERENCES translog.logs,
    document text NOT NULL,
    entry_id text NOT NULL REFERENCES translog.entries
);
GRANT SELECT, INSERT ON translog.announcements TO parley_log;
