-- Changing what a box holds: editing, deleting, reading, pinning. Each function works on one box, answers with the
-- box's new `pts` (0 when nothing changed, so that a repeat is harmless), and leaves a relay row for the other end.

CREATE FUNCTION messenger.grow(box bigint, steps integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    reached integer;
BEGIN
    UPDATE messenger.boxes SET pts = pts + steps WHERE box_id = box RETURNING pts INTO reached;
    IF NOT FOUND THEN
        INSERT INTO messenger.boxes (box_id, pts) VALUES (box, 1 + steps)
        ON CONFLICT (box_id) DO UPDATE SET pts = messenger.boxes.pts + steps RETURNING pts INTO reached;
    END IF;
    RETURN reached;
END
$$;

CREATE FUNCTION messenger.log_event(
    box bigint, steps integer, event_kind integer, at timestamptz, message integer, content jsonb
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    reached integer := messenger.grow(box, steps);
BEGIN
    INSERT INTO messenger.events (box_id, pts, pts_count, kind, date, message_id, body)
    VALUES (box, reached, steps, event_kind, at, message, content);
    RETURN reached;
END
$$;

-- `relayed` is NULL or the box that holds the copy.
CREATE FUNCTION messenger.edit_message(
    box bigint, message integer, new_text text, new_extra jsonb, at timestamptz, relayed bigint
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    edited messenger.messages;
    reached integer;
BEGIN
    reached := messenger.grow(box, 1);
    UPDATE messenger.messages SET text = new_text, extra = new_extra, edit_date = at, edits = edits + 1
    WHERE box_id = box AND id = message RETURNING * INTO edited;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the message is gone' USING ERRCODE = 'P0002';
    END IF;
    INSERT INTO messenger.events (box_id, pts, pts_count, kind, date, message_id) VALUES (box, reached, 1, 2, at, message);
    IF relayed IS NOT NULL THEN
        INSERT INTO messenger.relays (box_id, pts, target, kind, at, body)
        VALUES (box, reached, relayed, 2, at, jsonb_build_object(
            'sender', edited.sender_id, 'random', edited.random_id, 'text', new_text, 'extra', new_extra,
            'edits', edited.edits));
    END IF;
    RETURN reached;
END
$$;

CREATE FUNCTION messenger.edit_copy(
    box bigint, sender bigint, random bigint, new_text text, new_extra jsonb, number integer, at timestamptz
) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    found_id integer;
BEGIN
    UPDATE messenger.messages SET text = new_text, extra = new_extra, edit_date = at, edits = number
    WHERE box_id = box AND sender_id = sender AND random_id = random AND edits < number RETURNING id INTO found_id;
    IF NOT FOUND THEN
        RETURN ARRAY[0, 0];
    END IF;
    RETURN ARRAY[messenger.log_event(box, 1, 2, at, found_id, NULL), found_id];
END
$$;

-- After a deletion the dialog shows what is left.
CREATE FUNCTION messenger.recount_dialogs(box bigint, of_peers bigint[]) RETURNS void LANGUAGE sql AS $$
    UPDATE messenger.dialogs d SET
        top_id = coalesce((SELECT max(m.id) FROM messenger.messages m WHERE m.box_id = box AND m.peer = d.peer), 0),
        unread = (SELECT count(*) FROM messenger.messages m
                  WHERE m.box_id = box AND m.peer = d.peer AND m.id > d.read_inbox AND NOT m.out AND m.peer <> box)
    WHERE d.box_id = box AND d.peer = ANY (of_peers)
$$;

-- The answer is the new pts followed by the ids that were really deleted. With `revoke` the copies go too.
CREATE FUNCTION messenger.delete_messages(box bigint, wanted integer[], revoke boolean, at timestamptz)
RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    gone integer[];
    of_peers bigint[];
    copies jsonb[];
    reached integer;
BEGIN
    reached := messenger.grow(box, 0);
    WITH deleted AS (
        DELETE FROM messenger.messages WHERE box_id = box AND id = ANY (wanted)
        RETURNING id, peer, sender_id, random_id
    )
    SELECT array_agg(id ORDER BY id), array_agg(peer ORDER BY id),
           array_agg(jsonb_build_array(sender_id, random_id) ORDER BY id)
    INTO gone, of_peers, copies FROM deleted;
    IF gone IS NULL THEN
        RETURN ARRAY[0];
    END IF;
    reached := messenger.log_event(box, cardinality(gone), 3, at, NULL, jsonb_build_object('ids', to_jsonb(gone)));
    IF box > 0 THEN
        PERFORM messenger.recount_dialogs(box, of_peers);
    END IF;
    IF revoke THEN
        INSERT INTO messenger.relays (box_id, pts, target, kind, at, body)
        SELECT box, reached, w.peer, 3, at, jsonb_build_object('copies', jsonb_agg(w.copy))
        FROM unnest(of_peers, copies) AS w (peer, copy) WHERE w.peer > 0 AND w.peer <> box GROUP BY w.peer;
    END IF;
    RETURN reached || gone;
END
$$;

CREATE FUNCTION messenger.delete_copies(box bigint, senders bigint[], randoms bigint[], at timestamptz)
RETURNS integer[] LANGUAGE sql AS $$
    SELECT messenger.delete_messages(box, coalesce(array_agg(m.id), '{}'), false, at)
    FROM unnest(senders, randoms) AS w (sender, random)
    JOIN messenger.messages m ON m.box_id = box AND m.sender_id = w.sender AND m.random_id = w.random
$$;

-- The answer is the new pts and how many stay unread.
CREATE FUNCTION messenger.read_dialog(box bigint, of_peer bigint, up_to integer, at timestamptz)
RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    left_unread integer;
    reached integer;
    newest messenger.messages;
BEGIN
    reached := messenger.grow(box, 0);
    SELECT * INTO newest FROM messenger.messages m
    WHERE m.box_id = box AND m.peer = of_peer AND m.id <= up_to AND NOT m.out ORDER BY m.id DESC LIMIT 1;
    UPDATE messenger.dialogs d SET read_inbox = newest.id, unread_mark = false,
        unread = (SELECT count(*) FROM messenger.messages m
                  WHERE m.box_id = box AND m.peer = of_peer AND m.id > newest.id AND NOT m.out AND of_peer <> box)
    WHERE d.box_id = box AND d.peer = of_peer AND d.read_inbox < newest.id RETURNING d.unread INTO left_unread;
    IF NOT FOUND THEN
        RETURN ARRAY[0, 0];
    END IF;
    reached := messenger.log_event(box, 1, 4, at, NULL, jsonb_build_object(
        'peer', of_peer, 'max', up_to, 'unread', left_unread));
    IF of_peer > 0 AND of_peer <> box THEN
        INSERT INTO messenger.relays (box_id, pts, target, kind, at, body)
        VALUES (box, reached, of_peer, 5, at, jsonb_build_object(
            'sender', newest.sender_id, 'random', newest.random_id));
    END IF;
    RETURN ARRAY[reached, left_unread];
END
$$;

-- The other end has read up to this message of ours. The answer is the new pts and the id.
CREATE FUNCTION messenger.read_by_peer(box bigint, of_peer bigint, sender bigint, random bigint, at timestamptz)
RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    seen integer;
BEGIN
    SELECT id INTO seen FROM messenger.messages WHERE box_id = box AND sender_id = sender AND random_id = random;
    UPDATE messenger.dialogs SET read_outbox = seen WHERE box_id = box AND peer = of_peer AND read_outbox < seen;
    IF NOT FOUND THEN
        RETURN ARRAY[0, 0];
    END IF;
    RETURN ARRAY[messenger.log_event(box, 1, 5, at, NULL, jsonb_build_object('peer', of_peer, 'max', seen)), seen];
END
$$;

CREATE FUNCTION messenger.pin_messages(
    box bigint, of_peer bigint, wanted integer[], pin boolean, at timestamptz, relayed bigint
) RETURNS integer[] LANGUAGE plpgsql AS $$
DECLARE
    changed integer[];
    copies jsonb;
    reached integer;
BEGIN
    reached := messenger.grow(box, 0);
    WITH touched AS (
        UPDATE messenger.messages SET pinned = pin
        WHERE box_id = box AND peer = of_peer AND id = ANY (wanted) AND pinned <> pin
        RETURNING id, sender_id, random_id
    )
    SELECT array_agg(id ORDER BY id), jsonb_agg(jsonb_build_array(sender_id, random_id)) INTO changed, copies
    FROM touched;
    IF changed IS NULL THEN
        RETURN ARRAY[0];
    END IF;
    reached := messenger.log_event(box, cardinality(changed), 6, at, NULL, jsonb_build_object(
        'peer', of_peer, 'ids', to_jsonb(changed), 'pinned', pin));
    IF relayed IS NOT NULL THEN
        INSERT INTO messenger.relays (box_id, pts, target, kind, at, body)
        VALUES (box, reached, relayed, 6, at, jsonb_build_object('copies', copies, 'pinned', pin));
    END IF;
    RETURN reached || changed;
END
$$;

CREATE FUNCTION messenger.pin_copies(
    box bigint, of_peer bigint, senders bigint[], randoms bigint[], pin boolean, at timestamptz
) RETURNS integer[] LANGUAGE sql AS $$
    SELECT messenger.pin_messages(box, of_peer, coalesce(array_agg(m.id), '{}'), pin, at, NULL)
    FROM unnest(senders, randoms) AS w (sender, random)
    JOIN messenger.messages m ON m.box_id = box AND m.sender_id = w.sender AND m.random_id = w.random
$$;

-- Views are counted in memory and added here, many messages of many channels at once.
CREATE FUNCTION messenger.add_views(home bigint, boxes bigint[], posts integer[], added integer[])
RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE messenger.messages m SET views = coalesce(m.views, 0) + w.added
    FROM (SELECT u.* FROM unnest(boxes, posts, added) AS u (box_id, id, added) ORDER BY 1, 2) w
    WHERE m.box_id = w.box_id AND m.id = w.id;
END
$$;

GRANT EXECUTE ON FUNCTION
    messenger.grow, messenger.log_event, messenger.edit_message, messenger.edit_copy, messenger.recount_dialogs,
    messenger.delete_messages, messenger.delete_copies, messenger.read_dialog, messenger.read_by_peer,
    messenger.pin_messages, messenger.pin_copies, messenger.add_views
    TO parley_messenger;
