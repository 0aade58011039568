"""SQL of authorization keys and the devices that an account is signed in on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from parley.core.auth_keys import AuthKey, ClientInfo
from parley.core.ids import AccountId, AuthKeyId
from parley.messenger.accounts.model import Device
from parley.messenger.sql import Executor


async def insert_key(db: Executor, key: AuthKey, sealed: bytes) -> bool:
    """Write a new key; False when the id is taken, which ends that key exchange."""
    done = await db.fetchval(
        "INSERT INTO messenger.auth_keys"
        " (auth_key_id, sealed, created_at, first_salt, expires_at, layer, test_mode)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (auth_key_id) DO NOTHING RETURNING auth_key_id",
        key.auth_key_id,
        sealed,
        key.created_at,
        key.first_salt,
        key.expires_at,
        key.layer,
        key.test_mode,
    )
    return done is not None


async def key_row(db: Executor, key_id: AuthKeyId) -> Any:
    """Read one key's row, sealed; None when there is none."""
    return await db.fetchrow("SELECT * FROM messenger.auth_keys WHERE auth_key_id = $1", key_id)


async def accounts_of_keys(db: Executor, key_ids: Collection[AuthKeyId]) -> dict[AuthKeyId, AccountId]:
    """Find the accounts that keys are signed in to."""
    rows = await db.fetch(
        "SELECT auth_key_id, account_id FROM messenger.auth_keys"
        " WHERE auth_key_id = ANY($1::bigint[]) AND account_id IS NOT NULL",
        list(key_ids),
    )
    return {AuthKeyId(row["auth_key_id"]): AccountId(row["account_id"]) for row in rows}


async def delete_key(db: Executor, key_id: AuthKeyId) -> None:
    """Forget a key and every temporary key that is bound to it."""
    rows = await db.fetch("DELETE FROM messenger.bound_keys WHERE permanent_id = $1 RETURNING temporary_id", key_id)
    gone = [key_id, *(row["temporary_id"] for row in rows)]
    await db.execute("DELETE FROM messenger.auth_keys WHERE auth_key_id = ANY($1::bigint[])", gone)


async def bind_key(db: Executor, temporary: AuthKeyId, permanent: AuthKeyId, expires_at: int) -> None:
    """Let a temporary key act for a permanent one."""
    await db.execute(
        "UPDATE messenger.auth_keys SET bound_to = $2, expires_at = $3 WHERE auth_key_id = $1",
        temporary,
        permanent,
        expires_at,
    )
    await db.execute(
        "INSERT INTO messenger.bound_keys (permanent_id, temporary_id) VALUES ($1, $2)"
        " ON CONFLICT (permanent_id, temporary_id) DO NOTHING",
        permanent,
        temporary,
    )


async def bound_keys(db: Executor, permanent: AuthKeyId) -> list[AuthKeyId]:
    """Name the temporary keys that are bound to a permanent one."""
    rows = await db.fetch("SELECT temporary_id FROM messenger.bound_keys WHERE permanent_id = $1", permanent)
    return [AuthKeyId(row["temporary_id"]) for row in rows]


async def describe_key(db: Executor, key_id: AuthKeyId, layer: int, client: ClientInfo | None) -> None:
    """Remember the layer of a key and, where given, its client, for pushes after a restart."""
    if client is None:
        await db.execute("UPDATE messenger.auth_keys SET layer = $2 WHERE auth_key_id = $1", key_id, layer)
        return
    await db.execute(
        "UPDATE messenger.auth_keys SET layer = $2, api_id = $3, device_model = $4, system_version = $5,"
        " app_version = $6, system_lang_code = $7, lang_pack = $8, lang_code = $9 WHERE auth_key_id = $1",
        key_id,
        layer,
        client.api_id,
        client.device_model,
        client.system_version,
        client.app_version,
        client.system_lang_code,
        client.lang_pack,
        client.lang_code,
    )


