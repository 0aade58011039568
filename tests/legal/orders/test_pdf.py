"""A hostile document harms nobody, and a changed one is never taken for whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from parley.legal.orders import pdf
from parley.legal.orders.errors import DocumentInvalid
from parley.legal.orders.rules import MAX_PDF
from tests import signed_pdf


@pytest.fixture(scope="module")
def court() -> signed_pdf.Court:
    return signed_pdf.court()


@pytest.fixture
def root(court: signed_pdf.Court, tmp_path: Path) -> Path:
    path = tmp_path / "root.pem"
    path.write_bytes(court.root_pem)
    return path


async def test_a_whole_document_of_a_trusted_court_has_no_fault(court: signed_pdf.Court, root: Path) -> None:
    report = await pdf.read(await court.sign("Order to disclose"), [root])
    assert (report.signed, report.valid, report.trusted, report.covers_whole) == (True, True, True, True)
    assert report.faults == ()


async def test_a_certificate_that_nobody_trusts_is_named(court: signed_pdf.Court) -> None:
    report = await pdf.read(await court.sign("Order to disclose"))
    assert report.valid
    assert not report.trusted
    assert any("root" in fault for fault in report.faults)


async def test_a_document_that_was_changed_after_signing_is_seen(court: signed_pdf.Court, root: Path) -> None:
    data = bytearray(await court.sign("Order to disclose"))
    at = data.find(b"/Count 1")
    data[at + 7 : at + 8] = b"9"
    report = await pdf.read(bytes(data), [root])
    assert not report.valid
    assert any("changed" in fault for fault in report.faults)


async def test_something_added_after_the_signature_is_seen(court: signed_pdf.Court, root: Path) -> None:
    data = await court.sign("Order to disclose")
    report = await pdf.read(data + b"\n% a remark that nobody signed\n", [root])
    assert not report.covers_whole or not report.valid


async def test_no_signature_is_said_and_not_an_error() -> None:
    report = await pdf.read(signed_pdf.unsigned("Order"))
    assert not report.signed
    assert report.faults == ("the document carries no signature",)


@pytest.mark.parametrize(
    "document",
    [
        b"%PDF-1.7 nothing of the kind",
        b"%PDF-1.7\n" + b"[" * 200_000,
        b"%PDF-1.7\n1 0 obj<</Length 99999999999/Filter/FlateDecode>>stream\nx\nendstream\nstartxref\n9\n%%EOF",
        b"%PDF-1.7\n1 0 obj<</Kids[1 0 R]/Type/Pages/Count 1>>endobj trailer<</Root 1 0 R>>",
    ],
)
async def test_a_hostile_document_ends_in_a_sentence(document: bytes) -> None:
    assert await _sentences(document)


@pytest.mark.parametrize("document", [b"", b"PK\x03\x04", b"%PDF-" + b"0" * MAX_PDF])
async def test_what_is_no_pdf_or_too_large_is_refused_at_once(document: bytes) -> None:
    with pytest.raises(DocumentInvalid):
        await pdf.read(document)


async def _sentences(document: bytes) -> tuple[str, ...]:
    """What a person reads about a document that is not whole."""
    try:
        report = await pdf.read(document)
    except DocumentInvalid as refused:
        return (str(refused),)
    return () if report.valid else report.faults
