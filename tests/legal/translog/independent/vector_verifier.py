"""A stranger's reading of docs/log-format.md against docs/vectors/public-log.json; it imports nothing of Parley.

Usage: `python vector_verifier.py FILE`. Every good vector has to hold, every refused one has to be refused.
"""

import base64
import hashlib
import hmac
import json
import re
import sys
from pathlib import Path

from small_verifier import (
    canonical,
    check_consistency,
    check_inclusion,
    check_note,
    mth,
    read_key,
    root,
    sha,
    tile_path,
)

ORDER = {"received", "verified", "decided", "disclosed", "notified", "closed", "fake", "preserved"}
HASHED = {"registry", "rules", "audit_head"}
NUMBERS = {"accounts", "users", "minutes_to_receipt", "minutes_to_effect"}
TRUTHS = {"emergency", "gag", "content", "challenged", "challenge_won", "validated"}
WORDS = {
    "stage", "order_ref", "country", "instrument", "authority_kind", "statement_category", "result", "reason",
    "outcome", "notice", "subject",
}  # fmt: skip
CHOICES = {
    "result": {"disclose", "disclose_partial", "form3", "refuse", "refer_mlat"},
    "outcome": {"full", "partial", "none_held", "refused", "withdrawn", "referred"},
    "notice": {"before", "after"},
}
LEAF = re.compile(r'\{"batch":"(\d{12})","commitment":"([0-9a-f]{64})","seq":"(\d{12})","v":1\}')


def b64(text):
    return base64.b64decode(text, validate=True)


def check_member(name, value):
    if name in NUMBERS:
        assert type(value) is int
        assert 0 <= value < 2**53
    elif name in TRUTHS:
        assert type(value) is bool
    elif name in WORDS:
        assert re.fullmatch(r"[A-Za-z0-9_.:-]{1,100}", value)
        assert value in CHOICES.get(name, {value})
    elif name in ("sha256", "release_sha256"):
        assert re.fullmatch(r"[0-9a-f]{64}", value)
    else:
        assert name == "fields"
        assert type(value) is list
        assert set(value) <= {"phone", "ip", "port", "ip_time"}


def check_said(said):
    stage = said["stage"]
    assert stage in ORDER | HASHED | {"padding"}
    for name, value in said.items():
        check_member(name, value)
    assert stage != "padding" or len(said) == 1
    if stage in ORDER:
        assert re.fullmatch("[A-Z]{2}", said["country"])
        assert {"order_ref", "instrument"} <= set(said)
    else:
        assert "order_ref" not in said
    assert stage not in HASHED or "sha256" in said
    assert stage != "decided" or "result" in said
    assert len(canonical(said)) <= 4096


def check_commitment(leaf, salt, said):
    check_said(said)
    assert len(salt) == 32
    found = LEAF.fullmatch(leaf)
    assert hmac.new(salt, canonical(said), hashlib.sha256).hexdigest() == found[2]
    return int(found[3])


def leaf_of(index):
    salt = sha(f"salt {index}".encode())
    commitment = hmac.new(salt, b'{"stage":"padding"}', hashlib.sha256).hexdigest()
    return (f'{{"batch":"{1 + index // 16:012d}","commitment":"{commitment}","seq":"{index:012d}","v":1}}').encode()


