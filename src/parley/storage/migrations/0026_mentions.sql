-- Where a member of a supergroup was mentioned and has not looked yet. The row lies in the member's box and names the
-- group's box and the message there.
CREATE TABLE messenger.mentions (
    box_id     bigint NOT NULL,
    peer       bigint NOT NULL,
    message_id integer NOT NULL,
    PRIMARY KEY (box_id, peer, message_id)
);
GRANT SELECT, INSERT, DELETE ON messenger.mentions TO parley_messenger;
