"""The second factor: no account has one yet, and clients learn with which parameters one would be made."""

from __future__ import annotations

import secrets

from parley.mtproto.diffie_hellman import GENERATOR, PRIME_BYTES
from parley.rpc.context import Context
from parley.rpc.registry import method
from parley.tl import functions, types


@method("account.getPassword", anonymous=True)
async def get_password(ctx: Context, request: functions.account.GetPassword) -> types.account.Password:
    """Say that there is no password, with the algorithms of core.telegram.org/api/srp."""
    return types.account.Password(
        new_algo=types.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow(
            salt1=secrets.token_bytes(8), salt2=secrets.token_bytes(16), g=GENERATOR, p=PRIME_BYTES
        ),
        new_secure_algo=types.SecurePasswordKdfAlgoPBKDF2HMACSHA512iter100000(salt=secrets.token_bytes(8)),
        secure_random=secrets.token_bytes(256),
    )


@method("account.getPasskeys")
async def get_passkeys(ctx: Context, request: functions.account.GetPasskeys) -> types.account.Passkeys:
    """List the account's passkeys: none, as accounts sign in by code."""
    return types.account.Passkeys(passkeys=[])
