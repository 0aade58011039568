-- What a new log said of the one before it is public, with the leaf that commits to it: pages prove old receipts by
-- it. The view shows these leaves' salts and openings and no others.
CREATE VIEW translog.announced AS
    SELECT a.log_id AS of_log, a.document, l.log_id, l.leaf_index, l.batch, l.leaf, l.salt, l.opening, a.entry_id
    FROM translog.announcements a LEFT JOIN translog.leaves l USING (entry_id);
GRANT SELECT ON translog.announced, translog.witness_addresses TO parley_log, parley_legal, parley_public;
