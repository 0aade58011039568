"""What the protocol makes and the accounts keep: an authorization key, and what a client said of itself with it.

It stands here because neither of these two rooms may import the other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from parley.core.ids import AuthKeyId


@dataclass(frozen=True, slots=True)
class ClientInfo:
    """What `initConnection` says about a client; strings are cut to 128 characters."""

    api_id: int = 0
    device_model: str = ""
    system_version: str = ""
    app_version: str = ""
    system_lang_code: str = ""
    lang_pack: str = ""
    lang_code: str = ""


@dataclass(frozen=True, slots=True)
class AuthKey:
    """One authorization key: `key` has 256 bytes, in the clear in memory alone; times in Unix seconds.

    `expires_at` is None for a permanent key; `bound_to` is the permanent key that a temporary one acts for.
    `layer` is 0 until a client has named one.
    """

    auth_key_id: AuthKeyId
    key: bytes = field(repr=False)
    created_at: int
    first_salt: int
    expires_at: int | None = None
    bound_to: AuthKeyId | None = None
    layer: int = 0
    client: ClientInfo | None = None
    test_mode: bool = False
