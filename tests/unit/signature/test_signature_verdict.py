"""Verdicts on one signature: what passes, and the words for what does not (signature §4)."""

from __future__ import annotations

import pytest

from schemas.content import text_sha256
from services.signature.core.policy import SignaturePolicy
from services.signature.core.verdict import validate
from tests import pki
from tests.pki import NOW
from tests.signature_builders import POLICY, TEXT, authority, evidence, jws, person, signed

GOOD = (
    ("RSA-2048", "PS256"),
    ("RSA-3072", "PS384"),
    ("RSA-2048", "PS512"),
    ("RSA-2048", "RS256"),
    ("RSA-2048", "RS512"),
    ("P-256", "ES256"),
    ("ED25519", "EdDSA"),
)


@pytest.mark.parametrize(("kind", "alg"), GOOD)
@pytest.mark.parametrize("ca", ["ca1", "ca2"])
def test_a_good_signature_is_total_passed(kind: str, alg: str, ca: str) -> None:
    report = validate(TEXT, signed(person(kind, ca=ca), alg), evidence(), POLICY, NOW)
    assert (report.indication, report.sub_indication) == ("TOTAL_PASSED", None)
    assert report.algorithm == alg
    assert report.pkcs1_by_policy is alg.startswith("RS")
    assert report.revocation_status == "GOOD"
    assert report.best_signature_time == NOW
    assert report.content_sha256 == text_sha256(TEXT)
    assert [check.block for check in report.checks if check.ok] == ["FC", "ISC", "XCV", "CV", "SAV"]
    assert {item.kind for item in report.evidence} == {"TRUST_LIST", "CERTIFICATE", "CRL"}
    assert report.message_vi == "Chữ ký số hợp lệ."


def test_the_report_names_the_signer() -> None:
    party = person("P-256", "MST:0100686209-199", "CCCCD:001085012345")
    signer = validate(TEXT, signed(party), evidence(), POLICY, NOW).signer
    assert signer is not None
    assert signer.common_name == "Nguyễn Thị Ánh"
    assert [(i.type, i.value) for i in signer.identifiers] == [
        ("MST", "0100686209-199"),
        ("CCCD", "001085012345"),
    ]
    assert signer.issuer == "CA ca1"


def test_pkcs1_is_refused_where_the_policy_says_so() -> None:
    strict = SignaturePolicy(accept_pkcs1=False)
    report = validate(TEXT, signed(person("RSA-2048"), "RS256"), evidence(), strict, NOW)
    assert report.sub_indication == "CRYPTO_CONSTRAINTS_FAILURE"
    assert report.policy != POLICY.id


@pytest.mark.parametrize("at", [0, 5, len(TEXT.encode()) - 1])
def test_one_flipped_byte_of_the_text_is_a_crypto_failure(at: int) -> None:
    raw = bytearray(TEXT.encode())
    raw[at] ^= 1
    changed = raw.decode("utf-8", "replace")
    report = validate(changed, signed(), evidence(), POLICY, NOW)
    assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "SIG_CRYPTO_FAILURE")


def test_a_text_that_was_serialised_again_is_a_crypto_failure() -> None:
    report = validate(TEXT.replace(": ", ":"), signed(), evidence(), POLICY, NOW)
    assert report.sub_indication == "SIG_CRYPTO_FAILURE"


def test_a_signature_of_another_dossier_is_a_crypto_failure() -> None:
    report = validate(TEXT, signed(text=TEXT + " "), evidence(), POLICY, NOW)
    assert report.sub_indication == "SIG_CRYPTO_FAILURE"


def test_a_changed_text_is_total_failed_even_while_a_crl_is_missing() -> None:
    report = validate(TEXT + " ", signed(), evidence(without=("ca1",)), POLICY, NOW)
    assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "SIG_CRYPTO_FAILURE")


def test_a_claimed_time_of_up_to_five_minutes_ahead_is_accepted() -> None:
    late = pki.detached(person(), "ES256", TEXT, sigT="2026-11-22T16:05:00+07:00")
    assert validate(TEXT, jws(late), evidence(), POLICY, NOW).indication == "TOTAL_PASSED"


def test_a_claimed_time_after_that_is_a_constraints_failure() -> None:
    late = pki.detached(person(), "ES256", TEXT, sigT="2026-11-22T09:05:01Z")
    report = validate(TEXT, jws(late), evidence(), POLICY, NOW)
    assert (report.indication, report.sub_indication) == (
        "INDETERMINATE",
        "SIG_CONSTRAINTS_FAILURE",
    )


def test_a_claim_cannot_be_indeterminate_only_because_a_crl_is_missing() -> None:
    late = pki.detached(person(), "ES256", TEXT, sigT="2026-11-22T09:30:00Z")
    report = validate(TEXT, jws(late), evidence(without=("ca1",)), POLICY, NOW)
    assert report.sub_indication == "SIG_CONSTRAINTS_FAILURE"


def test_what_a_signature_brings_beyond_its_leaf_is_never_trusted() -> None:
    own_ca = authority("stranger")
    leaf = pki.certificate(pki.name("Kẻ lạ", "CCCD:001085012345"), "P-256", own_ca, number=20)
    x5c = [pki.header(party, "ES256")["x5c"][0] for party in (leaf, own_ca)]
    report = validate(
        TEXT, jws(pki.detached(leaf, "ES256", TEXT, x5c=x5c)), evidence(), POLICY, NOW
    )
    assert (report.indication, report.sub_indication) == (
        "INDETERMINATE",
        "NO_CERTIFICATE_CHAIN_FOUND",
    )


def test_a_certificate_of_the_same_issuer_name_by_another_key_has_no_chain() -> None:
    false_ca = pki.certificate(pki.name("CA ca1"), "P-256", None, number=21, ca=True)
    leaf = pki.certificate(pki.name("Kẻ lạ", "CCCD:001085012345"), "P-256", false_ca, number=20)
    report = validate(TEXT, signed(leaf), evidence(), POLICY, NOW)
    assert report.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"


def test_remembered_certificates_change_no_answer() -> None:
    shared = evidence()
    first = validate(TEXT, signed(), shared, POLICY, NOW)
    assert validate(TEXT, signed(), shared, POLICY, NOW).model_dump() == first.model_dump()
    revoking = evidence(
        {"ca1": pki.crl(authority("ca1"), {person().certificate.serial_number: NOW})}
    )
    revoking.remembered.update(shared.remembered)
    assert validate(TEXT, signed(), revoking, POLICY, NOW).sub_indication == "REVOKED_NO_POE"
