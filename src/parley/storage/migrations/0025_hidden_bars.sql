-- The buttons above a stranger's chat (report, block, add), which a person has put away.
ALTER TABLE messenger.dialogs ADD COLUMN bar_hidden boolean NOT NULL DEFAULT false;
