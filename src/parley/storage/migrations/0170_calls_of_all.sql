-- What creating calls made lies in one table, whichever feature they belong to.
INSERT INTO messenger.calls (account_id, call_id, result, made_at)
SELECT account_id, call_id, jsonb_build_object('channel', -box_id), created_at FROM messenger.channel_creations
ON CONFLICT (account_id, call_id) DO NOTHING;

DROP TABLE messenger.channel_creations;
