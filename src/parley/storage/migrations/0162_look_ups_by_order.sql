-- The legal desk's door into the messenger asks for a reason now: who held an identifier is told for an order that
-- names it, and an account's number for a release or a preservation of that account by two people. Both are written into
-- the audit trail by the function itself, so that no look-up stays unseen whoever calls it.

-- The keyed hashes of a task's phone number: the number that may be looked up for it, and no other.
ALTER TABLE legal.tasks ADD COLUMN lookup_keys bytea[] NOT NULL DEFAULT '{}';
GRANT UPDATE (account_id) ON legal.tasks TO parley_legal;

DROP FUNCTION identity.holders_of_username(text);
DROP FUNCTION identity.holders_of_phone(bytea);
DROP FUNCTION identity.life_of_account(bigint);
DROP FUNCTION identity.phones_of_account(bigint);

CREATE FUNCTION identity.demand_order(for_order text, kind text, named text, key bytea, asked_at timestamptz)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    officer text;
BEGIN
    SELECT o.officer_id INTO officer FROM legal.orders o JOIN legal.tasks t ON t.order_id = o.order_id
    WHERE o.order_id = for_order AND o.closed_at IS NULL AND t.format_name = kind
      AND (t.value = named OR key = ANY (t.lookup_keys)) LIMIT 1;
    IF officer IS NULL THEN
        RAISE insufficient_privilege USING MESSAGE = 'no open order names this identifier';
    END IF;
    PERFORM audit.append(
        asked_at, 'officer:' || officer, 'identity.looked_up', for_order, jsonb_build_object('kind', kind)
    );
END
$$;

CREATE FUNCTION identity.holders_of_username(wanted text, for_order text, asked_at timestamptz)
RETURNS TABLE (owner_kind text, owner_id bigint, since timestamptz, until timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM identity.demand_order(for_order, 'username', wanted, NULL, asked_at);
    RETURN QUERY SELECT p.owner_kind, p.owner_id, p.since, p.until
    FROM messenger.username_periods p WHERE p.name = wanted ORDER BY p.since;
END
$$;

CREATE FUNCTION identity.holders_of_phone(wanted bytea, for_order text, asked_at timestamptz)
RETURNS TABLE (account_id bigint, since timestamptz, until timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM identity.demand_order(for_order, 'phone', NULL, wanted, asked_at);
    RETURN QUERY SELECT p.account_id, p.since, p.until
    FROM messenger.phone_periods p WHERE p.phone_index = wanted ORDER BY p.since;
END
$$;

CREATE FUNCTION identity.life_of_account(wanted bigint, for_order text, asked_at timestamptz)
RETURNS TABLE (since timestamptz, until timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM identity.demand_order(for_order, 'account', wanted::text, NULL, asked_at);
    RETURN QUERY SELECT a.created_at, a.deleted_at FROM messenger.accounts a WHERE a.account_id = wanted;
END
$$;

-- `reason` is a release that two people signed, or a preservation that one person proposed and another is confirming.
CREATE FUNCTION identity.phones_of_account(wanted bigint, reason text, asked_at timestamptz)
RETURNS TABLE (sealed bytea, since timestamptz, until timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM legal.releases r WHERE r.release_id = reason AND r.account_id = wanted
          AND r.state IN ('decided', 'peeled')
          AND (SELECT count(DISTINCT a.staff_id) FROM legal.release_approvals a WHERE a.release_id = r.release_id) > 1
    ) AND NOT EXISTS (
        SELECT FROM legal.preservations p JOIN legal.tasks t ON t.task_id = p.task_id
        WHERE p.preservation_id = reason AND p.ended_at IS NULL AND t.account_id = wanted AND 'phone' = ANY (t.fields)
    ) THEN
        RAISE insufficient_privilege USING MESSAGE = 'no release that two people signed is of this account';
    END IF;
    PERFORM audit.append(asked_at, 'system', 'identity.number_read', reason, jsonb_build_object('account', wanted));
    RETURN QUERY SELECT p.sealed, p.since, p.until
    FROM messenger.account_phones p WHERE p.account_id = wanted ORDER BY p.since;
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA identity FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    identity.holders_of_username(text, text, timestamptz), identity.holders_of_phone(bytea, text, timestamptz),
    identity.life_of_account(bigint, text, timestamptz), identity.phones_of_account(bigint, text, timestamptz)
    TO parley_legal;
