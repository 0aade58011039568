"""Makes docs/vectors/public-log.json, from which a second implementation is tested.

`python -m tests.legal.translog.vectors` writes it. Everything follows from fixed keys, salts and times.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from parley.core.ids import AccountId, AuthorityId, CustodianId, DecisionId
from parley.legal.authorities.model import Authority, AuthorityKind, NewAuthority, Trust
from parley.legal.authorities.rules import entry_digest
from parley.legal.disclosure.model import Field, ReleaseRequest
from parley.legal.disclosure.rules import sign_ready
from parley.legal.translog.checkpoints import Checkpoint, sign_checkpoint
from parley.legal.translog.cosignatures import cosign
from parley.legal.translog.merkle import MemoryTree, consistency_proof, inclusion_proof, tree_root
from parley.legal.translog.notes import COSIGNATURE_V1, ED25519, Note, SignerKey, sign_text
from parley.legal.translog.openings import PADDING, Leaf, Opening, Stage, commitment
from parley.legal.translog.origins import Announcement
from parley.legal.translog.publication import LogPart, Opened, Publication
from parley.legal.translog.receipts import Receipt
from parley.legal.translog.submission import Submission
from parley.legal.translog.tiles import Tile, bundles_of, complete_hash, encode_bundle, tiles_of
from parley.legal.vault.enrolments import circle_digest

PATH = Path(__file__).parents[3] / "docs" / "vectors" / "public-log.json"
LOG = SignerKey("example.com/parley-log", ED25519, bytes(range(32)))
NEXT = SignerKey("example.com/parley-log/2", ED25519, bytes(range(1, 33)))
WITNESS = SignerKey("witness.example/w1", COSIGNATURE_V1, bytes(range(32, 64)))
BIG = 65_793
_AT = datetime(2027, 1, 1, tzinfo=UTC)
_AGE = "age1" + "q" * 58


def salt(index: int) -> bytes:
    """The salt of leaf `index`, by the rule that the page gives."""
    return hashlib.sha256(f"salt {index}".encode()).digest()


def leaves_of(openings: Sequence[Opening]) -> list[Leaf]:
    """The leaves of a log, in batches of sixteen."""
    return [Leaf(i, 1 + i // 16, commitment(salt(i), opening)) for i, opening in enumerate(openings)]


def tree_of(leaves: Sequence[Leaf]) -> MemoryTree:
    """The tree over leaves."""
    return MemoryTree([leaf.hash for leaf in leaves])


def order(stage: Stage, ref: str, **more: Any) -> Opening:
    """An opening of one order."""
    return Opening.from_json(
        {"stage": str(stage), "order_ref": ref, "country": "DE", "instrument": "national_court", **more}
    )


def openings() -> list[Opening]:
    """One opening of every stage, each with every member that it may have."""
    all_over = {"authority_kind": "court", "emergency": False, "statement_category": "SCAMS_AND_FRAUD"}
    released = {"users": 1, "fields": ["phone", "ip", "port", "ip_time"], "release_sha256": "ab" * 32}
    return [
        order(Stage.RECEIVED, "r1", **all_over, accounts=1, minutes_to_receipt=0, gag=True, content=False),
        order(Stage.VERIFIED, "r1", **all_over),
        order(Stage.DECIDED, "r1", **all_over, result="disclose_partial", reason="not_stored", **released),
        order(Stage.DISCLOSED, "r1", **released, result="disclose", outcome="partial", minutes_to_effect=600),
        order(Stage.NOTIFIED, "r1", notice="after", users=1, gag=True),
        order(
            Stage.CLOSED, "r1", outcome="partial", reason="not_stored", minutes_to_effect=600, challenged=True,
            challenge_won=False, validated=True,
        ),
        order(Stage.FAKE, "r2"),
        order(Stage.PRESERVED, "r3", accounts=1),
        Opening(Stage.REGISTRY, subject="authority", sha256="cd" * 32),
        Opening(Stage.RULES, subject="checks", sha256="ef" * 32),
        Opening(Stage.AUDIT_HEAD, sha256="01" * 32),
        PADDING,
    ]  # fmt: skip


def make() -> dict[str, Any]:
    """Give everything."""
    return {
        "keys": _keys(),
        "leaf_rule": _leaf_rule(),
        "tree": _tree(),
        "big_tree": _big_tree(),
        "tile_paths": _tile_paths(),
        "openings": [
            {"jcs": item.canonical().decode(), "salt": _b64(salt(i)), "commitment": commitment(salt(i), item).hex()}
            for i, item in enumerate(openings())
        ],
        "refused_openings": _refused_openings(),
        "refused_leaves": _refused_leaves(),
        "checkpoints": _checkpoints(),
        "submission": _submission(),
        "quarters": _quarters(),
        "receipts": _receipts(),
        "origins": _origins(),
        "hashes": _hashes(),
    }


def _keys() -> dict[str, str]:
    keys = {"log": LOG, "next_log": NEXT, "witness": WITNESS}
    return {f"{name}_private_key": key.serialize() for name, key in keys.items()} | {
        f"{name}_vkey": str(key.verifier) for name, key in keys.items()
    }


def _padded(size: int) -> list[Leaf]:
    return leaves_of([PADDING] * size)


def _leaf_rule() -> dict[str, Any]:
    leaves = _padded(600)
    return {
        "opening": PADDING.canonical().decode(),
        "leaves": {str(i): leaves[i].encode().decode() for i in (0, 15, 16, 255, 256, 599)},
        "hashes": {str(i): leaves[i].hash.hex() for i in (0, 15, 16, 255, 256, 599)},
    }


def files_of(leaves: Sequence[Leaf]) -> dict[str, bytes]:
    """Every tile and bundle of a log, by its path."""
    files = {
        bundle.path: encode_bundle(leaf.encode() for leaf in leaves[bundle.start : bundle.start + bundle.width])
        for bundle in bundles_of(len(leaves))
    }
    rows: dict[int, list[bytes]] = {0: [leaf.hash for leaf in leaves]}
    for tile in tiles_of(len(leaves)):
        assert tile.level is not None
        if tile.level not in rows:
            below = rows[tile.level - 1]
            rows[tile.level] = [complete_hash(below[i : i + 256]) for i in range(0, len(below) - 255, 256)]
        files[tile.path] = b"".join(rows[tile.level][tile.start : tile.start + tile.width])
    return files


def _tree() -> dict[str, Any]:
    leaves = _padded(600)
    tree = tree_of(leaves)
    note = sign_checkpoint(Checkpoint(LOG.name, 600, tree.root()), LOG)
    return {
        "size": 600,
        "roots": {
            str(size): tree_root(size, tree).hex() for size in (0, 1, 2, 3, 16, 255, 256, 257, 512, 599, 600)
        },
        "files": {path: hashlib.sha256(data).hexdigest() for path, data in sorted(files_of(leaves).items())},
        "inclusion": [
            {"index": index, "size": size, "proof": [_b64(item) for item in inclusion_proof(index, size, tree)]}
            for index, size in ((0, 1), (0, 600), (255, 256), (256, 257), (511, 600), (599, 600))
        ],
        "consistency": [
            {"old": old, "new": new, "proof": [_b64(item) for item in consistency_proof(old, new, tree)]}
            for old, new in ((0, 600), (1, 2), (16, 32), (255, 256), (256, 600), (257, 600), (599, 600), (600, 600))
        ],
        "checkpoint": str(note.with_signatures([cosign(note.text, WITNESS, _AT)])),
    }


def _big_tree() -> dict[str, Any]:
    files = files_of(_padded(BIG))
    wanted = (
        "tile/1/000",
        "tile/1/001.p/1",
        "tile/2/000.p/1",
        "tile/0/256",
        "tile/0/257.p/1",
        "tile/entries/257.p/1",
    )
    tree = tree_of(_padded(BIG))
    return {
        "size": BIG,
        "root": tree.root().hex(),
        "files": {path: hashlib.sha256(files[path]).hexdigest() for path in sorted(wanted)},
    }


def _tile_paths() -> list[dict[str, Any]]:
    tiles = [Tile(0, 0), Tile(0, 999), Tile(0, 1000), Tile(1, 1234067, 16), Tile(None, 0, 1), Tile(63, 5, 255)]
    return [
        {"level": "entries" if t.level is None else t.level, "number": t.number, "width": t.width, "path": t.path}
        for t in tiles
    ]


def _refused_openings() -> list[dict[str, str]]:
    named = {"order_ref": "r1", "country": "DE", "instrument": "national_court"}
    audit = {"stage": "audit_head", "sha256": "01" * 32}
    return [
        {"why": why, "opening": json.dumps(raw)}
        for why, raw in (
            ("an unknown stage", {"stage": "sold"}),
            ("no stage", {"sha256": "01" * 32}),
            ("a member that does not exist", {**audit, "name": "x"}),
            ("padding that says more", {"stage": "padding", "subject": "x"}),
            ("an order without its reference", {"stage": "verified", "country": "DE", "instrument": "x"}),
            ("an order without a country", {"stage": "verified", "order_ref": "r1", "instrument": "x"}),
            ("a country in small letters", {"stage": "verified", **named, "country": "de"}),
            ("a decision without a result", {"stage": "decided", **named}),
            ("a result that does not exist", {"stage": "decided", **named, "result": "maybe"}),
            ("an outcome that does not exist", {"stage": "closed", **named, "outcome": "good"}),
            ("a notice that does not exist", {"stage": "notified", **named, "notice": "never"}),
            ("an order's reference where there is no order", {**audit, "order_ref": "r1"}),
            ("a register's entry without a hash", {"stage": "registry", "subject": "authority"}),
            ("a hash of 63 digits", {"stage": "audit_head", "sha256": "0" * 63}),
            ("a hash in capitals", {"stage": "audit_head", "sha256": "AB" * 32}),
            ("a negative number", {"stage": "preserved", **named, "accounts": -1}),
            ("a fraction", {"stage": "preserved", **named, "accounts": 1.5}),
            ("true in place of a number", {"stage": "preserved", **named, "accounts": True}),
            ("a number in place of true", {"stage": "received", **named, "gag": 1}),
            ("a number of 2 to the 53", {"stage": "preserved", **named, "accounts": 2**53}),
            ("a word with a space", {"stage": "fake", **named, "instrument": "a b"}),
            ("a word of 101 letters", {"stage": "fake", **named, "instrument": "a" * 101}),
            ("an empty word", {"stage": "fake", **named, "instrument": ""}),
            ("a field that is never disclosed", {"stage": "disclosed", **named, "fields": ["message"]}),
            ("fields that are no list", {"stage": "disclosed", **named, "fields": "phone"}),
        )
    ]


def _refused_leaves() -> list[dict[str, str]]:
    good = Leaf(3, 1, bytes(32)).encode().decode()
    return [
        {"why": why, "leaf": leaf}
        for why, leaf in (
            (
                "members in another order",
                json.dumps(dict(reversed(json.loads(good).items())), separators=(",", ":")),
            ),
            ("a space", good.replace(",", ", ")),
            ("a number in place of twelve digits", good.replace('"000000000003"', "3")),
            ("eleven digits", good.replace("000000000003", "00000000003")),
            ("a commitment in capitals", good.replace("0" * 64, "A" * 64)),
            ("another version", good.replace('"v":1', '"v":2')),
            ("a further member", good.replace('"v":1', '"v":1,"w":1')),
            ("a line end", good + "\n"),
        )
    ]


def _checkpoints() -> dict[str, Any]:
    head = Checkpoint(LOG.name, 5, bytes(range(32)))
    note = sign_checkpoint(head, LOG)
    other = sign_checkpoint(Checkpoint(LOG.name, 6, bytes(range(32))), LOG)
    cosigned = note.with_signatures([cosign(note.text, WITNESS, _AT)])
    stale = Note(note.text, (*note.signatures, cosign(other.text, WITNESS, _AT)))
    return {
        "good": [str(note), str(cosigned), str(note.with_signatures(_foreign(note)))],
        "refused": [
            {"why": why, "checkpoint": text}
            for why, text in (
                ("the signature of another text", str(Note(note.text, other.signatures))),
                ("no signature of the log", str(Note(note.text, (cosign(note.text, WITNESS, _AT),)))),
                ("a cosignature of another text", str(stale)),
                ("an extension line", str(_signed(head.text() + "more\n"))),
                ("a size with a zero before it", str(_signed(head.text().replace("\n5\n", "\n05\n")))),
                ("a root of 31 bytes", str(_signed(f"{LOG.name}\n5\n{_b64(bytes(31))}\n"))),
                ("another origin than the key's name", str(_signed(Checkpoint("else", 5, bytes(32)).text()))),
                ("no empty line", str(note).replace("\n\n", "\n")),
                ("no line end", str(note)[:-1]),
            )
        ],
    }


def _foreign(note: Note) -> Sequence[Any]:
    stranger = SignerKey("stranger.example", ED25519, bytes(32))
    return _signed(note.text, stranger).signatures


def _signed(text: str, key: SignerKey = LOG) -> Note:
    return sign_text(text, key)


def _submission() -> dict[str, Any]:
    tree = tree_of(_padded(600))
    note = sign_checkpoint(Checkpoint(LOG.name, 600, tree.root()), LOG)
    asked = Submission(256, tuple(consistency_proof(256, 600, tree)), note)
    short = replace(asked, proof=asked.proof[:-1])
    return {
        "seen": str(sign_checkpoint(Checkpoint(LOG.name, 256, tree_root(256, tree)), LOG)),
        "request": str(asked),
        "answer": str(cosign(note.text, WITNESS, _AT)),
        "answers_of_a_witness_that_saw_256": [
            {"request": str(asked), "status": 200},
            {"request": str(replace(asked, old=255)), "status": 409, "body": "256\n"},
            {"request": str(replace(asked, old=601)), "status": 400},
            {"request": str(short), "status": 422},
            {"request": str(Submission(0, (), _signed(note.text.replace(LOG.name, "else")))), "status": 404},
            {"request": str(replace(asked, note=Note(note.text, _foreign(note)))), "status": 403},
            {"request": str(asked).replace("old 256", "old 0256"), "status": 400},
        ],
    }


_GAGGED = 5


def _quarter_openings() -> list[Opening]:
    made = [PADDING] * 48
    made[2] = order(Stage.RECEIVED, "open", accounts=1)
    made[_GAGGED] = order(Stage.RECEIVED, "secret", accounts=1, gag=True)
    made[16] = order(Stage.CLOSED, "open", outcome="full")
    return made


def _quarters() -> dict[str, Any]:
    """Three quarters of one log: two leaves stay closed in the first; nothing new in the second, which opens one
    of them late; the third goes on and opens the other."""
    said = _quarter_openings()
    leaves = leaves_of(said)

    def opened(*indexes: int) -> tuple[Opened, ...]:
        return tuple(Opened(i, salt(i), said[i]) for i in indexes)

    def note(size: int) -> str:
        return str(sign_checkpoint(Checkpoint(LOG.name, size, tree_of(leaves[:size]).root()), LOG))

    def part(first: int | None, last: int | None, closed: int, size: int, shown: Any, late: Any) -> LogPart:
        return LogPart(LOG.name, first, last, closed, note(size), shown, late)

    first = part(0, 31, 2, 32, opened(*(i for i in range(32) if i not in (_GAGGED, 9))), ())
    second = part(None, None, 0, 32, (), opened(_GAGGED))
    third = part(32, 47, 0, 48, opened(*range(32, 48)), opened(9))
    good = [("2026Q3", first), ("2026Q4", second), ("2027Q1", third)]

    def files(parts: Sequence[tuple[str, LogPart]]) -> list[dict[str, Any]]:
        return [Publication(name, _AT, (item,)).to_json() for name, item in parts]

    lie = tuple(replace(item, opening=PADDING) if item.index == 2 else item for item in first.openings)

    def first_as(**more: Any) -> list[tuple[str, LogPart]]:
        return [("2026Q3", replace(first, **more)), *good[1:]]

    def third_as(**more: Any) -> list[tuple[str, LogPart]]:
        return [*good[:2], ("2027Q1", replace(third, **more))]

    shown, rest = first.openings, third.openings[1:]
    refused = [
        ("an order opened as padding", first_as(openings=lie)),
        ("a leaf left out", first_as(openings=shown[1:])),
        ("fewer closed than there are", first_as(closed=1)),
        ("a leaf opened twice in one file", first_as(openings=(*shown, *opened(0)))),
        ("a leaf opened in two files", third_as(late=opened(9, _GAGGED))),
        ("leaves passed over between two quarters", third_as(first_index=33, openings=rest)),
        ("a quarter that begins before the last one's end", third_as(first_index=31, closed=1)),
        ("a late leaf of no earlier quarter", third_as(openings=rest, closed=1, late=opened(9, 32))),
        ("an opening outside of the quarter", first_as(openings=(*shown[1:], *opened(40)))),
        (
            "openings where the quarter has no leaves",
            [good[0], ("2026Q4", replace(second, openings=opened(9), late=())), good[2]],
        ),
    ]
    return {
        "leaves": [leaf.encode().decode() for leaf in leaves],
        "good": files(good),
        "still_closed": {"2026Q3": 1, "2026Q4": 0},
        "refused": [{"why": why, "files": files(parts)} for why, parts in refused],
    }


def _receipts() -> dict[str, Any]:
    said = _quarter_openings()
    leaves = leaves_of(said)
    tree = tree_of(leaves)
    note = sign_checkpoint(Checkpoint(LOG.name, 48, tree.root()), LOG)

    def receipt(index: int, size: int = 48) -> Receipt:
        proof = tuple(inclusion_proof(index, size, tree))
        return Receipt(leaves[index].encode(), salt(index), said[index], index, proof, str(note))

    good = receipt(2)
    misplaced = Leaf(3, 1, commitment(salt(3), PADDING)).encode()
    return {
        "good": [receipt(index).to_json() for index in (0, 2, 47)],
        "refused": [
            {"why": why, "receipt": item.to_json()}
            for why, item in (
                ("another opening", replace(good, opening=PADDING)),
                ("another salt", replace(good, salt=salt(3))),
                ("another place", replace(good, index=3)),
                ("a leaf that names another place", replace(good, leaf=misplaced)),
                ("a proof that is too short", replace(good, inclusion_proof=good.inclusion_proof[:-1])),
                ("a proof that is too long", replace(good, inclusion_proof=(*good.inclusion_proof, bytes(32)))),
                ("a proof of another size", replace(receipt(2, 47), checkpoint=str(note))),
                ("a checkpoint of another log", replace(good, checkpoint=str(_signed(note.text, NEXT)))),
            )
        ],
    }


def _origins() -> dict[str, Any]:
    """Two logs: the second one's first batch holds the hash of its announcement."""
    last = sign_checkpoint(Checkpoint(LOG.name, 48, tree_of(leaves_of(_quarter_openings())).root()), LOG)
    said = Announcement(NEXT.name, str(NEXT.verifier), "the disk failed", LOG.name, str(LOG.verifier), str(last))
    made = [PADDING] * 16
    made[7] = Opening(Stage.RULES, subject="new_origin", sha256=said.digest)
    leaves = leaves_of(made)
    tree = tree_of(leaves)
    note = sign_checkpoint(Checkpoint(NEXT.name, 16, tree.root()), NEXT)
    proof = tuple(inclusion_proof(7, 16, tree))
    receipt = Receipt(leaves[7].encode(), salt(7), made[7], 7, proof, str(note)).to_json()
    old: dict[str, Any] = {
        "origin": LOG.name,
        "vkey": str(LOG.verifier),
        "path": "origins/1",
        "reason": "the first log",
    }
    old |= {"since": "2026-07-01T00:00:00+00:00", "announcement": None, "receipt": None}
    new: dict[str, Any] = {
        "origin": NEXT.name,
        "vkey": str(NEXT.verifier),
        "path": "origins/2",
        "reason": said.reason,
    }
    new |= {"since": "2027-01-01T00:00:00+00:00", "announcement": said.to_json(), "receipt": receipt}
    forged = replace(said, before_vkey=str(NEXT.verifier)).to_json()
    return {
        "announcement_jcs": said.canonical().decode(),
        "announcement_sha256": said.digest,
        "good": {"logs": [old, new]},
        "refused": [
            {"why": why, "origins": {"logs": logs}}
            for why, logs in (
                ("an announcement that was not entered", [old, {**new, "announcement": forged}]),
                ("no receipt", [old, {**new, "receipt": None}]),
                ("another key of today's log", [old, {**new, "vkey": str(LOG.verifier)}]),
                ("another log before it", [{**old, "origin": "else"}, new]),
                ("another key of the old log", [{**old, "vkey": str(NEXT.verifier)}, new]),
            )
        ],
    }


