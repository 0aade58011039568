-- Where the server asks a registered witness for cosignatures. The newest row of a witness holds.
CREATE TABLE translog.witness_addresses (
    address_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vkey text NOT NULL REFERENCES translog.witnesses,
    url text NOT NULL,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL
);
CREATE INDEX witness_addresses_by_witness ON translog.witness_addresses (vkey, address_id);
GRANT SELECT, INSERT ON translog.witness_addresses TO parley_log;
