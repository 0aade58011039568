-- Until when an order asks for secrecy stands in its filing; what holds stands in legal.gags.

ALTER TABLE legal.orders DROP COLUMN gag_until;
