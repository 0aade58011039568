"""The sealed delivery: a ZIP with the data twice, a manifest signed by the operator, inside an age file.

age alone has neither a sender nor a manifest. The operator's key is on the server, which must not see the
data: it signs a manifest of hashes only. Both data files hold the same random blinding value, or their
hashes could be guessed from the number of addresses that exist. The evidence itself is never altered; the
watermark is the delivery's id in the manifest.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import secrets
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyrage  # type: ignore[import-untyped]
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from parley.core.ids import CustodianId, DisclosureId
from parley.legal.disclosure.errors import DeliveryInvalid
from parley.legal.disclosure.model import Field, ReleaseRequest, SignedRequest
from parley.legal.vault.model import Address

DATA_JSON, DATA_CSV, MANIFEST, SIGNATURE = "data.json", "data.csv", "manifest.json", "manifest.sig"
_BLINDING = 32
#: A ZIP entry has a time; evidence files all get the earliest that the format knows.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_MAX_MEMBER = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Contents:
    """The two data files; equal in what they say."""

    data_json: bytes
    data_csv: bytes

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each file by name: all that the server learns of them."""
        return {DATA_JSON: _sha256(self.data_json), DATA_CSV: _sha256(self.data_csv)}


@dataclass(frozen=True, slots=True)
class Opened:
    """A delivery as its recipient finds it, with a verified signature."""

    contents: Contents
    manifest: dict[str, Any]


def write_contents(request: ReleaseRequest, phone: str | None, addresses: Sequence[Address]) -> Contents:
    """Write what is released, and no field more; times in UTC with milliseconds, with the source port.

    A port that no proxy named is `null` in the JSON file and `unknown` in the CSV file, never 0.
    """
    rows = [_row(address, request) for address in addresses]
    if Field.IP_TIME not in request.fields:
        rows = list({tuple(row.items()): row for row in rows}.values())
    blinding = secrets.token_hex(_BLINDING)
    shown = phone if Field.PHONE in request.fields else None
    return Contents(_as_json(request, shown, rows, blinding), _as_csv(shown, rows, blinding))


def _row(address: Address, request: ReleaseRequest) -> dict[str, Any]:
    row: dict[str, Any] = {"ip": str(address.ip)}
    if Field.PORT in request.fields:
        row["port"] = address.port
    if Field.IP_TIME in request.fields:
        row["time_utc"] = moment(address.at)
    return row


def moment(at: datetime) -> str:
    """A time as the files write it: UTC with milliseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _as_json(request: ReleaseRequest, phone: str | None, rows: list[dict[str, Any]], blinding: str) -> bytes:
    data: dict[str, Any] = {
        "account": int(request.account),
        "start": moment(request.start),
        "end": moment(request.end),
        "fields": [str(field) for field in request.fields],
    }
    if Field.PHONE in request.fields:
        data["phone"] = phone
    if Field.IP in request.fields:
        data["addresses"] = rows
    return json.dumps({**data, "blinding": blinding}, indent=2).encode() + b"\n"


def _as_csv(phone: str | None, rows: list[dict[str, Any]], blinding: str) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(["kind", "value", "port", "time_utc"])
    if phone is not None:
        writer.writerow(["phone", phone, "", ""])
    writer.writerows(["ip", row["ip"], _port(row), row.get("time_utc", "")] for row in rows)
    writer.writerow(["blinding", blinding, "", ""])
    return out.getvalue().encode()


def _port(row: dict[str, Any]) -> Any:
    """Empty when the port was not to be disclosed; it is something else when nobody knows it."""
    return "" if "port" not in row else row["port"] or "unknown"


def write_manifest(
    signed: SignedRequest,
    delivery_id: DisclosureId,
    hashes: dict[str, str],
    custodians: Sequence[CustodianId],
    given_up: Sequence[date] = (),
) -> bytes:
    """Write the manifest that the operator signs: watermark, what it answers, who opened, hashes (RFC 8785).

    `not_openable` names the days that are missing because nobody can open them any more, where there are any.

    Raises:
        DeliveryInvalid: not exactly the two files, or something that is no SHA-256.
    """
    if set(hashes) != {DATA_JSON, DATA_CSV} or not all(_is_sha256(value) for value in hashes.values()):
        raise DeliveryInvalid("a manifest names the SHA-256 of the two data files")
    return rfc8785.dumps(
        {
            "v": 1,
            "delivery_id": delivery_id,
            "release_sha256": signed.sha256.hex(),
            "order_sha256": signed.request.order_sha256,
            "decision_id": signed.request.decision_id,
            "recipient_key": signed.request.recipient_key,
            "opened_by": list(custodians),
            "files": {name: hashes[name] for name in sorted(hashes)},
            **({"not_openable": [day.isoformat() for day in given_up]} if given_up else {}),
        }
    )


def check_signature(manifest: bytes, signature: bytes, operator_key: bytes) -> None:
    """Check the operator's signature of a manifest.

    Raises:
        DeliveryInvalid: it is not the operator's.
    """
    try:
        Ed25519PublicKey.from_public_bytes(operator_key).verify(signature, manifest)
    except (InvalidSignature, ValueError) as error:
        raise DeliveryInvalid("the manifest is not signed by the operator's delivery key") from error


def seal(contents: Contents, manifest: bytes, signature: bytes, recipient_key: str) -> bytes:
    """Pack and encrypt a delivery for the officer's age recipient.

    Raises:
        DeliveryInvalid: the recipient is no age key.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in (
            (DATA_JSON, contents.data_json),
            (DATA_CSV, contents.data_csv),
            (MANIFEST, manifest),
            (SIGNATURE, signature),
        ):
            archive.writestr(zipfile.ZipInfo(name, _ZIP_TIME), content)
    try:
        sealed: bytes = pyrage.encrypt(packed.getvalue(), [pyrage.x25519.Recipient.from_str(recipient_key)])
        return sealed
    except (pyrage.RecipientError, pyrage.EncryptError) as error:
        raise DeliveryInvalid("the recipient is no age key") from error


def unseal(sealed: bytes, identity: str, operator_key: bytes) -> Opened:
    """Open and check a delivery as its recipient does.

    Raises:
        DeliveryInvalid: another identity, another signer, or files that the manifest does not name.
    """
    try:
        packed = pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(identity)])
        members = _members(packed)
        manifest, signature = members[MANIFEST], members[SIGNATURE]
        contents = Contents(members[DATA_JSON], members[DATA_CSV])
    except (pyrage.IdentityError, pyrage.DecryptError, zipfile.BadZipFile, KeyError) as error:
        raise DeliveryInvalid("not a delivery for this identity") from error
    check_signature(manifest, signature, operator_key)
    read: dict[str, Any] = json.loads(manifest)
    if read["files"] != contents.hashes():
        raise DeliveryInvalid("the files are not those that the manifest names")
    return Opened(contents, read)


def _members(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        if any(entry.file_size > _MAX_MEMBER for entry in archive.infolist()):
            raise DeliveryInvalid("a file of the delivery is too large")
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _is_sha256(value: object) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")