def _hashes() -> dict[str, Any]:
    entry = NewAuthority(
        "Amtsgericht Musterstadt", "DE", "local", AuthorityKind.COURT, ("criminal",), ("example.de",),
        ("+49 30 0000",), "https://justice.example/contacts",
    )  # fmt: skip
    authority = Authority(AuthorityId("a" * 32), entry, Trust.VERIFIED, "staff:ann", _AT)
    request = ReleaseRequest(
        "01" * 32, "02" * 32, AccountId(777001), (date(2026, 11, 1),), datetime(2026, 11, 1, 10, tzinfo=UTC),
        datetime(2026, 11, 1, 12, tzinfo=UTC), (Field.PHONE, Field.IP), _AGE, DecisionId("03" * 16),
    )  # fmt: skip
    signed = sign_ready(request)
    rules_file = b"[checks]\nanswer = 42\n"
    key = bytes(range(32))
    return {
        "authority": {
            "object": {
                "authority_id": "a" * 32, "name": entry.name, "country": "DE", "kind": "court",
                "callback_numbers": list(entry.callback_numbers), "source_url": entry.source_url,
            },
            "sha256": entry_digest(authority),
        },
        "custodian": {
            "custodian_id": "b" * 32, "seal_key": _b64(key), "sha256": circle_digest(CustodianId("b" * 32), key)
        },
        "delivery_key": {"public_key": _b64(key), "sha256": hashlib.sha256(key).hexdigest()},
        "retention": {"days": 30, "sha256": hashlib.sha256(b"30").hexdigest()},
        "rules_file": {"bytes": _b64(rules_file), "sha256": hashlib.sha256(rules_file).hexdigest()},
        "release": {"jcs": signed.canonical.decode(), "sha256": signed.sha256.hex()},
    }  # fmt: skip


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def text() -> str:
    """The file."""
    return json.dumps(make(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.write_text(text(), "utf-8")
