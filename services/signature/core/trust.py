"""The trust list: a JSON file that a person can write, judged as a whole before it is used.

Every CA is checked against its ROOT once, here; a list with one bad service is refused entirely.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import Field, StringConstraints, ValidationError

from schemas.content import Timestamp, faults_of
from schemas.parties import Line, Written
from schemas.strict_json import StrictJsonError, loads
from services.signature.core.algorithms import is_strong
from services.signature.core.certificates import Certificate, read_certificate
from services.signature.core.policy import SignaturePolicy

MAX_LIST_BYTES = 4 * 1024 * 1024
ServiceType = Literal["ROOT", "CA", "SPECIALISED", "EID"]
Path = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class ServiceEntry(Written):
    """One trust service; paths are relative to the list. An EID entry pins one certificate."""

    name: Line
    type: ServiceType
    status: Literal["granted", "withdrawn"]
    certificate: Path
    crl: Path | None = None


class TrustListFile(Written):
    """The file, as services/signature/README.md shows it."""

    sequence_number: Annotated[int, Field(ge=1)]
    issued: Timestamp
    next_update: Timestamp
    services: Annotated[list[ServiceEntry], Field(min_length=1, max_length=1000)]


class TrustListError(ValueError):
    """The list must not be used; the text is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Service:
    """A granted service. `root` is None for anchors: ROOT, EID, and self-signed SPECIALISED."""

    entry: ServiceEntry
    certificate: Certificate
    root: Service | None = None


@dataclass(frozen=True, slots=True)
class TrustList:
    """A list that was checked. `epoch` names exactly this list with exactly these certificates."""

    sequence_number: int
    next_update: datetime
    sha256: str
    epoch: str
    services: tuple[Service, ...]
    issuers: Mapping[bytes, tuple[Service, ...]]
    eid: Mapping[str, Service]


def parse_list(raw: bytes) -> TrustListFile:
    """The file's content. Raises TrustListError."""
    try:
        return TrustListFile.model_validate(loads(raw, max_bytes=MAX_LIST_BYTES))
    except StrictJsonError as error:
        raise TrustListError(f"the trust list is not strict JSON: {error}") from None
    except ValidationError as error:
        fault = faults_of(error)[0]
        raise TrustListError(f"the trust list is wrong at {fault.path}: {fault.expected}") from None


def _certificate(entry: ServiceEntry, raw: bytes) -> Certificate:
    try:
        if raw.lstrip().startswith(b"-----BEGIN"):
            raw = x509.load_pem_x509_certificate(raw).public_bytes(Encoding.DER)
    except ValueError:
        raise TrustListError(f"{entry.certificate} holds no certificate") from None
    certificate = read_certificate(raw)
    if certificate is None:
        raise TrustListError(f"{entry.certificate} holds no certificate")
    return certificate


def is_issued_by(subject: Certificate, issuer: Certificate) -> bool:
    """Names agree byte for byte, key identifiers agree where given, and the signature is right."""
    if subject.issuer != issuer.subject or not subject.signed_with_sha2:
        return False
    if None not in (subject.issuer_key_id, issuer.key_id) and (
        subject.issuer_key_id != issuer.key_id
    ):
        return False
    try:
        subject.x509.verify_directly_issued_by(issuer.x509)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _check_issuing(service: Service, policy: SignaturePolicy) -> None:
    certificate, name = service.certificate, service.entry.certificate
    if not is_strong(certificate.kind, certificate.rsa_size, policy):
        raise TrustListError(f"{name}: the key is too weak or of an unknown type")
    if not (certificate.is_ca and certificate.issues_certificates):
        raise TrustListError(f"{name}: not a CA certificate with keyCertSign")
    if certificate.critical_unknown:
        raise TrustListError(f"{name}: a critical extension that is not understood")


def _check_eid(service: Service, policy: SignaturePolicy) -> None:
    certificate = service.certificate
    if not is_strong(certificate.kind, certificate.rsa_size, policy):
        raise TrustListError(f"{service.entry.certificate}: the key is too weak or unknown")
    if certificate.is_ca or not certificate.signs_documents:
        raise TrustListError(
            f"{service.entry.certificate}: an EID entry pins the certificate that signs assertions"
            " (digitalSignature, no CA)"
        )


def _root_of(service: Service, roots: list[Service]) -> Service | None:
    for root in roots:
        if root.certificate.path_length == 0:
            continue
        if is_issued_by(service.certificate, root.certificate):
            return root
    if service.entry.type == "SPECIALISED" and is_issued_by(
        service.certificate, service.certificate
    ):
        return None
    raise TrustListError(f"{service.entry.certificate}: not issued by a granted ROOT of the list")


def _services(
    file: TrustListFile, certificates: Mapping[str, bytes], policy: SignaturePolicy
) -> list[Service]:
    granted = [
        Service(entry, _certificate(entry, certificates[entry.certificate]))
        for entry in file.services
        if entry.status == "granted"
    ]
    for service in granted:
        (_check_eid if service.entry.type == "EID" else _check_issuing)(service, policy)
    roots = [service for service in granted if service.entry.type == "ROOT"]
    return [
        Service(s.entry, s.certificate, _root_of(s, roots))
        if s.entry.type in {"CA", "SPECIALISED"}
        else s
        for s in granted
    ]


def _by_subject(services: list[Service]) -> dict[bytes, tuple[Service, ...]]:
    found: dict[bytes, tuple[Service, ...]] = {}
    for service in services:
        if service.entry.type in {"CA", "SPECIALISED"}:
            name = service.certificate.subject
            found[name] = (*found.get(name, ()), service)
    return found


def compile_list(
    raw: bytes, certificates: Mapping[str, bytes], policy: SignaturePolicy
) -> TrustList:
    """The list, with the certificate files by the paths that it names. Raises TrustListError."""
    file = parse_list(raw)
    services = _services(file, certificates, policy)
    digest = hashlib.sha256(raw).hexdigest()
    try:
        next_update = datetime.fromisoformat(file.next_update).astimezone(UTC)
        datetime.fromisoformat(file.issued)
    except (ValueError, OverflowError):
        raise TrustListError("the trust list's issued or next_update is no instant") from None
    parts = [digest, *(service.certificate.sha256 for service in services)]
    return TrustList(
        sequence_number=file.sequence_number,
        next_update=next_update,
        sha256=digest,
        epoch=hashlib.sha256("\n".join(parts).encode()).hexdigest(),
        services=tuple(services),
        issuers=_by_subject(services),
        eid={s.certificate.sha256: s for s in services if s.entry.type == "EID"},
    )
