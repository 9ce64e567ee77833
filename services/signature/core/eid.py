"""The e-ID assertion: a pinned EID service says who was logged in, how surely, and for which text.

Pinned means equality: the assertion's certificate is one that the trust list holds as EID. Such a
certificate is revoked by withdrawing its entry, so no CRL and no waiting are involved.
"""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schemas.signature import IdentityFailure
from services.signature.core.algorithms import ALGORITHMS
from services.signature.core.certificates import Certificate
from services.signature.core.chain import Evidence
from services.signature.core.identity import Uid, is_written_as
from services.signature.core.jws import (
    Assertion,
    JwsFormatError,
    certificate_der,
    read_assertion,
    thumbprint,
)
from services.signature.core.policy import SignaturePolicy

LEVEL_OF: dict[str, int | str] = {"PERSON": 2, "ORGANISATION": "ORG"}
_TYPE_OF = {"PERSON": "CCCD", "ORGANISATION": "MST"}
_MAX_UNIX = 253_402_300_799
_MAX_ISSUER = 500


@dataclass(frozen=True, slots=True)
class EidResult:
    """`failure` None: this account, at the level asked for, agreed to exactly this text."""

    failure: IdentityFailure | None
    reason: str = ""
    account: Uid | None = None
    certificate_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What an assertion has to speak for: this text, this kind of submitter, at this instant."""

    content_sha256: str
    submitter_kind: str
    received_at: datetime


def _seconds(value: Any) -> datetime | None:
    if type(value) is not int or not 0 <= value <= _MAX_UNIX:
        return None
    return datetime.fromtimestamp(value, tz=UTC)


def _account(claims: dict[str, Any]) -> Uid | None:
    subject = claims.get("sub")
    if not isinstance(subject, dict):
        return None
    kind, value = subject.get("type"), subject.get("value")
    if kind not in {"CCCD", "MST"} or not isinstance(value, str):
        return None
    account = Uid(kind, value)
    return account if is_written_as(account) else None


@functools.lru_cache(maxsize=256)
def _named(x5c: str) -> tuple[str, str]:
    der = certificate_der(x5c)
    return thumbprint(der), hashlib.sha256(der).hexdigest()


def _pinned(assertion: Assertion, evidence: Evidence) -> Certificate | None:
    """The pinned certificate that the assertion names. Raises JwsFormatError."""
    expected, sha256 = _named(assertion.header.certificate)
    if assertion.header.thumbprint not in {None, expected}:
        raise JwsFormatError("X5T")
    service = evidence.trust.eid.get(sha256)
    return service.certificate if service is not None else None


def _signature_failure(
    assertion: Assertion, certificate: Certificate, policy: SignaturePolicy
) -> str:
    algorithm = ALGORITHMS.get(assertion.header.alg)
    if algorithm is None or algorithm.kind != certificate.kind:
        return "ALGORITHM"
    if algorithm.pkcs1 and not policy.accept_pkcs1:
        return "PKCS1_NOT_ACCEPTED"
    return (
        ""
        if algorithm.verify(certificate.key, assertion.signature, assertion.signed)
        else "SIGNATURE"
    )


@dataclass(frozen=True, slots=True)
class _Claims:
    account: Uid
    level: object
    authenticated_at: datetime
    expires_at: datetime | None
    content_sha256: object


def _claims(claims: dict[str, Any]) -> _Claims | None:
    """The claims that are looked at (design §4; `exp` where given); None where malformed."""
    account, at = _account(claims), _seconds(claims.get("auth_time"))
    expires = _seconds(claims["exp"]) if "exp" in claims else None
    issuer = claims.get("iss")
    if account is None or at is None or ("exp" in claims and expires is None):
        return None
    if not isinstance(issuer, str) or not 0 < len(issuer) <= _MAX_ISSUER:
        return None
    return _Claims(account, claims.get("loa"), at, expires, claims.get("content_sha256"))


def _judge_claims(
    claims: _Claims, content_sha256: str, kind: str, received_at: datetime
) -> tuple[IdentityFailure | None, str]:
    level = LEVEL_OF[kind]
    if claims.content_sha256 != content_sha256:
        return "EID_CONTENT", "OTHER_TEXT"
    if type(claims.level) is not type(level) or claims.level != level:
        return "EID_LEVEL", f"NEEDS_{level}"
    if claims.account.type != _TYPE_OF[kind]:
        return "EID_LEVEL", f"NEEDS_{_TYPE_OF[kind]}"
    if claims.authenticated_at > received_at:
        return "EID_TIME", "AFTER_RECEPTION"
    if claims.expires_at is not None and claims.expires_at < received_at:
        return "EID_EXPIRED", "ASSERTION"
    return None, ""


def _judge(
    assertion: Assertion,
    certificate: Certificate,
    asked: Asked,
    policy: SignaturePolicy,
) -> EidResult:
    digest = certificate.sha256
    if not certificate.is_valid_at(asked.received_at):
        return EidResult("EID_EXPIRED", "CERTIFICATE", None, digest)
    if reason := _signature_failure(assertion, certificate, policy):
        return EidResult("EID_SIGNATURE", reason, None, digest)
    claims = _claims(assertion.claims)
    if claims is None:
        return EidResult("EID_FORMAT", "CLAIMS", None, digest)
    failure, reason = _judge_claims(
        claims, asked.content_sha256, asked.submitter_kind, asked.received_at
    )
    return EidResult(failure, reason, claims.account, digest)


def judge_assertion(
    compact: str, asked: Asked, evidence: Evidence, policy: SignaturePolicy
) -> EidResult:
    """Whether the assertion says what is asked for; total over any string."""
    if not compact:
        return EidResult("EID_MISSING", "MISSING")
    try:
        assertion = read_assertion(compact, policy)
        certificate = _pinned(assertion, evidence)
    except JwsFormatError as error:
        return EidResult("EID_FORMAT", error.reason)
    if certificate is None:
        return EidResult("EID_UNTRUSTED", "NOT_PINNED")
    return _judge(assertion, certificate, asked, policy)
