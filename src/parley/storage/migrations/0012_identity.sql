-- The only door from the legal desk into the messenger: who held which identifier when, and an account's number.
-- The functions answer one identifier at a time; the legal role has no right on any table behind them.

CREATE SCHEMA identity;

CREATE FUNCTION identity.holders_of_username(wanted text)
RETURNS TABLE (owner_kind text, owner_id bigint, since timestamptz, until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.owner_kind, p.owner_id, p.since, p.until
    FROM messenger.username_periods p WHERE p.name = wanted ORDER BY p.since
$$;

CREATE FUNCTION identity.holders_of_phone(wanted bytea)
RETURNS TABLE (account_id bigint, since timestamptz, until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.account_id, p.since, p.until
    FROM messenger.phone_periods p WHERE p.phone_index = wanted ORDER BY p.since
$$;

CREATE FUNCTION identity.life_of_account(wanted bigint)
RETURNS TABLE (since timestamptz, until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT a.created_at, a.deleted_at FROM messenger.accounts a WHERE a.account_id = wanted
$$;

CREATE FUNCTION identity.phones_of_account(wanted bigint)
RETURNS TABLE (sealed bytea, since timestamptz, until timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT p.sealed, p.since, p.until
    FROM messenger.account_phones p WHERE p.account_id = wanted ORDER BY p.since
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA identity FROM PUBLIC;
GRANT USAGE ON SCHEMA identity TO parley_legal;
GRANT EXECUTE ON FUNCTION
    identity.holders_of_username(text), identity.holders_of_phone(bytea),
    identity.life_of_account(bigint), identity.phones_of_account(bigint)
    TO parley_legal;
