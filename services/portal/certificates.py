"""Certificates and CRLs as Circular 28/2025 shapes them: X.509 v3, typed UIDs, no network URLs.

Every identity of a subject stands in a UID attribute (0.9.2342.19200300.100.1.1), `TYPE:value`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
IssuerKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Algorithm = Literal["PS256", "RS256", "ES256", "EdDSA"]

CA_LIFE = timedelta(days=3650)
CRL_LIFE = timedelta(days=30)
RSA_BITS = 2048

_LEAF_USAGE = x509.KeyUsage(
    digital_signature=True,
    content_commitment=True,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)
_CA_USAGE = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class Validity:
    """From when to when a certificate is valid."""

    start: datetime
    end: datetime

    @classmethod
    def around(cls, now: datetime) -> Validity:
        """A month old, two years to go."""
        return cls(now - timedelta(days=30), now + timedelta(days=730))

    @classmethod
    def past(cls, now: datetime) -> Validity:
        """Ended ten days ago."""
        return cls(now - timedelta(days=740), now - timedelta(days=10))


@dataclass(frozen=True, slots=True)
class Authority:
    """A certification authority: what it signs with and the certificate that says so."""

    certificate: x509.Certificate
    key: IssuerKey


def new_key(algorithm: Algorithm) -> PrivateKey:
    """A fresh key for the algorithm: RSA-2048, P-256 or Ed25519."""
    if algorithm == "EdDSA":
        return ed25519.Ed25519PrivateKey.generate()
    return new_issuer_key(rsa_key=algorithm != "ES256")


def new_issuer_key(*, rsa_key: bool) -> IssuerKey:
    """A fresh key that an authority may sign with: RSA-2048 or P-256."""
    if rsa_key:
        return rsa.generate_private_key(65537, RSA_BITS)
    return ec.generate_private_key(ec.SECP256R1())


def subject_name(
    common_name: str, uids: Sequence[str], *, organisation: str | None = None, joined: bool = False
) -> x509.Name:
    """C=VN, O, CN and one UID per identity; `joined` puts all UIDs into one multi-valued RDN."""
    rdns = [_rdn((NameOID.COUNTRY_NAME, "VN"))]
    if organisation:
        rdns.append(_rdn((NameOID.ORGANIZATION_NAME, organisation[:64])))
    rdns.append(_rdn((NameOID.COMMON_NAME, common_name[:64])))
    if uids and joined:
        rdns.append(_rdn(*((NameOID.USER_ID, uid) for uid in uids)))
    else:
        rdns += [_rdn((NameOID.USER_ID, uid)) for uid in uids]
    return x509.Name(rdns)


def root_authority(name: x509.Name, key: IssuerKey, now: datetime) -> Authority:
    """A self-signed trust anchor for one level of authorities."""
    builder = _builder(name, name, key, Validity(now - timedelta(days=365), now + CA_LIFE))
    builder = _as_authority(builder, path_length=1)
    return Authority(builder.sign(key, hashes.SHA256()), key)


def sub_authority(parent: Authority, name: x509.Name, key: IssuerKey, now: datetime) -> Authority:
    """An authority below `parent` that issues leaves only."""
    validity = Validity(now - timedelta(days=200), now + CA_LIFE / 2)
    builder = _builder(name, parent.certificate.subject, key, validity)
    builder = _as_authority(builder, path_length=0)
    return Authority(_issued(builder, parent), key)


def leaf(
    issuer: Authority,
    name: x509.Name,
    key: PrivateKey,
    validity: Validity,
    *,
    serial: int | None = None,
) -> x509.Certificate:
    """A signing certificate: digitalSignature and nonRepudiation, no CA."""
    builder = _builder(name, issuer.certificate.subject, key, validity, serial)
    builder = builder.add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )
    return _issued(builder.add_extension(_LEAF_USAGE, critical=True), issuer)


def revocation_list(
    issuer: Authority, revoked: Iterable[int], now: datetime, *, number: int = 1
) -> x509.CertificateRevocationList:
    """The issuer's CRL with these serials revoked five days ago; serves for 30 days."""
    issuer_ski = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(now - timedelta(hours=1))
        .next_update(now + CRL_LIFE)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_ski.value),
            critical=False,
        )
    )
    for serial in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(serial)
            .revocation_date(now - timedelta(days=5))
            .add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
            .build()
        )
    return builder.sign(issuer.key, hashes.SHA256())


def _rdn(*attributes: tuple[x509.ObjectIdentifier, str]) -> x509.RelativeDistinguishedName:
    return x509.RelativeDistinguishedName(
        x509.NameAttribute(oid, value) for oid, value in attributes
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: PrivateKey,
    validity: Validity,
    serial: int | None = None,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(validity.start)
        .not_valid_after(validity.end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _as_authority(builder: x509.CertificateBuilder, *, path_length: int) -> x509.CertificateBuilder:
    return builder.add_extension(
        x509.BasicConstraints(ca=True, path_length=path_length), critical=True
    ).add_extension(_CA_USAGE, critical=True)


def _issued(builder: x509.CertificateBuilder, issuer: Authority) -> x509.Certificate:
    ski = issuer.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ski.value)
    return builder.add_extension(identifier, critical=False).sign(issuer.key, hashes.SHA256())
