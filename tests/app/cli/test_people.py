"""The operator lets people in from the command line, beside the running server."""

from __future__ import annotations

import asyncio
import io
import re
from pathlib import Path

from parley.app.witness.keeping import make_key
from parley.core.clock import SystemClock
from parley.legal.vault.erasure import ErasureKeys
from parley.legal.vault.service import Vault
from parley.storage.pools import Pools
from parley.storage.supervisor import running
from tests.legal.conftest import enrolled


def test_staff_get_a_link(typed) -> None:  # type: ignore[no-untyped-def]
    """A new colleague gets a link that works once; a lost one gets another; the list shows who is who."""
    link = typed("staff", "add", "Ana", "--role", "admin", "--role", "legal", "--http-port", "81").strip()
    assert re.fullmatch(r"http://localhost:81/desk/enrol/[\w-]{20,}", link)
    public = typed("staff", "invite", "ana", "--public-url", "https://chat.example.org/").strip()
    assert public.startswith("https://chat.example.org/desk/enrol/")
    assert public.rpartition("/")[2] != link.rpartition("/")[2]
    assert "Ana\tadmin,legal\tnot enrolled yet\tpasskeys=0" in typed("staff", "list")
    assert "on the list already" in typed("staff", "add", "Ana", "--role", "admin", code=1)
    assert "nobody is called Ben" in typed("staff", "invite", "Ben", code=1)


def test_a_custodian_gets_the_whole_command(typed) -> None:  # type: ignore[no-untyped-def]
    """The person copies one line to their own machine."""
    said = typed("custodian", "invite", "Cleo", "--public-url", "https://chat.example.org")
    assert re.search(r"parley custodian enrol https://chat\.example\.org --token [0-9a-f]{64}", said)


def test_a_custodian_of_a_divided_server_is_sent_to_the_legal_desk(typed, live_dir: Path) -> None:  # type: ignore[no-untyped-def]
    """Only the part `legal` serves custodians; the public address would lead the person nowhere."""
    public, legal = "https://chat.example.org", "https://legal.example.org/"
    wanted = r"parley custodian enrol https://legal\.example\.org --token [0-9a-f]{64}"
    assert re.search(wanted, typed("custodian", "invite", "Dan", "--public-url", public, "--legal-url", legal))
    (live_dir / "parley.toml").write_text(f'public_url = "{public}"\nlegal_url = "{legal}"\n')
    try:
        assert re.search(wanted, typed("custodian", "invite", "Eve"))
    finally:
        (live_dir / "parley.toml").unlink()


async def _two_custodians(live_dir: Path) -> None:
    target = running(live_dir)
    assert target is not None
    pools = Pools(target)
    vault = Vault(pools.of("legal"), ErasureKeys(live_dir / "erasure"), SystemClock())
    for name in ("Ada", "Ben"):
        await enrolled(vault, name)
    await pools.close()


def test_custodians_are_listed_and_let_go_on_the_server(  # type: ignore[no-untyped-def]
    typed, live_dir: Path, monkeypatch
) -> None:
    """An operator without a browser sees what would be lost, and has to say yes and why."""
    asyncio.run(_two_custodians(live_dir))
    said = typed("custodian", "list")
    assert "Ada\tactive\tsince" in said
    assert "If Ada and Ben both go: nothing is lost" in said
    monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))
    assert "Nothing was changed" in typed("custodian", "remove", "Ben", "--why", "retires", code=1)
    assert "Without the key of Ben: nothing is lost" in typed(
        "custodian", "remove", "Ben", "--why", "retires", "--yes"
    )
    assert "Ben\tleaving" in typed("custodian", "list")
    assert "open nothing any more" in typed("custodian", "remove", "Ben", "--why", "lost", "--at-once", "--yes")
    assert "no custodian who holds keys is called Ben" in typed("custodian", "remove", "Ben", "--why", "x", code=1)
    assert "say why" in typed("custodian", "remove", "Ada", "--why", " ", "--yes", code=1)


def test_a_witness_is_registered_and_removed(typed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    """Somebody outside can be trusted with the log, and trust can end."""
    vkey = str(make_key(tmp_path / "key", "w.example/anna").verifier)
    assert "w.example/anna" in typed("witness", "register", vkey)
    assert vkey in typed("witness", "list")
    typed("witness", "remove", vkey)
    assert vkey not in typed("witness", "list")
    assert typed("witness", "register", "nonsense", code=1).startswith("parley witness:")


def test_a_quarter_without_report_is_said(typed) -> None:  # type: ignore[no-untyped-def]
    """An operator learns that the quarter is not over, instead of reading zeros."""
    assert typed("report") == ""
    assert "2026Q4" in typed("report", "--quarter", "2026q4", "--format", "csv", code=1)


def test_tables_are_brought_up_to_date(typed) -> None:  # type: ignore[no-untyped-def]
    """Before an upgrade an operator sees what would run."""
    assert "up to date" in typed("database", "migrate")


def test_an_external_database_needs_two_addresses(typed) -> None:  # type: ignore[no-untyped-def]
    """What is missing is named."""
    assert "--admin-url" in typed("database", "prepare", code=1)


def test_a_new_log_waits_for_the_server_to_stop(typed) -> None:  # type: ignore[no-untyped-def]
    """Two signers at once cannot come to be."""
    assert "stop the server first" in typed("new-log", "--reason", "x", code=1)
