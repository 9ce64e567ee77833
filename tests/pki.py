"""The declared test PKI of signature's tests: one root, two CAs, a specialised CA, an e-ID service.

Every certificate, CRL, header and assertion can be bent, one thing at a time.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
"""The control time of the tests: received_at of every dossier."""
YEAR = timedelta(days=365)


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@functools.cache
def key(kind: str, number: int = 0) -> CertificateIssuerPrivateKeyTypes:
    """A private key of that kind, the same one for the same number."""
    del number
    if kind == "ED25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind.startswith("RSA"):
        _, bits, *exponent = kind.split("-")
        return rsa.generate_private_key(int(exponent[0]) if exponent else 65537, int(bits))
    curves: dict[str, ec.EllipticCurve] = {
        "P-192": ec.SECP192R1(),
        "P-256": ec.SECP256R1(),
        "P-384": ec.SECP384R1(),
        "K-256": ec.SECP256K1(),
    }
    return ec.generate_private_key(curves[kind])


def usage(**on: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: on.get(name, False) for name in names})


def name(common: str, *uids: str) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COUNTRY_NAME, "VN")]
    attributes += [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    attributes += [x509.NameAttribute(NameOID.USER_ID, uid) for uid in uids]
    return x509.Name(attributes)


@dataclass(frozen=True)
class Party:
    """A certificate and its key: an authority or a signer."""

    certificate: x509.Certificate
    key: CertificateIssuerPrivateKeyTypes

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def _hash(signing: CertificateIssuerPrivateKeyTypes) -> Any:
    return None if isinstance(signing, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def certificate(
    subject: x509.Name,
    kind: str,
    issuer: Party | None,
    *,
    number: int = 0,
    ca: bool = False,
    path_length: int | None = None,
    key_usage: x509.KeyUsage | None = None,
    start: datetime = NOW - YEAR,
    end: datetime = NOW + YEAR,
    serial: int | None = None,
    purposes: tuple[str, ...] = (),
    critical: tuple[str, ...] = (),
) -> Party:
    """A certificate as asked for; `issuer` None means self-signed."""
    own = key(kind, number)
    signing = issuer.key if issuer else own
    issuer_name = issuer.certificate.subject if issuer else subject
    if key_usage is None:
        key_usage = (
            usage(key_cert_sign=True, crl_sign=True) if ca else usage(digital_signature=True)
        )
    builder = x509.CertificateBuilder(
        issuer_name=issuer_name,
        subject_name=subject,
        public_key=own.public_key(),
        serial_number=serial or x509.random_serial_number(),
        not_valid_before=start,
        not_valid_after=end,
    )
    builder = builder.add_extension(x509.BasicConstraints(ca, path_length), critical=True)
    builder = builder.add_extension(key_usage, critical=True)
    builder = builder.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False
    )
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    builder = builder.add_extension(authority, critical=False)
    if purposes:
        oids = [x509.ObjectIdentifier(oid) for oid in purposes]
        builder = builder.add_extension(x509.ExtendedKeyUsage(oids), critical=False)
    for oid in critical:
        unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), b"\x05\x00")
        builder = builder.add_extension(unknown, critical=True)
    return Party(builder.sign(signing, _hash(signing)), own)


def crl(
    issuer: Party,
    revoked: Mapping[int, datetime] | None = None,
    *,
    signed_by: Party | None = None,
    this_update: datetime = NOW - timedelta(hours=1),
    next_update: datetime = NOW + timedelta(days=1),
    number: int = 1,
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
) -> bytes:
    """A CRL of `issuer`, DER."""
    builder = x509.CertificateRevocationListBuilder(
        issuer.certificate.subject, this_update, next_update
    ).add_extension(x509.CRLNumber(number), critical=False)
    for serial, date in (revoked or {}).items():
        entry = x509.RevokedCertificateBuilder(serial, date).build()
        builder = builder.add_revoked_certificate(entry)
    for extension, is_critical in extensions:
        builder = builder.add_extension(extension, critical=is_critical)
    signing = (signed_by or issuer).key
    return builder.sign(signing, _hash(signing)).public_bytes(Encoding.DER)


def sign(signing: CertificateIssuerPrivateKeyTypes, alg: str, data: bytes) -> bytes:
    """The signature value of a JWA algorithm."""
    if isinstance(signing, ed25519.Ed25519PrivateKey):
        return signing.sign(data)
    if isinstance(signing, ec.EllipticCurvePrivateKey):
        r, s = decode_dss_signature(signing.sign(data, ec.ECDSA(hashes.SHA256())))
        size = (signing.key_size + 7) // 8
        return r.to_bytes(size) + s.to_bytes(size)
    assert isinstance(signing, rsa.RSAPrivateKey)
    digests: dict[str, hashes.HashAlgorithm] = {
        "384": hashes.SHA384(),
        "512": hashes.SHA512(),
    }
    digest = digests.get(alg[2:], hashes.SHA256())
    if alg.startswith("RS"):
        return signing.sign(data, padding.PKCS1v15(), digest)
    pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
    return signing.sign(data, pss, digest)


def header(party: Party, alg: str, /, **changes: Any) -> dict[str, Any]:
    """The protected header that a correct signer makes; a change to None leaves that name out."""
    values: dict[str, Any] = {
        "alg": alg,
        "x5c": [base64.b64encode(party.der).decode()],
        "x5t#S256": base64url(hashlib.sha256(party.der).digest()),
        "sigT": "2026-11-22T08:59:00Z",
    }
    values |= changes
    return {name: value for name, value in values.items() if value is not None}


def detached(party: Party, alg: str, text: str, /, **changes: Any) -> dict[str, str]:
    """A flattened JWS over `text`, payload detached."""
    protected = base64url(json.dumps(header(party, alg, **changes)).encode())
    return resigned(party, alg, protected, text)


def resigned(party: Party, alg: str, protected: str, text: str) -> dict[str, str]:
    """A correct signature value under any protected header."""
    data = f"{protected}.{base64url(text.encode())}".encode()
    return {"protected": protected, "signature": base64url(sign(party.key, alg, data))}


def assertion(party: Party, alg: str, claims: Mapping[str, Any], /, **changes: Any) -> str:
    """A compact JWS with x5c."""
    values = {"alg": alg, "x5c": [base64.b64encode(party.der).decode()]} | changes
    protected = base64url(json.dumps(values).encode())
    signed = f"{protected}.{base64url(json.dumps(claims).encode())}"
    return f"{signed}.{base64url(sign(party.key, alg, signed.encode()))}"