async def attach_account(db: Executor, key_ids: Collection[AuthKeyId], account: AccountId | None) -> None:
    """Sign keys in or out; of a key that is signed out it is forgotten what its device is."""
    await db.execute(
        "UPDATE messenger.auth_keys SET account_id = $2 WHERE auth_key_id = ANY($1::bigint[])",
        list(key_ids),
        account,
    )
    if account is None:
        await db.execute(
            "UPDATE messenger.auth_keys SET api_id = 0, device_model = '', system_version = '', app_version = '',"
            " system_lang_code = '', lang_pack = '', lang_code = '' WHERE auth_key_id = ANY($1::bigint[])",
            list(key_ids),
        )


async def purge_keys(db: Executor, now: int) -> None:
    """Forget temporary keys that expired before `now` (Unix seconds): a background scan."""
    rows = await db.fetch(
        "DELETE FROM messenger.auth_keys WHERE expires_at < $1 RETURNING auth_key_id, bound_to", now
    )
    bound = [row for row in rows if row["bound_to"] is not None]
    await db.execute(
        "DELETE FROM messenger.bound_keys"
        " WHERE permanent_id = ANY($1::bigint[]) AND temporary_id = ANY($2::bigint[])",
        [row["bound_to"] for row in bound],
        [row["auth_key_id"] for row in bound],
    )


async def insert_device(db: Executor, device: Device) -> None:
    """List a device of an account, or refresh it."""
    await db.execute(
        "INSERT INTO messenger.devices (account_id, auth_key_id, api_id, device_model, system_version,"
        " app_version, lang_code, created_at, active_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        " ON CONFLICT (account_id, auth_key_id) DO UPDATE SET api_id = $3, device_model = $4,"
        " system_version = $5, app_version = $6, lang_code = $7, created_at = $8, active_at = $9",
        device.account_id,
        device.auth_key_id,
        device.api_id,
        device.device_model,
        device.system_version,
        device.app_version,
        device.lang_code,
        device.created_at,
        device.active_at,
    )


async def refresh_device(
    db: Executor, account: AccountId, key_id: AuthKeyId, client: ClientInfo, at: datetime
) -> None:
    """Note what a device's client says of itself now, and that it is active."""
    await db.execute(
        "UPDATE messenger.devices SET api_id = $3, device_model = $4, system_version = $5, app_version = $6,"
        " lang_code = $7, active_at = $8 WHERE account_id = $1 AND auth_key_id = $2",
        account,
        key_id,
        client.api_id,
        client.device_model,
        client.system_version,
        client.app_version,
        client.lang_code,
        at,
    )


async def devices(db: Executor, account: AccountId) -> list[Device]:
    """Read an account's devices, the most recently active first."""
    rows = await db.fetch("SELECT * FROM messenger.devices WHERE account_id = $1 ORDER BY active_at DESC", account)
    return [_device(row) for row in rows]


async def delete_devices(db: Executor, account: AccountId, key_ids: Collection[AuthKeyId]) -> list[AuthKeyId]:
    """Take devices off the list; gives those that were on it."""
    rows = await db.fetch(
        "DELETE FROM messenger.devices WHERE account_id = $1 AND auth_key_id = ANY($2::bigint[])"
        " RETURNING auth_key_id",
        account,
        list(key_ids),
    )
    return [AuthKeyId(row["auth_key_id"]) for row in rows]


def _device(row: Any) -> Device:
    return Device(
        auth_key_id=AuthKeyId(row["auth_key_id"]),
        account_id=AccountId(row["account_id"]),
        api_id=row["api_id"],
        device_model=row["device_model"],
        system_version=row["system_version"],
        app_version=row["app_version"],
        lang_code=row["lang_code"],
        created_at=row["created_at"],
        active_at=row["active_at"],
    )


async def unbind_key(db: Executor, permanent: AuthKeyId, temporary: AuthKeyId) -> None:
    """Forget that a temporary key acted for a permanent one."""
    await db.execute(
        "DELETE FROM messenger.bound_keys WHERE permanent_id = $1 AND temporary_id = $2", permanent, temporary
    )
