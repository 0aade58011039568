"""What everybody may see of the log and of the vault, read with the rights for exactly that."""

from __future__ import annotations

from dataclasses import dataclass

from parley.app.wiring.foundation import Foundation
from parley.legal.reporting.service import Reporting
from parley.legal.translog.cosigning import Witnesses
from parley.legal.translog.quarterly import Quarterly
from parley.legal.translog.reading import LogReader
from parley.legal.vault.erasure import ErasureKeys
from parley.legal.vault.service import Vault
from parley.storage.database import Database
from parley.storage.roles import Duty


@dataclass(frozen=True, slots=True)
class Published:
    """Readers of what is public; `vault` says only whether addresses are kept, by how many custodians."""

    database: Database
    reader: LogReader
    witnesses: Witnesses
    quarterly: Quarterly
    reporting: Reporting
    vault: Vault


def build(base: Foundation, origin: str, duty: Duty = "public") -> Published:
    """Build the readers as one of the duties that may read this."""
    database, clock = base.of(duty), base.clock
    quarterly = Quarterly(database, clock, closed=base.settings.log_closed_leaves)
    return Published(
        database=database,
        reader=LogReader(database),
        witnesses=Witnesses(database, clock),
        quarterly=quarterly,
        reporting=Reporting(quarterly, clock, f"{origin}/transparency"),
        vault=Vault(
            database, ErasureKeys(base.data_dir / "erasure"), clock, retention_days=base.settings.retention_days
        ),
    )