def files_of(leaves):
    files, level = {}, 0
    row = [sha(b"\x00" + leaf) for leaf in leaves]
    for start in range(0, len(leaves), 256):
        part = leaves[start : start + 256]
        files[tile_path("entries", start // 256, len(part))] = b"".join(len(x).to_bytes(2, "big") + x for x in part)
    while row:
        for start in range(0, len(row), 256):
            part = row[start : start + 256]
            files[tile_path(level, start // 256, len(part))] = b"".join(part)
        row = [mth(row[i : i + 256]) for i in range(0, len(row) - 255, 256)]
        level += 1
    return files


def check_files(wanted, files, *, all_of_them):
    for path, digest in wanted.items():
        assert hashlib.sha256(files[path]).hexdigest() == digest, path
    assert not all_of_them or set(wanted) == set(files)


def check_tree(v):
    rule, tree = v["leaf_rule"], v["tree"]
    leaves = [leaf_of(index) for index in range(tree["size"])]
    hashes = [sha(b"\x00" + leaf) for leaf in leaves]
    for index, text in rule["leaves"].items():
        assert leaves[int(index)].decode() == text
        assert hashes[int(index)].hex() == rule["hashes"][index]
    roots = {size: root(hashes[: int(size)]).hex() for size in tree["roots"]}
    assert roots == tree["roots"]
    check_files(tree["files"], files_of(leaves), all_of_them=True)
    for item in tree["inclusion"]:
        size, index = item["size"], item["index"]
        check_inclusion(leaves[index], index, size, list(map(b64, item["proof"])), root(hashes[:size]))
    for item in tree["consistency"]:
        old, new, proof = item["old"], item["new"], list(map(b64, item["proof"]))
        if old in (0, new):
            assert proof == []
        else:
            check_consistency(old, new, root(hashes[:old]), root(hashes[:new]), proof)
    keys = [read_key(v["keys"][f"{name}_vkey"]) for name in ("log", "witness")]
    assert check_note(tree["checkpoint"].encode(), *keys) == (keys[0][0], 600, root(hashes))


def check_big_tree(v):
    leaves = [leaf_of(index) for index in range(v["big_tree"]["size"])]
    assert root([sha(b"\x00" + leaf) for leaf in leaves]).hex() == v["big_tree"]["root"]
    check_files(v["big_tree"]["files"], files_of(leaves), all_of_them=False)
    for item in v["tile_paths"]:
        assert tile_path(item["level"], item["number"], item["width"]) == item["path"]


def read_checkpoint(text, key, witness=None):
    """A note with a valid signature of the log; strangers' lines do not matter, the witness's own must verify."""
    assert text.endswith("\n")
    assert re.fullmatch(r"[^\n]+\n(0|[1-9]\d*)\n[A-Za-z0-9+/]{43}=", text.partition("\n\n")[0])
    keys = [key]
    if witness is not None and f"\u2014 {witness[0]} " in text:
        keys.append(witness)
    origin, size, digest = check_note(text.encode(), *keys)
    assert origin == key[0]
    return size, digest


def check_receipt(raw, key):
    size, digest = read_checkpoint(raw["checkpoint"], key)
    check_inclusion(raw["leaf"].encode(), raw["index"], size, list(map(b64, raw["inclusion_proof"])), digest)
    assert check_commitment(raw["leaf"], b64(raw["salt"]), raw["opening"]) == raw["index"]


def check_quarters(files, leaves, key):
    following, opened = 0, set()
    for file in files:
        assert file["v"] == 1
        for part in file["logs"]:
            first, last = part["first_index"], part["last_index"]
            read_checkpoint(part["checkpoint"], key)
            inside = [item["index"] for item in part["openings"]]
            late = [item["index"] for item in part["late"]]
            span = range(0) if first is None else range(first, last + 1)
            assert all(index in span for index in inside)
            assert len(inside) + part["closed"] == len(span)
            assert all(index < following for index in late)
            fresh = set(inside) | set(late)
            assert len(fresh) == len(inside) + len(late)
            assert not fresh & opened
            opened |= fresh
            if first is not None:
                assert first == following
                following = last + 1
            for item in part["openings"] + part["late"]:
                assert check_commitment(leaves[item["index"]], b64(item["salt"]), item["opening"]) == item["index"]


def check_origins(raw, today, wanted):
    """From today's key back to the wanted log's."""
    logs = list(raw["logs"])
    here, key = logs.pop(), today
    assert here["vkey"] == key
    while here["origin"] != wanted:
        said = here["announcement"]
        check_receipt(here["receipt"], read_key(key))
        opening = here["receipt"]["opening"]
        assert (opening["stage"], opening["subject"]) == ("rules", "new_origin")
        # the reason may hold any letters: JCS writes them as they are
        jcs = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        assert hashlib.sha256(jcs).hexdigest() == opening["sha256"]
        assert (said["origin"], said["vkey"]) == (here["origin"], here["vkey"])
        before = logs.pop()
        assert said["before"]["origin"] == before["origin"]
        assert said["before"]["vkey"] == before["vkey"]
        here, key = before, before["vkey"]
    return key


def check_submission(v, log, witness):
    said = v["submission"]
    head, _, note = said["request"].partition("\n\n")
    first, *proof = head.split("\n")
    old_size, old_root = read_checkpoint(said["seen"], log)
    assert first == f"old {old_size}"
    size, digest = read_checkpoint(note, log)
    check_consistency(old_size, size, old_root, digest, list(map(b64, proof)))
    check_note((note + said["answer"]).encode(), log, witness)


def check_hashes(v):
    found = v["hashes"]
    assert hashlib.sha256(canonical(found["authority"]["object"])).hexdigest() == found["authority"]["sha256"]
    one = found["custodian"]
    assert sha(one["custodian_id"].encode() + b"\n" + b64(one["seal_key"])).hex() == one["sha256"]
    assert sha(b64(found["delivery_key"]["public_key"])).hex() == found["delivery_key"]["sha256"]
    assert sha(b64(found["rules_file"]["bytes"])).hex() == found["rules_file"]["sha256"]
    assert sha(str(found["retention"]["days"]).encode()).hex() == found["retention"]["sha256"]
    release = found["release"]
    assert canonical(json.loads(release["jcs"])).decode() == release["jcs"]
    assert sha(release["jcs"].encode()).hex() == release["sha256"]


def refused(cases, check):
    for case in cases:
        try:
            check(case)
        except Exception:  # noqa: S112  a stranger's verifier refuses in whatever way
            continue
        raise SystemExit(f"accepted: {case['why']}")


def fits(text):
    assert LEAF.fullmatch(text)


def main(path):
    v = json.loads(path.read_text("utf-8"))
    log, witness = (read_key(v["keys"][f"{name}_vkey"]) for name in ("log", "witness"))
    check_tree(v)
    check_big_tree(v)
    for item in v["openings"]:
        said = json.loads(item["jcs"])
        check_said(said)
        assert canonical(said).decode() == item["jcs"]
        assert hmac.new(b64(item["salt"]), item["jcs"].encode(), hashlib.sha256).hexdigest() == item["commitment"]
    refused(v["refused_openings"], lambda case: check_said(json.loads(case["opening"])))
    refused(v["refused_leaves"], lambda case: fits(case["leaf"]))
    for text in v["checkpoints"]["good"]:
        read_checkpoint(text, log, witness)
    refused(v["checkpoints"]["refused"], lambda case: read_checkpoint(case["checkpoint"], log, witness))
    check_submission(v, log, witness)
    leaves = v["quarters"]["leaves"]
    check_quarters(v["quarters"]["good"], leaves, log)
    refused(v["quarters"]["refused"], lambda case: check_quarters(case["files"], leaves, log))
    for raw in v["receipts"]["good"]:
        check_receipt(raw, log)
    refused(v["receipts"]["refused"], lambda case: check_receipt(case["receipt"], log))
    today = v["keys"]["next_log_vkey"]
    assert check_origins(v["origins"]["good"], today, log[0]) == v["keys"]["log_vkey"]
    refused(v["origins"]["refused"], lambda case: check_origins(case["origins"], today, log[0]))
    check_hashes(v)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    sys.stdout.write("every vector holds\n")
