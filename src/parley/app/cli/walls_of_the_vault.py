"""What `parley doctor` looks at around the vault: keys of the days that are copied, and who watches outside."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import asyncpg

from parley.app.cli.walls import Finding
from parley.storage.target import Target

#: What programs that copy or keep old states leave in the folders that they look after.
SYNCED: Final = {
    ".stfolder": "Syncthing", ".dropbox": "Dropbox", ".dropbox.cache": "Dropbox", ".owncloudsync.log": "ownCloud",
    ".nextcloudsync.log": "Nextcloud", ".git": "Git", ".hg": "Mercurial", ".borg": "Borg", ".restic": "restic",
}  # fmt: skip
SNAPSHOTS: Final = (".snapshots", ".zfs")
"""Folders in which file systems show old states of themselves; whether ours is among them they do not say."""
SILENT_AFTER: Final = timedelta(days=2)
_ENOUGH: Final = 2
_WATCHERS: Final = """
SELECT w.name, greatest(w.registered_at, max(c.received_at)) AS heard FROM translog.witnesses w
LEFT JOIN translog.cosignatures c USING (vkey)
WHERE NOT EXISTS (SELECT FROM translog.witness_removals r WHERE r.vkey = w.vkey)
GROUP BY w.vkey, w.name, w.registered_at ORDER BY w.name
"""


def of_copies(data_dir: Path) -> Iterator[Finding]:
    """Find signs that the keys of the days lie where something copies them: then deleting one ends nothing."""
    for folder in (data_dir / "erasure", data_dir, *data_dir.resolve().parents):
        for mark, name in SYNCED.items():
            if (folder / mark).exists():
                yield Finding(down=True, text=f"the keys in {data_dir / 'erasure'} are copied: {folder} has {name}")
        for mark in SNAPSHOTS:
            if (folder / mark).exists():
                text = f"{folder / mark} may hold old states of {data_dir / 'erasure'}: leave it out of snapshots"
                yield Finding(down=False, text=text)
    for path in sorted((data_dir / "erasure").glob("*")):
        if path.is_symlink() or path.stat().st_nlink > 1:
            yield Finding(down=True, text=f"{path} has a second name, which outlives its deletion")


async def of_watchers(target: Target, now: datetime) -> list[Finding]:
    """Say whether two custodians are enrolled, and whether somebody outside cosigns the log."""
    conn = await asyncpg.connect(**target.arguments("public"))
    try:
        custodians = await conn.fetchval("SELECT count(*) FROM vault.custodians WHERE status = 'active'")
        witnesses = await conn.fetch(_WATCHERS)
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError, asyncpg.InsufficientPrivilegeError):
        return []  # before the first start there is nothing to watch
    finally:
        await conn.close()
    found = []
    if custodians < _ENOUGH:
        found.append(Finding(down=False, text=f"{custodians} custodians: no address is kept before there are two"))
    if not witnesses:
        text = "nobody outside cosigns the public log: register a witness (`parley witness register`)"
        found.append(Finding(down=custodians >= _ENOUGH, text=text))
    silent = [row["name"] for row in witnesses if now - row["heard"] > SILENT_AFTER]
    found += [Finding(down=True, text=f"the witness {name} has cosigned nothing for two days") for name in silent]
    return found
