-- A read mark names the newest message that was read, never the number that a client asked with: "all of it" comes
-- as the largest integer. The answer is the new pts, how many stay unread, and the id up to which was read.
CREATE OR REPLACE FUNCTION messenger.read_dialog(box bigint, of_peer bigint, up_to integer, at timestamptz)
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
        RETURN ARRAY[0, 0, 0];
    END IF;
    reached := messenger.log_event(box, 1, 4, at, NULL, jsonb_build_object(
        'peer', of_peer, 'max', newest.id, 'unread', left_unread));
    IF of_peer > 0 AND of_peer <> box THEN
        INSERT INTO messenger.relays (box_id, pts, target, kind, at, body)
        VALUES (box, reached, of_peer, 5, at, jsonb_build_object(
            'sender', newest.sender_id, 'random', newest.random_id));
    END IF;
    RETURN ARRAY[reached, left_unread, newest.id];
END
$$;
