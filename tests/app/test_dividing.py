"""In a divided data directory each part reads its own files; a part with more rights does not start."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from parley.app import dividing, keys, layout, part_walls
from parley.app.backup import contents
from parley.app.part_walls import WallsDown
from parley.core.errors import ConfigurationError
from parley.core.parts import Part
from parley.legal.vault.erasure import ErasureKeys
from parley.messenger.accounts.sealing import Secrets, open_phone, phone_index, seal_phone
from parley.storage.part_duties import CARRIERS, PART_DUTIES, duties_of, logins_of
from parley.storage.roles import PROFILES
from tests import system_users

NOW = datetime(2026, 11, 26, tzinfo=UTC)
ACCOUNT = 7


@pytest.fixture
def folder() -> Iterator[Path]:
    """A place that other users can walk to."""
    with system_users.open_folder() as made:
        yield made


@pytest.fixture
def data_dir(folder: Path) -> Path:
    system_users.require()
    dividing.divide(folder / "data", NOW)
    return folder / "data"


def reads(path: Path) -> bool:
    try:
        path.read_bytes()
    except PermissionError:
        return False
    return True


@pytest.mark.parametrize("part", list(Part))
def test_each_part_reads_its_own_secrets_and_no_others(data_dir: Path, part: Part) -> None:
    """Who takes over one process gets the files of one duty."""
    secrets = [e for e in layout.TABLE if e.path.startswith("secrets/") and (data_dir / e.path).exists()]
    assert len(secrets) >= 7
    expected = [entry.path for entry in secrets if entry.owner == part.user]
    found = system_users.as_user(part.user, lambda: [e.path for e in secrets if reads(data_dir / e.path)])
    assert found == expected
    for name, owner in (("log", Part.WORKER), ("postgres", Part.DATABASE), ("search", Part.MTPROTO)):
        if (data_dir / name).exists():
            entered = system_users.as_user(part.user, lambda name=name: os.access(data_dir / name, os.R_OK))
            assert entered == (part is owner), name
    assert system_users.as_user(part.user, lambda: part_walls.readable(data_dir, part)) == []


@pytest.mark.parametrize("part", list(Part))
def test_only_who_seals_and_who_shreds_gets_at_the_keys_of_the_days(data_dir: Path, part: Part) -> None:
    """One part makes the key of a day, another one ends it, and no third sees it."""
    day = ErasureKeys(data_dir / "erasure")
    made = system_users.as_user(Part.MTPROTO.user, lambda: day.make("2026-11-26").hex())
    if part not in layout.SEALERS:
        with pytest.raises(AssertionError, match="PermissionError"):
            system_users.as_user(part.user, lambda: day.get("2026-11-26").hex())
        return
    assert system_users.as_user(part.user, lambda: day.get("2026-11-26").hex()) == made
    assert system_users.as_user(Part.LEGAL.user, lambda: day.shred("2026-11-26"))
    assert day.names() == ()


def test_no_part_can_put_its_own_files_in_the_place_of_anothers(data_dir: Path) -> None:
    """A captured process cannot make itself the owner of what the next start reads."""

    def plant(path: Path) -> bool:
        try:
            path.write_bytes(b"planted")
        except PermissionError:
            return True
        return False

    for part in Part:
        assert system_users.as_user(part.user, lambda: plant(data_dir / "secrets" / "accounts.old")), part
        assert system_users.as_user(part.user, lambda: plant(data_dir / "parley.toml")), part


def test_a_link_that_the_databases_user_planted_is_not_followed_by_root(folder: Path, data_dir: Path) -> None:
    """Who has taken over the database makes root neither write, nor give away, what lies outside of its folders."""
    outside = folder / "outside"
    outside.mkdir(mode=0o700)
    target = outside / "target"
    target.write_bytes(b"untouched")
    target.chmod(0o600)

    def plant() -> None:
        for name in (".server_key.pub.new", "postgres.log", "postgres"):
            (data_dir / name).symlink_to(outside if name == "postgres" else target)

    system_users.as_user(Part.DATABASE.user, plant)
    dividing.divide(data_dir, NOW)
    assert target.read_bytes() == b"untouched"
    assert [(path.stat().st_uid, path.stat().st_mode & 0o777) for path in (outside, target)] == [
        (0, 0o700),
        (0, 0o600),
    ]
    assert keys.public_server_key(data_dir)[1] == keys.server_key(data_dir).fingerprint


def test_a_name_that_is_pointed_elsewhere_in_between_gives_nothing_away(
    folder: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What root changes is what it looked at, or nothing."""
    target = folder / "target"
    target.touch(0o600)
    (folder / "link").symlink_to(target)
    swapped = [(folder / "link", 0o644)]
    monkeypatch.setattr(dividing, "files_of", lambda data_dir, entry: swapped)
    monkeypatch.setattr(Path, "is_symlink", lambda path: False)
    dividing.apply(data_dir, next(entry for entry in layout.TABLE if entry.path == "postgres"))
    assert (target.stat().st_uid, target.stat().st_mode & 0o777) == (0, 0o600)


