-- Appending messages, many boxes in one call. The settings keep a plan that was made while the tables were empty
-- from reading them whole later.

-- For each item, in order: status, id, pts, microseconds of its date, and of the message that it answers the id in
-- this box (NULL if none), the sender and the random id (0 if none). Status: 0 appended, 1 known before (a repeat), 2 rights have changed since they were
-- checked (the channel's version is not the one of the check). `rights` is NULL where none were checked; `targets`
-- names the box that has to receive a copy; `clears` says that the sender's draft has become this message.
CREATE FUNCTION messenger.append_messages(
    home bigint, boxes bigint[], peers bigint[], authors bigint[], senders bigint[], randoms bigint[],
    dates timestamptz[], outs boolean[], texts text[], extras text[], replies integer[],
    reply_senders bigint[], reply_randoms bigint[], view_counts integer[], rights bigint[], targets bigint[],
    clears boolean[]
) RETURNS bigint[] LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    statuses smallint[];
    ids integer[];
    places integer[];
    moments timestamptz[];
    answered integer[];
    answered_senders bigint[];
    answered_randoms bigint[];
    missing boolean;
    fresh integer;
    relayed boolean;
    done integer;
BEGIN
    SELECT array_agg(CASE WHEN m.id IS NOT NULL THEN 1 WHEN w.version <> c.version THEN 2 ELSE 0 END
                     ORDER BY w.place),
           array_agg(m.id ORDER BY w.place),
           array_agg(m.pts ORDER BY w.place),
           array_agg(coalesce(m.date, w.date) ORDER BY w.place),
           array_agg(coalesce(r.id, q.id) ORDER BY w.place),
           array_agg(coalesce(r.sender_id, 0) ORDER BY w.place),
           array_agg(coalesce(r.random_id, 0) ORDER BY w.place),
           bool_or(b.box_id IS NULL),
           count(DISTINCT w.box_id) FILTER (WHERE m.id IS NULL AND (w.version = c.version) IS NOT FALSE),
           bool_or(w.target IS NOT NULL)
    INTO statuses, ids, places, moments, answered, answered_senders, answered_randoms, missing, fresh, relayed
    FROM unnest(boxes, senders, randoms, dates, replies, reply_senders, reply_randoms, rights, targets)
         WITH ORDINALITY
         AS w (box_id, sender_id, random_id, date, reply, reply_sender, reply_random, version, target, place)
    LEFT JOIN messenger.messages m
        ON m.box_id = w.box_id AND m.sender_id = w.sender_id AND m.random_id = w.random_id
    LEFT JOIN messenger.boxes b ON b.box_id = w.box_id
    LEFT JOIN messenger.channels c ON c.box_id = w.box_id AND w.version IS NOT NULL
    LEFT JOIN messenger.messages r ON r.box_id = w.box_id AND r.id = w.reply
    LEFT JOIN messenger.messages q
        ON q.box_id = w.box_id AND q.sender_id = w.reply_sender AND q.random_id = w.reply_random;

    IF missing THEN
        INSERT INTO messenger.boxes (box_id) SELECT DISTINCT unnest(boxes) ORDER BY 1 ON CONFLICT DO NOTHING;
        RETURN messenger.append_messages(home, boxes, peers, authors, senders, randoms, dates, outs, texts, extras,
                                         replies, reply_senders, reply_randoms, view_counts, rights, targets, clears);
    END IF;

    IF fresh > 0 THEN
        UPDATE messenger.boxes b SET pts = b.pts + n.items, last_id = b.last_id + n.items
        FROM (SELECT w.box_id, count(*)::integer AS items FROM unnest(boxes, statuses) AS w (box_id, status)
              WHERE w.status = 0 GROUP BY w.box_id ORDER BY w.box_id) n
        WHERE b.box_id = n.box_id;
        GET DIAGNOSTICS done = ROW_COUNT;
        IF done <> fresh THEN
            RAISE EXCEPTION 'a box went away' USING ERRCODE = '40001';
        END IF;

        SELECT array_agg(coalesce(w.id, b.last_id - w.items + w.nth) ORDER BY w.place),
               array_agg(coalesce(w.pts, b.pts - w.items + w.nth) ORDER BY w.place)
        INTO ids, places
        FROM (SELECT u.*, count(*) OVER (PARTITION BY u.box_id, u.status)::integer AS items,
                     row_number() OVER (PARTITION BY u.box_id, u.status ORDER BY u.place)::integer AS nth
              FROM unnest(boxes, statuses, ids, places) WITH ORDINALITY AS u (box_id, status, id, pts, place)) w
        JOIN messenger.boxes b ON b.box_id = w.box_id;

        INSERT INTO messenger.messages
            (box_id, id, pts, peer, from_id, sender_id, random_id, date, out, reply_to, views, text, extra)
        SELECT w.box_id, w.id, w.pts, w.peer, w.author, w.sender, w.random, w.date, w.out, w.reply, w.views, w.text,
               w.extra::jsonb
        FROM unnest(boxes, ids, places, peers, authors, senders, randoms, dates, outs, answered, view_counts, texts,
                    extras, statuses)
             AS w (box_id, id, pts, peer, author, sender, random, date, out, reply, views, text, extra, status)
        WHERE w.status = 0;

        INSERT INTO messenger.events (box_id, pts, pts_count, kind, date, message_id)
        SELECT w.box_id, w.pts, 1, 1, w.date, w.id
        FROM unnest(boxes, places, dates, ids, statuses) AS w (box_id, pts, date, id, status)
        WHERE w.status = 0;

        INSERT INTO messenger.dialogs AS d (box_id, peer, top_id, unread)
        SELECT w.box_id, w.peer, max(w.id), count(*) FILTER (WHERE NOT w.out AND w.peer <> w.box_id)
        FROM unnest(boxes, peers, ids, outs, statuses) AS w (box_id, peer, id, out, status)
        WHERE w.status = 0 AND w.box_id > 0
        GROUP BY w.box_id, w.peer
        ON CONFLICT (box_id, peer) DO UPDATE SET top_id = EXCLUDED.top_id, unread = d.unread + EXCLUDED.unread;

        IF true = ANY (clears) THEN
            UPDATE messenger.dialogs d SET draft = NULL
            FROM unnest(boxes, peers, clears, statuses) AS w (box_id, peer, clear, status)
            WHERE w.clear AND w.status = 0 AND d.box_id = w.box_id AND d.peer = w.peer AND d.draft IS NOT NULL;
        END IF;

        IF relayed THEN
            INSERT INTO messenger.relays (box_id, pts, target, kind, at, message_id, body)
            SELECT w.box_id, w.pts, w.target, 1, w.date, w.id,
                   CASE WHEN w.reply_random <> 0 THEN jsonb_build_array(w.reply_sender, w.reply_random) END
            FROM unnest(boxes, places, targets, dates, ids, answered_senders, answered_randoms, statuses)
                 AS w (box_id, pts, target, date, id, reply_sender, reply_random, status)
            WHERE w.status = 0 AND w.target IS NOT NULL;
        END IF;
    END IF;

    RETURN (
        SELECT array_agg(ARRAY[w.status::bigint, w.id, w.pts, (extract(epoch FROM w.date) * 1000000)::bigint,
                               w.reply, w.reply_sender, w.reply_random] ORDER BY w.place)
        FROM unnest(statuses, ids, places, moments, answered, answered_senders, answered_randoms) WITH ORDINALITY
             AS w (status, id, pts, date, reply, reply_sender, reply_random, place)
    );
END
$$;

-- Forget what was repeated in the other box. Losing this in a crash only means repeating it once more.
CREATE FUNCTION messenger.relays_done(home bigint, boxes bigint[], places integer[], targets bigint[])
RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    DELETE FROM messenger.relays r USING unnest(boxes, places, targets) AS w (box_id, pts, target)
    WHERE r.box_id = w.box_id AND r.pts = w.pts AND r.target = w.target;
END
$$;

GRANT EXECUTE ON FUNCTION messenger.append_messages, messenger.relays_done TO parley_messenger;
