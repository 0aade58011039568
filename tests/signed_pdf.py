"""Signed PDFs of a make-believe court, as officers attach them to orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO

from asn1crypto import keys, x509
from cryptography import x509 as certificates
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from fpdf import FPDF
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko_certvalidator.registry import SimpleCertificateStore


@dataclass(frozen=True, slots=True)
class Court:
    """A root certificate, and a signer that it vouches for. `root_pem` goes to the operator's trusted roots."""

    root_pem: bytes
    signer: signers.SimpleSigner

    async def sign(self, *lines: str) -> bytes:
        """Make a PDF of one page and sign it."""
        writer = IncrementalPdfFileWriter(BytesIO(_page(lines)))
        metadata = signers.PdfSignatureMetadata(field_name="Signature1")
        signed = await signers.async_sign_pdf(writer, metadata, signer=self.signer)
        return bytes(signed.getbuffer())


def unsigned(*lines: str) -> bytes:
    """Make a PDF of one page without any signature."""
    return _page(lines)


def court(name: str = "Amtsgericht Beispielstadt", calls: str | None = None) -> Court:
    """Found a court with a certificate of its own root, which may name an address that a reader should ask."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = _certificate("Beispiel Root", "Beispiel Root", root_key, root_key, root=True)
    leaf = _certificate(name, "Beispiel Root", key, root_key, root=False, calls=calls)
    store = SimpleCertificateStore()
    store.register(x509.Certificate.load(root.public_bytes(Encoding.DER)))
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = signers.SimpleSigner(
        signing_cert=x509.Certificate.load(leaf.public_bytes(Encoding.DER)),
        signing_key=keys.PrivateKeyInfo.load(private),
        cert_registry=store,
    )
    return Court(root.public_bytes(Encoding.PEM), signer)


def _page(lines: tuple[str, ...]) -> bytes:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=12)
    for line in lines or ("Order",):
        pdf.cell(0, 10, line, new_x="LMARGIN", new_y="NEXT")
    return bytes(pdf.output())


def _certificate(
    subject: str,
    issuer: str,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    root: bool,
    calls: str | None = None,
) -> certificates.Certificate:
    now = datetime.now(UTC)
    usage = certificates.KeyUsage(
        digital_signature=True, content_commitment=not root, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=root, crl_sign=root, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    builder = (
        certificates.CertificateBuilder()
        .subject_name(certificates.Name([certificates.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(certificates.Name([certificates.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(certificates.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(certificates.BasicConstraints(ca=root, path_length=None), critical=True)
        .add_extension(usage, critical=True)
    )
    for extension in _asking(calls) if calls else ():
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _asking(url: str) -> tuple[certificates.ExtensionType, ...]:
    """Where a reader is told to ask for the issuer and for what was revoked."""
    place = certificates.UniformResourceIdentifier(url)
    oids = (AuthorityInformationAccessOID.OCSP, AuthorityInformationAccessOID.CA_ISSUERS)
    return (
        certificates.AuthorityInformationAccess([certificates.AccessDescription(oid, place) for oid in oids]),
        certificates.CRLDistributionPoints([certificates.DistributionPoint([place], None, None, None)]),
    )
