-- How many cosignatures a custodian's tool demands before it opens anything, and whose count, as the tool reported it.
ALTER TABLE vault.custodians ADD COLUMN policy_minimum smallint, ADD COLUMN policy_of text[] NOT NULL DEFAULT '{}';
