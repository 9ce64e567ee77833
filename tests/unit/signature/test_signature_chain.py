"""Threats in certificates: use, strength, validity; the words of the XCV block."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes

from schemas.signature import ValidationReport
from services.signature.core.algorithms import is_sha2
from services.signature.core.policy import SignaturePolicy
from services.signature.core.verdict import validate
from tests import pki
from tests.pki import NOW, Party, usage
from tests.signature_builders import (
    POLICY,
    TEXT,
    authority,
    evidence,
    jws,
    person,
    signed,
    trust_list,
)

SECOND = timedelta(seconds=1)
SERVER, OCSP, STAMPING = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.9", "1.3.6.1.5.5.7.3.8"
EMAIL, CLIENT, DOCUMENT = "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.36"


def issued(kind: str = "P-256", **changes: Any) -> Party:
    return pki.certificate(pki.name("Ai đó"), kind, authority("ca1"), number=30, **changes)


def judged(party: Party, alg: str = "ES256") -> ValidationReport:
    return validate(TEXT, signed(party, alg), evidence(), POLICY, NOW)


def misused(party: Party, alg: str = "ES256") -> tuple[str, str | None]:
    report = judged(party, alg)
    return report.indication, report.sub_indication


def test_a_leaf_that_may_not_sign_is_a_chain_constraints_failure() -> None:
    for bits in ({"key_encipherment": True}, {"key_agreement": True}):
        party = issued(key_usage=usage(**bits))
        assert misused(party) == ("INDETERMINATE", "CHAIN_CONSTRAINTS_FAILURE")


def test_non_repudiation_alone_may_sign() -> None:
    assert misused(issued(key_usage=usage(content_commitment=True))) == ("TOTAL_PASSED", None)


def test_a_ca_certificate_is_no_signer() -> None:
    both = usage(digital_signature=True, key_cert_sign=True)
    party = issued(ca=True, key_usage=both)
    assert misused(party) == ("INDETERMINATE", "CHAIN_CONSTRAINTS_FAILURE")


def test_a_licensed_ca_itself_is_no_signer() -> None:
    ca = authority("ca2")
    report = validate(TEXT, signed(ca), evidence(), POLICY, NOW)
    assert report.indication == "INDETERMINATE"


@pytest.mark.parametrize("purposes", [(SERVER,), (OCSP,), (STAMPING,), (SERVER, OCSP)])
def test_a_leaf_for_another_purpose_only_is_a_chain_constraints_failure(
    purposes: tuple[str, ...],
) -> None:
    assert misused(issued(purposes=purposes)) == ("INDETERMINATE", "CHAIN_CONSTRAINTS_FAILURE")


@pytest.mark.parametrize("purposes", [(EMAIL,), (CLIENT,), (DOCUMENT,), (SERVER, CLIENT)])
def test_a_leaf_with_a_document_purpose_passes(purposes: tuple[str, ...]) -> None:
    assert misused(issued(purposes=purposes)) == ("TOTAL_PASSED", None)


def test_an_unknown_critical_extension_is_a_chain_constraints_failure() -> None:
    party = issued(critical=("1.2.3.4.5",))
    assert misused(party) == ("INDETERMINATE", "CHAIN_CONSTRAINTS_FAILURE")


@pytest.mark.parametrize("kind", ["RSA-1024", "RSA-2048-3"])
def test_a_weak_rsa_key_is_a_crypto_constraints_failure(kind: str) -> None:
    assert misused(issued(kind), "PS256") == ("INDETERMINATE", "CRYPTO_CONSTRAINTS_FAILURE")


def test_an_oversized_rsa_key_is_a_crypto_constraints_failure() -> None:
    small = SignaturePolicy(max_rsa_bits=2048)
    report = validate(TEXT, signed(person("RSA-3072"), "PS256"), evidence(), small, NOW)
    assert report.sub_indication == "CRYPTO_CONSTRAINTS_FAILURE"


@pytest.mark.parametrize("kind", ["P-192", "K-256"])
def test_a_curve_that_is_not_allowed_is_a_crypto_constraints_failure(kind: str) -> None:
    assert misused(issued(kind)) == ("INDETERMINATE", "CRYPTO_CONSTRAINTS_FAILURE")


def test_an_expired_certificate_is_out_of_bounds() -> None:
    assert misused(issued(end=NOW - SECOND)) == ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")


def test_a_certificate_that_is_not_yet_valid_is_out_of_bounds() -> None:
    assert misused(issued(start=NOW + SECOND)) == ("INDETERMINATE", "OUT_OF_BOUNDS_NO_POE")


def test_validity_counts_to_the_second_with_no_tolerance() -> None:
    assert misused(issued(start=NOW, end=NOW + SECOND)) == ("TOTAL_PASSED", None)
    assert misused(issued(start=NOW - SECOND, end=NOW)) == ("TOTAL_PASSED", None)


def test_the_signers_own_claimed_time_does_not_revive_an_expired_certificate() -> None:
    expired = issued(end=NOW - timedelta(hours=1))
    detached = pki.detached(expired, "ES256", TEXT, sigT="2026-11-22T07:00:00Z")
    report = validate(TEXT, jws(detached), evidence(), POLICY, NOW)
    assert report.sub_indication == "OUT_OF_BOUNDS_NO_POE"


def test_a_dossier_received_after_the_lists_end_waits_for_a_new_list() -> None:
    ended = evidence(next_update="2026-11-22T08:59:59Z")
    report = validate(TEXT, signed(), ended, POLICY, NOW)
    assert (report.indication, report.sub_indication) == ("INDETERMINATE", "TRY_LATER")


def test_a_withdrawn_ca_gives_no_chain() -> None:
    services = trust_list()["services"]
    services[1]["status"] = "withdrawn"
    report = validate(TEXT, signed(), evidence(services=services), POLICY, NOW)
    assert report.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"


def test_only_sha2_signs_certificates() -> None:
    # This library issues no SHA-1 certificate any more, so the rule itself is asked.
    assert not is_sha2(hashes.SHA1())
    assert not is_sha2(hashes.MD5())
    assert is_sha2(hashes.SHA384())
    assert is_sha2(None)
