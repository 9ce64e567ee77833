"""From a signing certificate to a trust anchor at one instant (RFC 5280, 6; EN 319 102-1, 5.2.6).

Issuers come from the trust list only; what a signature brings beyond its leaf is never looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from schemas.signature import Signer, SubIndication
from services.signature.core.algorithms import is_strong
from services.signature.core.certificates import Certificate, read_certificate
from services.signature.core.identity import identifiers
from services.signature.core.jws import JwsFormatError, certificate_der
from services.signature.core.policy import SignaturePolicy
from services.signature.core.revocation import RevocationList
from services.signature.core.trust import Service, TrustList, is_issued_by

MAX_REMEMBERED = 20_000
"""About 5 KB each: the process stays far below 250 MB."""
RevocationStatus = Literal["GOOD", "REVOKED", "UNKNOWN", "NOT_CHECKED"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A signing certificate and the services that did issue it, whenever that was."""

    certificate: Certificate
    issuers: tuple[Service, ...]
    signer: Signer


class _Unknown:
    """Not looked at yet."""


_UNKNOWN = _Unknown()


def _signer(certificate: Certificate) -> Signer:
    return Signer(
        common_name=certificate.common_name,
        identifiers=identifiers(certificate.uids),
        certificate_sha256=certificate.sha256,
        serial=format(certificate.serial, "x"),
        issuer=certificate.issuer_name,
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a verdict may rest on: one epoch of the trust list and the CRLs of its services.

    `remembered` holds leaves of this epoch, never their revocation; it changes no answer.
    """

    trust: TrustList
    crls: Mapping[str, RevocationList]
    """By SHA-256 of the issuing CA's certificate."""
    remembered: MutableMapping[str, Leaf | None] = field(default_factory=dict, repr=False)

    def leaf(self, x5c: str, policy: SignaturePolicy) -> Leaf | None:
        """The certificate in an x5c element; None where it is none. Raises JwsFormatError."""
        known = self.remembered.get(x5c, _UNKNOWN)  # one look-up: another thread may clear it
        if not isinstance(known, _Unknown):
            return known
        der = certificate_der(x5c)
        if len(der) > policy.max_certificate_bytes:
            raise JwsFormatError("X5C")
        certificate = read_certificate(der)
        leaf = None
        if certificate is not None:
            named = self.trust.issuers.get(certificate.issuer, ())
            issuers = tuple(s for s in named if is_issued_by(certificate, s.certificate))
            leaf = Leaf(certificate, issuers, _signer(certificate))
        if len(self.remembered) >= MAX_REMEMBERED:
            self.remembered.clear()
        self.remembered[x5c] = leaf
        return leaf


@dataclass(frozen=True, slots=True)
class ChainResult:
    """What the XCV block found; `failure` None means a valid chain at that instant."""

    failure: SubIndication | None
    reason: str = ""
    service: Service | None = None
    revocation: RevocationStatus = "NOT_CHECKED"
    crls: tuple[RevocationList, ...] = ()


def _misuse(certificate: Certificate, policy: SignaturePolicy) -> str:
    if certificate.critical_unknown:
        return "UNKNOWN_CRITICAL_EXTENSION"
    if certificate.is_ca:
        return "CA_CERTIFICATE"
    if not certificate.signs_documents:
        return "KEY_USAGE"
    if certificate.purposes is not None and not certificate.purposes & policy.purposes:
        return "EXTENDED_KEY_USAGE"
    return ""


def _chain_of(service: Service) -> tuple[Certificate, ...]:
    root = service.root
    return (service.certificate, root.certificate) if root else (service.certificate,)


def _issuer_at(leaf: Leaf, instant: datetime) -> Service:
    """The issuer whose own chain was valid then, if several certificates hold its key."""
    for service in leaf.issuers:
        if all(certificate.is_valid_at(instant) for certificate in _chain_of(service)):
            return service
    return leaf.issuers[0]


def _revocation(
    leaf: Leaf, service: Service, evidence: Evidence, received_at: datetime
) -> ChainResult:
    """Leaf by its CA's list, CA by its ROOT's where the trust list names one."""
    questions = [(leaf.certificate.serial, service)]
    if service.root is not None and service.root.entry.crl is not None:
        questions.append((service.certificate.serial, service.root))
    used: list[RevocationList] = []
    unknown = False
    for serial, issuer in questions:
        crl = evidence.crls.get(issuer.certificate.sha256)
        if crl is None or not crl.serves(received_at):
            unknown = True
            continue
        used.append(crl)
        if crl.is_revoked(serial, received_at):
            reason = "REVOKED" if issuer is service else "CA_REVOKED"
            return ChainResult("REVOKED_NO_POE", reason, service, "REVOKED", tuple(used))
    if unknown:
        return ChainResult("TRY_LATER", "NO_SERVING_CRL", service, "UNKNOWN", tuple(used))
    return ChainResult(None, "", service, "GOOD", tuple(used))


def judge_chain(
    leaf: Leaf, evidence: Evidence, policy: SignaturePolicy, received_at: datetime
) -> ChainResult:
    """The chain at `received_at`, with no tolerance for clocks."""
    if not is_strong(leaf.certificate.kind, leaf.certificate.rsa_size, policy):
        return ChainResult("CRYPTO_CONSTRAINTS_FAILURE", "WEAK_KEY")
    if not leaf.issuers:
        return ChainResult("NO_CERTIFICATE_CHAIN_FOUND", "UNKNOWN_ISSUER")
    service = _issuer_at(leaf, received_at)
    if reason := _misuse(leaf.certificate, policy):
        return ChainResult("CHAIN_CONSTRAINTS_FAILURE", reason, service)
    for certificate in (leaf.certificate, *_chain_of(service)):
        if not certificate.is_valid_at(received_at):
            early = received_at < certificate.not_before
            reason = "NOT_YET_VALID" if early else "EXPIRED"
            return ChainResult("OUT_OF_BOUNDS_NO_POE", reason, service)
    if evidence.trust.next_update < received_at:
        return ChainResult("TRY_LATER", "TRUST_LIST_EXPIRED", service, "UNKNOWN")
    return _revocation(leaf, service, evidence, received_at)
