"""A certificate read once into the facts that verdicts need; nothing here is judged or trusted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID

from services.signature.core.algorithms import Key, Kind, is_sha2, kind_of, rsa_size
from services.signature.core.identity import Uid, parse_uids
from services.signature.core.jws import thumbprint

PROCESSED = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.CERTIFICATE_POLICIES,  # any policy is accepted, RFC 5280, 6.1.1 (c)
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,  # names in it are never used
    }
)
"""Extensions that may be critical. Name constraints are not among them: such a CA is refused."""

X = TypeVar("X", bound=x509.ExtensionType)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says of itself."""

    x509: x509.Certificate
    sha256: str
    thumbprint: str
    key: Key | None
    """None where no policy accepts the key's type or curve."""
    kind: Kind | None
    rsa_size: tuple[int, int] | None
    subject: bytes
    issuer: bytes
    issuer_name: str
    common_name: str
    uids: tuple[Uid, ...]
    serial: int
    not_before: datetime
    not_after: datetime
    is_ca: bool
    path_length: int | None
    signs_documents: bool
    issues_certificates: bool
    signs_crls: bool
    purposes: frozenset[str] | None
    """Extended key usages; None where the certificate has no such extension."""
    critical_unknown: bool
    key_id: bytes | None
    issuer_key_id: bytes | None
    signed_with_sha2: bool

    def is_valid_at(self, instant: datetime) -> bool:
        """Whether `instant` lies in the validity period, to the second, both ends included."""
        return self.not_before <= instant <= self.not_after


def _extension(extensions: x509.Extensions, kind: type[X]) -> X | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _texts(name: x509.Name, oid: x509.ObjectIdentifier) -> list[str]:
    values = (attribute.value for attribute in name.get_attributes_for_oid(oid))
    return [value for value in values if isinstance(value, str)]


def _key(certificate: x509.Certificate) -> Key | None:
    key = certificate.public_key()
    return key if kind_of(key) is not None else None  # type: ignore[return-value]


def _sha2(certificate: x509.Certificate) -> bool:
    return is_sha2(certificate.signature_hash_algorithm)


def _or_none(read: Callable[[x509.Certificate], T], certificate: x509.Certificate) -> T | None:
    """None where the library does not know the algorithm that the certificate names."""
    try:
        return read(certificate)
    except Exception:  # noqa: BLE001  unknown key types raise ValueError, UnsupportedAlgorithm, ...
        return None


def _read(der: bytes) -> Certificate:
    cert = x509.load_der_x509_certificate(der)
    key = _or_none(_key, cert)
    extensions = cert.extensions
    basic = _extension(extensions, x509.BasicConstraints)
    usage = _extension(extensions, x509.KeyUsage)
    extended = _extension(extensions, x509.ExtendedKeyUsage)
    own_key_id = _extension(extensions, x509.SubjectKeyIdentifier)
    issuer_key_id = _extension(extensions, x509.AuthorityKeyIdentifier)
    common_names = _texts(cert.subject, NameOID.COMMON_NAME)
    return Certificate(
        x509=cert,
        sha256=hashlib.sha256(der).hexdigest(),
        thumbprint=thumbprint(der),
        key=key,
        kind=kind_of(key),
        rsa_size=rsa_size(key),
        subject=cert.subject.public_bytes(),
        issuer=cert.issuer.public_bytes(),
        issuer_name=", ".join(_texts(cert.issuer, NameOID.COMMON_NAME)),
        common_name=common_names[0] if common_names else "",
        uids=parse_uids(_texts(cert.subject, NameOID.USER_ID)),
        serial=cert.serial_number,
        not_before=cert.not_valid_before_utc,
        not_after=cert.not_valid_after_utc,
        is_ca=basic is not None and basic.ca,
        path_length=basic.path_length if basic is not None else None,
        signs_documents=usage is not None and (usage.digital_signature or usage.content_commitment),
        issues_certificates=usage is not None and usage.key_cert_sign,
        signs_crls=usage is not None and usage.crl_sign,
        purposes=None if extended is None else frozenset(oid.dotted_string for oid in extended),
        critical_unknown=any(e.critical and e.oid not in PROCESSED for e in extensions),
        key_id=own_key_id.digest if own_key_id is not None else None,
        issuer_key_id=issuer_key_id.key_identifier if issuer_key_id is not None else None,
        signed_with_sha2=_or_none(_sha2, cert) is True,
    )


def read_certificate(der: bytes) -> Certificate | None:
    """The certificate, or None where these bytes are none."""
    try:
        return _read(der)
    except Exception:  # noqa: BLE001  hostile DER: whatever the parser raises, it is no certificate
        return None
