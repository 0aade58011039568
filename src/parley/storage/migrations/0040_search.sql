-- What search may show of an entity, and how far the index has read each channel's box.
-- An entity without a row is eligible.

CREATE TABLE messenger.listings (
    entity_id   bigint NOT NULL,
    entity_kind text NOT NULL CHECK (entity_kind IN ('user', 'channel')),
    state       text NOT NULL CHECK (state IN ('eligible', 'pending', 'hidden')),
    reason      text NOT NULL DEFAULT '',
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (entity_id, entity_kind)
);

CREATE TABLE messenger.search_progress (
    box_id bigint PRIMARY KEY,
    pts    integer NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON messenger.listings, messenger.search_progress TO parley_messenger;

-- What the desk says about reported search terms (folded). Nothing here tells who searched.
CREATE TABLE messenger.search_terms (
    term    text PRIMARY KEY,
    verdict text NOT NULL CHECK (verdict IN ('open', 'allowed', 'filtered', 'help'))
);

GRANT SELECT, INSERT, UPDATE, DELETE ON messenger.search_terms TO parley_messenger;
