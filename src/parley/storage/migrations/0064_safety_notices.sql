-- Who sent a notice by the public form (DSA Article 16): kept apart from the report, for the answer only.
CREATE TABLE safety.notifiers (
    report_id text PRIMARY KEY REFERENCES safety.reports,
    name      text NOT NULL,
    email     text NOT NULL
);
GRANT SELECT, INSERT, DELETE ON safety.notifiers TO parley_safety;
