"""Threats in the JWS itself: each ends as a format or crypto failure, never as an exception."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from schemas.portal import DetachedJws
from schemas.signature import ValidationReport
from services.signature.core.verdict import validate
from tests import pki
from tests.pki import NOW, base64url
from tests.signature_builders import POLICY, TEXT, evidence, jws, person, signed


def judged(signature: DetachedJws) -> ValidationReport:
    return validate(TEXT, signature, evidence(), POLICY, NOW)


def bent(**changes: Any) -> ValidationReport:
    return judged(jws(pki.detached(person(), "ES256", TEXT, **changes)))


def raw(header: str) -> ValidationReport:
    """A correct signature under exactly this header text."""
    return judged(jws(pki.resigned(person(), "ES256", base64url(header.encode()), TEXT)))


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "RS1", "ES256K", "ES384", "", "PS256 "])
def test_an_algorithm_outside_the_list_is_a_format_failure(alg: str) -> None:
    report = bent(alg=alg)
    assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "FORMAT_FAILURE")


def test_an_hmac_with_the_public_key_is_a_format_failure() -> None:
    header = json.dumps(pki.header(person("RSA-2048"), "HS256"))
    report = judged(DetachedJws(protected=base64url(header.encode()), signature="AAAA"))
    assert report.sub_indication == "FORMAT_FAILURE"


def test_alg_none_with_an_empty_signature_is_a_format_failure() -> None:
    header = json.dumps(pki.header(person(), "none"))
    report = judged(DetachedJws(protected=base64url(header.encode()), signature=""))
    assert report.sub_indication == "FORMAT_FAILURE"


@pytest.mark.parametrize(
    ("kind", "alg"),
    [("P-256", "PS256"), ("P-256", "EdDSA"), ("RSA-2048", "ES256"), ("ED25519", "RS256")],
)
def test_the_key_type_decides_and_another_algorithm_in_the_header_fails(
    kind: str, alg: str
) -> None:
    report = judged(jws(pki.detached(person(kind), alg, TEXT)))
    assert (report.indication, report.sub_indication) == ("TOTAL_FAILED", "SIG_CRYPTO_FAILURE")


@pytest.mark.parametrize(("made", "said"), [("RS256", "PS256"), ("PS256", "RS256")])
def test_a_padding_is_not_taken_for_another(made: str, said: str) -> None:
    party = person("RSA-2048")
    protected = base64url(json.dumps(pki.header(party, said)).encode())
    report = judged(jws(pki.resigned(party, made, protected, TEXT)))
    assert report.sub_indication == "SIG_CRYPTO_FAILURE"


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["b64"], "b64": False},
        {"crit": ["exp"]},
        {"crit": []},
        {"b64": True},
        {"sigD": {"mId": "http://uri.etsi.org/19182/HttpHeaders"}},
        {"kid": "1"},
        {"x5u": "https://example.vn/cert.pem"},
        {"jwk": {"kty": "EC"}},
    ],
)
def test_crit_b64_sigd_and_unknown_headers_are_format_failures(extra: dict[str, Any]) -> None:
    assert bent(**extra).sub_indication == "FORMAT_FAILURE"


@pytest.mark.parametrize("missing", ["alg", "x5c", "x5t#S256", "sigT"])
def test_a_missing_header_is_a_format_failure(missing: str) -> None:
    assert bent(**{missing: None}).sub_indication == "FORMAT_FAILURE"


def test_typ_and_cty_are_allowed() -> None:
    assert bent(typ="JOSE+JSON", cty="json").indication == "TOTAL_PASSED"


def test_duplicate_header_names_are_a_format_failure() -> None:
    good = json.dumps(pki.header(person(), "ES256"))
    assert raw('{"alg":"none",' + good[1:]).sub_indication == "FORMAT_FAILURE"


@pytest.mark.parametrize("header", ["", "[]", "null", "{", '{"alg":NaN}', "[" * 40_000])
def test_a_header_that_is_no_strict_json_object_is_a_format_failure(header: str) -> None:
    assert raw(header).sub_indication == "FORMAT_FAILURE"


@pytest.mark.parametrize("change", ["{}=", "{}==", " {}", "{}\n", "{}A", "{}+", "{}."])
def test_a_header_in_loose_base64_is_a_format_failure(change: str) -> None:
    good = signed()
    header = DetachedJws(protected=change.format(good.protected), signature=good.signature)
    assert judged(header).sub_indication == "FORMAT_FAILURE"


@pytest.mark.parametrize("change", ["{}=", "{}==", "{}\n", "{}+", " {}"])
def test_a_signature_in_loose_base64_is_a_format_failure(change: str) -> None:
    good = signed()
    value = DetachedJws(protected=good.protected, signature=change.format(good.signature))
    assert judged(value).sub_indication == "FORMAT_FAILURE"


def test_unused_bits_in_base64_are_a_format_failure() -> None:
    good = signed(person("ED25519"), "EdDSA")
    last = {"A": "B", "Q": "R", "g": "h", "w": "x"}[good.signature[-1]]
    value = DetachedJws(protected=good.protected, signature=good.signature[:-1] + last)
    assert judged(value).sub_indication == "FORMAT_FAILURE"


@pytest.mark.parametrize(
    "at",
    [
        "yesterday",
        "2026-11-22",
        "2026-11-22T08:59:00",
        "2026-13-22T08:59:00Z",
        "٢٠٢٦-11-22T08:59:00Z",
    ],
)
def test_a_claimed_time_without_offset_or_sense_is_a_format_failure(at: str) -> None:
    assert bent(sigT=at).sub_indication == "FORMAT_FAILURE"


def test_a_thumbprint_of_another_certificate_finds_no_signing_certificate() -> None:
    other = base64url(hashlib.sha256(person("RSA-2048").der).digest())
    report = bent(**{"x5t#S256": other})
    assert (report.indication, report.sub_indication) == (
        "INDETERMINATE",
        "NO_SIGNING_CERTIFICATE_FOUND",
    )


def test_bytes_that_are_no_certificate_find_no_signing_certificate() -> None:
    der = b"0\x03\x02\x01\x01"
    report = bent(
        **{
            "x5c": [base64.b64encode(der).decode()],
            "x5t#S256": base64url(hashlib.sha256(der).digest()),
        }
    )
    assert report.sub_indication == "NO_SIGNING_CERTIFICATE_FOUND"


@pytest.mark.parametrize(
    "x5c", [[], "MII", {}, None, [1], [""], ["not base64!"], ["QUJD\n"], ["QUI"], ["A" * 30_000]]
)
def test_an_x5c_that_is_no_list_of_strict_base64_is_a_format_failure(x5c: Any) -> None:
    header = pki.header(person(), "ES256") | {"x5c": x5c}
    assert raw(json.dumps(header)).sub_indication == "FORMAT_FAILURE"


def test_a_huge_x5c_is_a_format_failure() -> None:
    good = pki.header(person(), "ES256")["x5c"]
    assert bent(x5c=good * 11).sub_indication == "FORMAT_FAILURE"
    assert bent(x5c=good * 10).indication == "TOTAL_PASSED"


def with_value(party: pki.Party, alg: str, value: bytes) -> ValidationReport:
    protected = base64url(json.dumps(pki.header(party, alg)).encode())
    return judged(DetachedJws(protected=protected, signature=base64url(value)))


def test_an_ecdsa_signature_in_der_is_a_crypto_failure() -> None:
    party = person()
    assert isinstance(party.key, ec.EllipticCurvePrivateKey)
    protected = base64url(json.dumps(pki.header(party, "ES256")).encode())
    data = f"{protected}.{base64url(TEXT.encode())}".encode()
    der = party.key.sign(data, ec.ECDSA(hashes.SHA256()))
    assert with_value(party, "ES256", der).sub_indication == "SIG_CRYPTO_FAILURE"


@pytest.mark.parametrize("value", [bytes(64), b"\xff" * 64, bytes(63), bytes(65), b""])
def test_an_ecdsa_signature_out_of_range_is_a_crypto_failure(value: bytes) -> None:
    assert with_value(person(), "ES256", value).sub_indication == "SIG_CRYPTO_FAILURE"


@pytest.mark.parametrize("change", [b"\x00%s", b"%s\x00", b"%s%s"])
@pytest.mark.parametrize("alg", ["PS256", "RS256"])
def test_an_rsa_signature_of_another_length_is_a_crypto_failure(alg: str, change: bytes) -> None:
    party = person("RSA-2048")
    good = pki.detached(party, alg, TEXT)["signature"]
    value = base64.urlsafe_b64decode(good + "==")
    changed = change.replace(b"%s", value)
    assert with_value(party, alg, changed).sub_indication == "SIG_CRYPTO_FAILURE"


def test_an_rsa_signature_plus_the_modulus_is_a_crypto_failure() -> None:
    party = person("RSA-2048")
    assert isinstance(party.key, rsa.RSAPrivateKey)
    good = base64.urlsafe_b64decode(pki.detached(party, "RS256", TEXT)["signature"] + "==")
    modulus = party.key.public_key().public_numbers().n
    larger = (int.from_bytes(good) + modulus).to_bytes(257)
    assert with_value(party, "RS256", larger).sub_indication == "SIG_CRYPTO_FAILURE"


def test_a_pss_salt_of_another_length_is_a_crypto_failure() -> None:
    party = person("RSA-2048")
    assert isinstance(party.key, rsa.RSAPrivateKey)
    protected = base64url(json.dumps(pki.header(party, "PS256")).encode())
    data = f"{protected}.{base64url(TEXT.encode())}".encode()
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 0)
    value = party.key.sign(data, pss, hashes.SHA256())
    assert with_value(party, "PS256", value).sub_indication == "SIG_CRYPTO_FAILURE"
