"""The child process that reads one PDF from standard input: `pdf.py` starts it under limits."""

from __future__ import annotations

import asyncio
import ctypes
import hashlib
import json
import logging
import os
import socket
import sys
import warnings
from io import BytesIO
from typing import Any, NoReturn

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

#: unshare(2): a network of its own without any interface, and the user namespace that lets everybody have one.
_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000


def main() -> None:
    """Read, judge, answer with one JSON object."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    data = sys.stdin.buffer.read()
    loop = asyncio.new_event_loop()
    _cut_off()
    answer = json.dumps(loop.run_until_complete(judge(data, sys.argv[1:])))
    os.write(1, answer.encode())


def _cut_off() -> None:
    """From here on nothing in this process opens a connection, whatever a document or its certificate names.

    Where the system allows it the process also leaves the machine's network, so that even a document that took
    it over reaches nobody; elsewhere (another kernel, a unit that forbids namespaces) the lines below remain.
    """
    kernel = ctypes.CDLL(None)
    if kernel.unshare(_NEW_NETWORK) != 0:
        kernel.unshare(_NEW_USER | _NEW_NETWORK)

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise OSError("the reader of documents has no network")

    socket.socket.connect = refuse  # type: ignore[method-assign]
    socket.getaddrinfo = refuse


async def judge(data: bytes, roots: list[str]) -> dict[str, Any]:
    """Give the report of one PDF. Any failure to read it is a fault in the report."""
    report: dict[str, Any] = {
        "signed": False,
        "valid": False,
        "trusted": False,
        "signer": "",
        "signed_at": "",
        "covers_whole": False,
        "sha256": hashlib.sha256(data).hexdigest(),
        "pages": 0,
        "faults": [],
    }
    try:
        await _fill(report, PdfFileReader(BytesIO(data)), roots)
    except Exception as error:
        report["valid"] = False
        report["faults"].append(f"the document cannot be read ({type(error).__name__})")
    return report


async def _fill(report: dict[str, Any], reader: Any, roots: list[str]) -> None:
    report["pages"] = int(reader.root["/Pages"]["/Count"])
    signatures = list(reader.embedded_regular_signatures)
    if not signatures:
        report["faults"].append("the document carries no signature")
        return
    signature = signatures[-1]
    report["signed"] = True
    certificate = signature.signer_cert
    report["signer"] = str(certificate.subject.human_friendly)[:300]
    trusted = [load_cert_from_pemder(path) for path in roots]  # type: ignore[no-untyped-call]
    context = ValidationContext(trust_roots=trusted, allow_fetching=False, revocation_mode="soft-fail")
    status = await async_validate_pdf_signature(signature, context)
    report["valid"] = bool(status.intact and status.valid)
    report["trusted"] = bool(status.trusted)
    report["covers_whole"] = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    if status.signer_reported_dt is not None:
        report["signed_at"] = status.signer_reported_dt.isoformat()
    _note_faults(report)


def _note_faults(report: dict[str, Any]) -> None:
    for fits, fault in (
        (report["valid"], "the signature does not fit the document: it was changed, or the signature is broken"),
        (report["covers_whole"], "something was added to the document after it was signed"),
        (report["trusted"], "the certificate does not lead to a root that the operator trusts"),
    ):
        if not fits:
            report["faults"].append(fault)


if __name__ == "__main__":
    main()
