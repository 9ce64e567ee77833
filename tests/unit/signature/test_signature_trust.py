"""The trust list is judged as a whole; one bad service refuses it with one clear line."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from services.signature.core.policy import SignaturePolicy
from services.signature.core.trust import TrustList, TrustListError, compile_list
from services.signature.core.verdict import validate
from tests import pki
from tests.pki import NOW, Party, usage
from tests.signature_builders import (
    POLICY,
    TEXT,
    authority,
    certificates,
    evidence,
    signed,
    trust_list,
)


def compiled(files: dict[str, bytes] | None = None, **changes: Any) -> TrustList:
    raw = json.dumps(trust_list(**changes)).encode()
    return compile_list(raw, certificates() | (files or {}), POLICY)


def refused(words: str, files: dict[str, bytes] | None = None, **changes: Any) -> None:
    with pytest.raises(TrustListError, match=words):
        compiled(files, **changes)


def ca(issuer: Party | None, **changes: Any) -> bytes:
    options: dict[str, Any] = {"ca": True, "number": 50} | changes
    kind = options.pop("kind", "P-256")
    return pki.certificate(pki.name("CA mới"), kind, issuer, **options).pem


def test_a_good_list_knows_its_services() -> None:
    trust = compiled()
    assert sorted(s.entry.type for found in trust.issuers.values() for s in found) == [
        "CA",
        "CA",
        "SPECIALISED",
    ]
    assert len(trust.eid) == 1


def test_the_epoch_names_the_list_and_its_certificates() -> None:
    before = compiled().epoch
    assert compiled().epoch == before
    assert compiled(sequence_number=2).epoch != before
    other = ca(authority("root"))
    assert compiled({"ca2.pem": other}).epoch != before


def test_a_certificate_may_be_der() -> None:
    assert compiled({"ca2.pem": authority("ca2").der}).epoch == compiled().epoch


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"a": 1, "a": 2}', b"\xff"])
def test_a_file_that_is_no_strict_json_is_refused(raw: bytes) -> None:
    with pytest.raises(TrustListError, match="not strict JSON"):
        compile_list(raw, {}, POLICY)


@pytest.mark.parametrize(
    "changes",
    [
        {"sequence_number": "1"},
        {"sequence_number": 0},
        {"next_update": "tomorrow"},
        {"services": []},
        {"signed_by": "me"},
        {"services": [{"name": "x", "type": "TSA", "status": "granted", "certificate": "x"}]},
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, Any]) -> None:
    refused("wrong at", **changes)


def test_an_impossible_instant_is_refused() -> None:
    refused("no instant", next_update="2026-13-01T00:00:00Z")


def test_a_file_that_holds_no_certificate_is_named() -> None:
    refused("ca1.pem holds no certificate", {"ca1.pem": b"hello"})
    refused("ca1.pem holds no certificate", {"ca1.pem": b"-----BEGIN CERTIFICATE-----\nx"})


def test_a_ca_of_another_root_is_refused() -> None:
    refused("ca1.pem: not issued by a granted ROOT", {"ca1.pem": ca(authority("stranger"))})


def test_a_self_signed_ca_is_refused_but_a_self_signed_specialised_is_an_anchor() -> None:
    refused("ca1.pem: not issued by a granted ROOT", {"ca1.pem": ca(None)})
    assert compiled({"specialised.pem": ca(None)})


def test_a_ca_that_only_claims_the_roots_name_is_refused() -> None:
    false_root = pki.certificate(pki.name("CA root"), "P-256", None, number=51, ca=True)
    refused("ca1.pem: not issued by a granted ROOT", {"ca1.pem": ca(false_root)})


def test_a_ca_below_a_withdrawn_root_is_refused() -> None:
    services = trust_list()["services"]
    services[0]["status"] = "withdrawn"
    refused("not issued by a granted ROOT", services=services)


def test_a_leaf_is_no_ca() -> None:
    leaf = ca(authority("root"), ca=False)
    refused("not a CA certificate", {"ca1.pem": leaf})
    no_sign = ca(authority("root"), key_usage=usage(crl_sign=True))
    refused("not a CA certificate", {"ca1.pem": no_sign})


def test_a_weak_ca_key_is_refused() -> None:
    refused("too weak", {"ca1.pem": ca(authority("root"), kind="RSA-1024")})
    refused("too weak", {"ca1.pem": ca(authority("root"), kind="P-192")})


def test_a_constrained_ca_is_refused() -> None:
    constrained = ca(authority("root"), critical=("1.2.3.4.5",))
    refused("critical extension", {"ca1.pem": constrained})


def test_a_root_that_allows_no_ca_below_it_is_no_issuer() -> None:
    root = pki.certificate(pki.name("R"), "P-256", None, number=52, ca=True, path_length=0)
    services = trust_list()["services"][:2]
    refused(
        "not issued by a granted ROOT",
        {"root.pem": root.pem, "ca1.pem": ca(root)},
        services=services,
    )


def test_an_eid_entry_pins_a_signer_and_no_ca() -> None:
    refused("eid.pem: an EID entry pins", {"eid.pem": authority("ca1").pem})


def test_an_expired_ca_is_judged_at_reception_and_not_at_load() -> None:
    old = ca(authority("root"), end=NOW - timedelta(days=1))
    assert compiled({"ca2.pem": old})
    leaf = pki.certificate(
        pki.name("Ai đó"),
        "P-256",
        pki.certificate(
            pki.name("CA mới"),
            "P-256",
            authority("root"),
            number=50,
            ca=True,
            end=NOW - timedelta(days=1),
        ),
        number=53,
    )
    trust = compiled({"ca2.pem": old})
    found = evidence()
    found = type(found)(trust, found.crls)
    assert validate(TEXT, signed(leaf), found, SignaturePolicy(), NOW).sub_indication == (
        "OUT_OF_BOUNDS_NO_POE"
    )
