-- How far the server's own accounts have read their boxes: each message is answered once, also across a restart.
CREATE TABLE messenger.robot_progress (
    box_id bigint PRIMARY KEY,
    pts    integer NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON messenger.robot_progress TO parley_messenger;
