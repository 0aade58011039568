"""A second verifier, written from RFC 6962 and the C2SP texts alone; it imports nothing of Parley.

Usage: `python small_verifier.py FOLDER`, where the folder holds a log's public files as they are served.
"""

import base64
import hashlib
import hmac
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha(data):
    return hashlib.sha256(data).digest()


def mth(entries):
    """RFC 6962, 2.1, over leaf hashes."""
    if len(entries) == 1:
        return entries[0]
    k = 1
    while 2 * k < len(entries):
        k *= 2
    return sha(b"\x01" + mth(entries[:k]) + mth(entries[k:]))


def root(entries):
    return mth(entries) if entries else sha(b"")


def tile_path(level, number, width):
    parts = []
    text = f"{number:03d}"
    text = text.zfill(-(-len(text) // 3) * 3)
    parts = [text[i : i + 3] for i in range(0, len(text), 3)]
    path = "/".join(["x" + part for part in parts[:-1]] + [parts[-1]])
    return f"tile/{level}/{path}" + ("" if width == 256 else f".p/{width}")


def read_key(line):
    name, key_id, blob = line.strip().split("+", 2)
    blob = base64.b64decode(blob)
    assert hashlib.sha256(name.encode() + b"\n" + blob).hexdigest()[:8] == key_id, "key id"
    return name, bytes.fromhex(key_id), blob[0], Ed25519PublicKey.from_public_bytes(blob[1:])


def check_note(data, *keys):
    text, _, signatures = data.decode().rpartition("\n\n")
    text += "\n"
    for name, key_id, kind, public in keys:
        found = False
        for line in signatures.splitlines():
            dash, signer, blob = line.split(" ")
            blob = base64.b64decode(blob)
            if dash == "\u2014" and signer == name and blob[:4] == key_id:
                if kind == 4:
                    when = int.from_bytes(blob[4:12], "big")
                    public.verify(blob[12:], f"cosignature/v1\ntime {when}\n{text}".encode())
                else:
                    public.verify(blob[4:], text.encode())
                found = True
        assert found, f"no signature by {name}"
    origin, size, digest, rest = text.split("\n")
    assert rest == ""
    return origin, int(size), base64.b64decode(digest)


def check_tiles(folder, leaves):
    level, row = 0, leaves
    while row:
        for number in range(-(-len(row) // 256)):
            part = row[number * 256 : number * 256 + 256]
            served = (folder / tile_path(level, number, len(part))).read_bytes()
            assert served == b"".join(part), f"tile {level}/{number}"
        row = [mth(row[i : i + 256]) for i in range(0, len(row) - 255, 256)]
        level += 1


def read_leaves(folder, size):
    leaves = []
    for number in range(-(-size // 256)):
        width = min(256, size - number * 256)
        data = (folder / tile_path("entries", number, width)).read_bytes()
        while data:
            length = int.from_bytes(data[:2], "big")
            leaves.append(data[2 : 2 + length])
            data = data[2 + length :]
    assert len(leaves) == size
    return leaves


def check_inclusion(leaf, index, size, proof, wanted):
    """RFC 9162, 2.1.3.2."""
    fn, sn, r = index, size - 1, sha(b"\x00" + leaf)
    for p in proof:
        assert sn != 0
        if fn & 1 or fn == sn:
            r = sha(b"\x01" + p + r)
            while fn & 1 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha(b"\x01" + r + p)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    assert r == wanted, "inclusion"


def check_consistency(first, second, first_root, second_root, path):
    """RFC 9162, 2.1.4.2, for 0 < first < second."""
    path = list(path)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        assert sn != 0
        if fn & 1 or fn == sn:
            fr, sr = sha(b"\x01" + c + fr), sha(b"\x01" + c + sr)
            while fn & 1 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = sha(b"\x01" + sr + c)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    assert (fr, sr) == (first_root, second_root), "consistency"


def check_witness(folder, log, old_size, old_root):
    """What a log sent to a witness, and what came back (C2SP tlog-witness)."""
    head, _, note = (folder / "submission").read_bytes().partition(b"\n\n")
    first, *proof = head.decode().split("\n")
    assert first == f"old {old_size}"
    _, size, digest = check_note(note, log)
    check_consistency(old_size, size, old_root, digest, [base64.b64decode(line) for line in proof])
    witness = read_key((folder / "serving-witness").read_text())
    check_note(note + (folder / "answer").read_bytes(), log, witness)


def canonical(value):
    """RFC 8785 for the values that openings have: ASCII strings, whole numbers, booleans, lists."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def check_opening(leaf, salt, opening):
    wanted = hmac.new(salt, canonical(opening), hashlib.sha256).hexdigest()
    assert json.loads(leaf)["commitment"] == wanted, "commitment"


def main(folder):
    log = read_key((folder / "vkey").read_text())
    witness = read_key((folder / "witness").read_text())
    origin, size, digest = check_note((folder / "checkpoint").read_bytes(), log, witness)
    assert origin == log[0]
    leaves = read_leaves(folder, size)
    hashes = [sha(b"\x00" + leaf) for leaf in leaves]
    assert root(hashes) == digest, "root"
    check_tiles(folder, hashes)
    for index, leaf in enumerate(leaves):
        content = json.loads(leaf)
        assert canonical(content) == leaf
        assert int(content["seq"]) == index
        assert content["v"] == 1
    _, old_size, old_root = check_note((folder / "old").read_bytes(), log)
    assert root(hashes[:old_size]) == old_root, "consistency"
    check_witness(folder, log, old_size, old_root)
    receipt = json.loads((folder / "receipt").read_text())
    _, at, under = check_note(receipt["checkpoint"].encode(), log)
    proof = [base64.b64decode(item) for item in receipt["inclusion_proof"]]
    check_inclusion(receipt["leaf"].encode(), receipt["index"], at, proof, under)
    check_opening(receipt["leaf"], base64.b64decode(receipt["salt"]), receipt["opening"])
    for part in json.loads((folder / "openings").read_text())["logs"]:
        for item in part["openings"] + part["late"]:
            check_opening(leaves[item["index"]], base64.b64decode(item["salt"]), item["opening"])
    return size


if __name__ == "__main__":
    sys.stdout.write(f"verified {main(Path(sys.argv[1]))} leaves\n")
