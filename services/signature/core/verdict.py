"""The verdict on one detached signature over one text, in the words of ETSI EN 319 102-1.

Total: any text, any header and any signature bytes give a report, never an exception.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from schemas.portal import DetachedJws
from schemas.signature import (
    Check,
    Indication,
    SubIndication,
    ValidationReport,
)
from schemas.signature import (
    Evidence as EvidenceDigest,
)
from services.signature.core import messages
from services.signature.core.algorithms import ALGORITHMS, Algorithm
from services.signature.core.chain import ChainResult, Evidence, Leaf, judge_chain
from services.signature.core.jws import (
    Header,
    JwsFormatError,
    decode,
    read_signature_header,
    signing_input,
)
from services.signature.core.policy import SignaturePolicy

TOTAL_FAILURES = frozenset({"FORMAT_FAILURE", "HASH_FAILURE", "SIG_CRYPTO_FAILURE"})


@dataclass(frozen=True, slots=True)
class Findings:
    """What the building blocks found, before it is put into words."""

    sub_indication: SubIndication | None
    content_sha256: str
    received_at: datetime
    checks: tuple[Check, ...]
    header: Header | None = None
    leaf: Leaf | None = None
    chain: ChainResult | None = None
    pkcs1: bool = False

    @property
    def indication(self) -> Indication:
        """TOTAL_PASSED, TOTAL_FAILED or INDETERMINATE (EN 319 102-1, 5.1.3)."""
        if self.sub_indication is None:
            return "TOTAL_PASSED"
        return "TOTAL_FAILED" if self.sub_indication in TOTAL_FAILURES else "INDETERMINATE"


OK = {
    block: Check(block=block, ok=True)
    for block in ("FC", "ISC", "XCV", "CV", "SAV", "EID", "IDENTITY")
}
"""Each block passed; made once, for nearly every verdict has them all."""


def _identify(header: Header, evidence: Evidence, policy: SignaturePolicy) -> Leaf | None:
    leaf = evidence.leaf(header.certificate, policy)
    return leaf if leaf is not None and leaf.certificate.thumbprint == header.thumbprint else None


def _algorithm(header: Header) -> Algorithm:
    if header.alg not in ALGORITHMS:
        raise JwsFormatError("ALGORITHM")
    return ALGORITHMS[header.alg]


def _is_authentic(
    algorithm: Algorithm, leaf: Leaf, protected: str, payload: bytes, signature: bytes
) -> bool:
    if algorithm.kind != leaf.certificate.kind:
        return False
    return algorithm.verify(leaf.certificate.key, signature, signing_input(protected, payload))


def _acceptance(
    algorithm: Algorithm, header: Header, policy: SignaturePolicy, received_at: datetime
) -> tuple[SubIndication | None, str]:
    if algorithm.pkcs1 and not policy.accept_pkcs1:
        return "CRYPTO_CONSTRAINTS_FAILURE", "PKCS1_NOT_ACCEPTED"
    claimed = header.claimed_time
    if claimed is None or claimed - received_at > policy.claimed_time_tolerance:
        return "SIG_CONSTRAINTS_FAILURE", "CLAIMED_TIME_AFTER_RECEPTION"
    return None, ""


def examine(
    text: str,
    signature: DetachedJws,
    evidence: Evidence,
    policy: SignaturePolicy,
    received_at: datetime,
) -> Findings:
    """All blocks. Where several fail: format, weak key, cryptography, chain, acceptance."""
    payload = text.encode("utf-8", "surrogatepass")
    digest = hashlib.sha256(payload).hexdigest()
    try:
        header = read_signature_header(signature.protected, policy)
        value = decode(signature.signature, "SIGNATURE")
        algorithm = _algorithm(header)
        leaf = _identify(header, evidence, policy)
    except JwsFormatError as error:
        failed = Check(block="FC", ok=False, reason=error.reason)
        return Findings("FORMAT_FAILURE", digest, received_at, (failed,))
    if leaf is None:
        isc = Check(block="ISC", ok=False, reason="CERTIFICATE_OR_DIGEST")
        missing = (OK["FC"], isc)
        return Findings("NO_SIGNING_CERTIFICATE_FOUND", digest, received_at, missing, header)
    chain = judge_chain(leaf, evidence, policy, received_at)
    crypto: SubIndication | None = None
    if chain.failure != "CRYPTO_CONSTRAINTS_FAILURE" and not _is_authentic(
        algorithm, leaf, signature.protected, payload, value
    ):
        crypto = "SIG_CRYPTO_FAILURE"
    accepted, reason = _acceptance(algorithm, header, policy, received_at)
    checks = (
        OK["FC"],
        OK["ISC"],
        Check(block="XCV", ok=False, reason=chain.reason) if chain.failure else OK["XCV"],
        Check(block="CV", ok=False, reason="SIGNATURE_VALUE") if crypto else OK["CV"],
        Check(block="SAV", ok=False, reason=reason) if accepted else OK["SAV"],
    )
    later = chain.failure if chain.failure == "TRY_LATER" else None
    return Findings(
        crypto or (None if later else chain.failure) or accepted or later,
        digest,
        received_at,
        checks,
        header,
        leaf,
        chain,
        pkcs1=algorithm.pkcs1,
    )


@functools.lru_cache(maxsize=16_384)
def digest_of(
    kind: Literal["CERTIFICATE", "CRL", "TRUST_LIST", "EID_CERTIFICATE"], sha256: str
) -> EvidenceDigest:
    """The name of one byte string; most verdicts name the same few."""
    return EvidenceDigest(kind=kind, sha256=sha256)


def digests(findings: Findings, evidence: Evidence) -> tuple[EvidenceDigest, ...]:
    """Every byte string that these findings rest on."""
    found = [digest_of("TRUST_LIST", evidence.trust.sha256)]
    if findings.leaf is not None:
        found.append(digest_of("CERTIFICATE", findings.leaf.certificate.sha256))
    chain = findings.chain
    if chain is not None and chain.service is not None:
        found.append(digest_of("CERTIFICATE", chain.service.certificate.sha256))
        if chain.service.root is not None:
            root = chain.service.root.certificate.sha256
            found.append(digest_of("CERTIFICATE", root))
        found += [digest_of("CRL", crl.sha256) for crl in chain.crls]
    return tuple(found)


def report(findings: Findings, evidence: Evidence, policy: SignaturePolicy) -> ValidationReport:
    """The findings as the published report, with messages in words."""
    words = messages.of_signature(findings.sub_indication)
    return ValidationReport(
        indication=findings.indication,
        sub_indication=findings.sub_indication,
        content_sha256=findings.content_sha256,
        algorithm=findings.header.alg if findings.leaf and findings.header else None,
        pkcs1_by_policy=findings.pkcs1,
        signer=findings.leaf.signer if findings.leaf else None,
        claimed_signing_time=findings.header.claimed_time if findings.header else None,
        best_signature_time=findings.received_at,
        revocation_status=findings.chain.revocation if findings.chain else "NOT_CHECKED",
        checks=findings.checks,
        trust_list_sha256=evidence.trust.epoch,
        policy=policy.id,
        evidence=digests(findings, evidence),
        message_vi=words.vi,
        message_en=words.en,
    )


def validate(
    text: str,
    signature: DetachedJws,
    evidence: Evidence,
    policy: SignaturePolicy,
    received_at: datetime,
) -> ValidationReport:
    """The report on `signature` over the exact bytes of `text`, as of `received_at`."""
    return report(examine(text, signature, evidence, policy, received_at), evidence, policy)
