"""Law: any mutated bytes give a verdict, never an exception, and never a better one."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.portal import DetachedJws
from services.signature.core.judgement import judge_dossier
from services.signature.core.revocation import CrlError, read_crl
from services.signature.core.trust import TrustListError, compile_list
from services.signature.core.verdict import validate
from tests import pki
from tests.pki import NOW, base64url
from tests.signature_builders import (
    POLICY,
    TEXT,
    assertion,
    authority,
    evidence,
    person,
    signed,
    submitted,
    trust_list,
)

EVIDENCE = evidence()
SIGNED = {
    alg: signed(person(kind), alg) for kind, alg in (("RSA-2048", "PS256"), ("P-256", "ES256"))
}
EID = assertion()
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@st.composite
def mutated(draw: st.DrawFn, original: str) -> str:
    """The text with one span replaced."""
    start = draw(st.integers(0, len(original)))
    end = draw(st.integers(start, min(len(original), start + 4)))
    return original[:start] + draw(st.text(max_size=4)) + original[end:]


@given(st.data(), st.sampled_from(sorted(SIGNED)))
@settings(max_examples=150, deadline=None)
def test_any_change_to_text_header_or_value_gives_a_verdict_that_is_not_passed(
    data: st.DataObject, alg: str
) -> None:
    good = SIGNED[alg]
    text = data.draw(st.just(TEXT) | mutated(TEXT))
    protected = data.draw(st.just(good.protected) | mutated(good.protected))
    value = data.draw(st.just(good.signature) | mutated(good.signature))
    bent = DetachedJws(protected=protected, signature=value)
    report = validate(text, bent, EVIDENCE, POLICY, NOW)
    untouched = (text, protected, value) == (TEXT, good.protected, good.signature)
    assert (report.indication == "TOTAL_PASSED") is untouched
    assert report.message_vi


@given(
    st.dictionaries(st.sampled_from(["alg", "x5c", "x5t#S256", "sigT", "typ", "cty"]), json_values)
)
@settings(max_examples=100, deadline=None)
def test_any_header_value_gives_a_verdict(changes: dict[str, Any]) -> None:
    header = pki.header(person(), "ES256") | changes
    protected = base64url(json.dumps(header).encode())
    report = validate(
        TEXT, DetachedJws(protected=protected, signature="AAAA"), EVIDENCE, POLICY, NOW
    )
    assert report.indication != "TOTAL_PASSED"


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_any_bytes_in_the_certificates_place_give_a_verdict(data: st.DataObject) -> None:
    der = bytearray(person().der)
    at = data.draw(st.integers(0, len(der) - 1))
    der[at] ^= data.draw(st.integers(1, 255))
    party = pki.Party(person().certificate, person().key)
    header = pki.header(party, "ES256") | _named(bytes(der))
    protected = base64url(json.dumps(header).encode())
    bent = DetachedJws(**pki.resigned(party, "ES256", protected, TEXT))
    report = validate(TEXT, bent, EVIDENCE, POLICY, NOW)
    assert report.indication != "TOTAL_PASSED"


def _named(der: bytes) -> dict[str, Any]:

    return {
        "x5c": [base64.b64encode(der).decode()],
        "x5t#S256": base64url(hashlib.sha256(der).digest()),
    }


@given(mutated(EID) | st.text(max_size=50))
@settings(max_examples=150, deadline=None)
def test_any_assertion_gives_a_verdict_and_only_the_true_one_is_validated(eid: str) -> None:
    event = submitted(SIGNED["ES256"], eid=eid)
    judgement = judge_dossier(event.data, EVIDENCE, POLICY, NOW)
    assert (judgement.event.__name__ == "SignatureValidated") is (eid == EID)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_bytes_as_a_crl_are_refused_or_are_that_crl(data: st.DataObject) -> None:
    raw = bytearray(pki.crl(authority("ca1")))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    issuer = next(s for s in EVIDENCE.trust.services if s.entry.name == "ca1").certificate
    with pytest.raises(CrlError):
        read_crl(bytes(raw), issuer, loaded_at=NOW)


@given(json_values)
@settings(max_examples=60, deadline=None)
def test_any_trust_list_is_refused_in_words(value: Any) -> None:
    raw = json.dumps(trust_list() | {"services": value}).encode()
    with pytest.raises(TrustListError):
        compile_list(raw, {}, POLICY)
