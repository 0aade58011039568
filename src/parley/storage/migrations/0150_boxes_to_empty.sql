-- Boxes whose account or channel was deleted. A row stays until what the box held is gone and nothing can arrive any
-- more, so that a server that stops in the middle goes on where it was.
CREATE TABLE messenger.boxes_to_empty (
    box_id     bigint PRIMARY KEY,
    deleted_at timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON messenger.boxes_to_empty TO parley_messenger;