def test_dividing_again_changes_nothing_but_what_is_wrong(data_dir: Path) -> None:
    """After a change of a secret the command is repeated; what people rely on stays."""
    key, share = keys.server_key(data_dir).fingerprint, (data_dir / "secrets" / "identity").read_bytes()
    (data_dir / "secrets" / "accounts").chmod(0o644)
    dividing.divide(data_dir, NOW)
    assert keys.server_key(data_dir).fingerprint == key == keys.public_server_key(data_dir)[1]
    assert (data_dir / "secrets" / "identity").read_bytes() == share
    assert (data_dir / "secrets" / "accounts").stat().st_mode & 0o777 == 0o600
    assert layout.is_divided(data_dir)
    assert not layout.is_divided(data_dir.parent)


def test_the_desks_share_says_who_holds_a_number_and_opens_no_session(tmp_path: Path) -> None:
    """A thief of the desk's key, with a copy of the database, cannot act as anybody."""
    root = keys.secret(tmp_path, "accounts")
    everything, desk = Secrets.derive(root), Secrets.for_identity(keys.identity(tmp_path))
    assert phone_index(desk, "4915550000042") == phone_index(everything, "4915550000042")
    assert open_phone(desk, ACCOUNT, seal_phone(everything, ACCOUNT, "4915550000042")) == "4915550000042"
    assert (desk.auth_key, desk.code, desk.access_hash) == (b"", b"", b"")
    with pytest.raises(ConfigurationError, match="another length"):
        Secrets.for_identity(b"short")


def test_root_is_asked_for_and_missing_users_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command says what to do instead of leaving half of it done."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ConfigurationError, match="only root"):
        dividing.divide(tmp_path / "data", NOW)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(dividing.pwd, "getpwnam", _nobody)
    with pytest.raises(ConfigurationError, match="there is no user parley-mtproto"):
        dividing.divide(tmp_path / "data", NOW)
    assert not (tmp_path / "data").exists()


def _nobody(name: str) -> None:
    raise KeyError(name)


def test_a_part_does_not_run_as_root() -> None:
    """The walls are between users; root walks through all of them."""
    with pytest.raises(WallsDown, match="parley-http"):
        part_walls.check_user(Part.HTTP, 0)
    part_walls.check_user(Part.HTTP, 1000)


def test_no_part_has_both_messages_and_the_vault() -> None:
    """The table of duties keeps apart what the security model says is kept apart."""
    for part, duties in PART_DUTIES.items():
        assert not {"messenger", "legal"} <= set(duties), part
        assert not {"messenger", "log"} <= set(duties), part
        assert not {"owner", "backup", "outbox"} & set(duties) or part is Part.DATABASE, part
    assert "legal" not in PART_DUTIES[Part.HTTP]
    assert "safety" not in PART_DUTIES[Part.LEGAL]
    assert all(carrier in PART_DUTIES[part] for part, carrier in CARRIERS.items())
    assert set(duties_of(None)) == set(PROFILES)


def test_users_log_in_as_their_own_duties_only_where_users_are_kept_apart() -> None:
    """Under the database's own user each part has its duties; under any other user there are no walls to have."""
    apart = logins_of(Part.DATABASE.user)
    assert {name: duties for name, duties in apart.items() if name != "root"} == {
        part.user: duties for part, duties in PART_DUTIES.items()
    }
    assert logins_of("somebody") == {"somebody": tuple(PROFILES)}


def test_a_changed_secret_goes_to_its_owner_again(data_dir: Path) -> None:
    """What root changes on a divided server stays the part's own."""
    (data_dir / "secrets" / "pages").write_bytes(bytes(32))
    os.chown(data_dir / "secrets" / "pages", 0, 0)
    dividing.settle(data_dir)
    assert system_users.as_user(Part.HTTP.user, lambda: reads(data_dir / "secrets" / "pages"))


def test_beside_running_parts_root_leaves_alone_what_they_write(data_dir: Path) -> None:
    """A secret is changed while the database runs: its files come and go, and are none of root's business then."""
    for name in ("search", "blobs"):
        (data_dir / name / "written").touch(0o640)
    dividing.settle(data_dir)
    assert [(data_dir / name / "written").stat().st_uid for name in ("search", "blobs")] == [0, 0]
    (data_dir / "log" / "key").touch(0o600)
    dividing.settle(data_dir)
    assert (data_dir / "log" / "key").owner() == Part.WORKER.user, "the log's new key is the signer's"
    dividing.divide(data_dir, NOW)
    assert (data_dir / "blobs" / "written").owner() == Part.MTPROTO.user, "with the parts stopped all is put right"


def test_a_file_that_goes_away_meanwhile_stops_nothing(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found in a folder a moment ago need not be there any more."""
    real = dividing.files_of

    def with_gone(folder: Path, entry: layout.Entry) -> list[tuple[Path, int]]:
        return [(folder / "secrets" / "gone", 0o600), *real(folder, entry)]

    monkeypatch.setattr(dividing, "files_of", with_gone)
    os.chown(data_dir / "secrets" / "pages", 0, 0)
    dividing.settle(data_dir)
    assert (data_dir / "secrets" / "pages").owner() == Part.HTTP.user


def test_a_backup_knows_every_file_of_a_divided_server(data_dir: Path) -> None:
    """Nothing of it is reported as strange, and neither sockets nor keys of the days are copied."""
    assert contents.unknown(data_dir) == []
    copied = set(contents.files(data_dir, secrets=True))
    assert {"secrets/accounts", "secrets/identity", "parley.toml"} <= copied
    assert not [name for name in copied if name.startswith(("run", "erasure"))]
