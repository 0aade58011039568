"""What a running server does for secrets that are being changed: it ends the old ones and puts that on record."""

from __future__ import annotations

from parley.app import keys
from parley.app.rotation import rotating, windows
from parley.app.wiring.foundation import Foundation
from parley.core.recurring import Recurring
from parley.messenger.accounts.rekeying import Moved, Rekeying
from parley.messenger.accounts.sealing import Secrets
from parley.storage import audit

_TRY_AGAIN_S = 20.0
ACTOR = "system"
ENDED = "secrets.old_value_destroyed"


class SecretUpkeep:
    """Destroys former values when their time is over, and moves rows to a new accounts key."""

    def __init__(self, base: Foundation) -> None:
        self._base = base

    async def destroy_over(self) -> None:
        """Destroy former values whose date has passed; a step of the sweeping."""
        for name in rotating.destroy_over(self._base.data_dir, self._base.clock.now()):
            await audit.record(self._base.of("messenger"), self._base.clock.now(), ACTOR, ENDED, name)

    def rekeying(self, secrets: Secrets) -> Recurring:
        """The change of the accounts key, which does nothing when none is under way."""
        hold = self._base.lease("messenger", "accounts key").hold
        work = Rekeying(self._base.of("messenger"), secrets, hold, self._accounts_moved)
        return Recurring(work.run, hold, _TRY_AGAIN_S)

    async def _accounts_moved(self, moved: Moved) -> None:
        figures = {"phones": moved.phones, "auth_keys": moved.auth_keys, "damaged": moved.damaged}
        db, now = self._base.of("messenger"), self._base.clock.now()
        await audit.record(db, now, ACTOR, ENDED, "accounts", figures)
        if not keys.given_by_environment("accounts"):
            windows.end(keys.secrets_dir(self._base.data_dir) / "accounts")
