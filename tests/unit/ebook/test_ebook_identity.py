from __future__ import annotations

from schemas.parties import Identifier
from services.ebook.core.identity import alias_name, fingerprint, person_id, person_identifiers

CCCD = Identifier(type="CCCD", value="001190012345")
SI = Identifier(type="SI", value="0190012345")
PASSPORT = Identifier(type="PASSPORT", value="C1234567")
MST = Identifier(type="MST", value="0101243150")


def test_the_best_type_comes_first_whatever_the_order() -> None:
    assert person_identifiers([PASSPORT, SI, CCCD]) == (CCCD, SI, PASSPORT)


def test_a_tax_code_names_no_person_and_repeats_count_once() -> None:
    assert person_identifiers([MST, SI, SI]) == (SI,)
    assert person_identifiers([MST]) == ()


def test_a_person_id_is_an_hmac_that_depends_on_key_type_and_value() -> None:
    # printf 'CCCD|001190012345' | openssl dgst -sha256 -hmac 'key'
    expected = "2d2f99faec20241b657595d2cb533bd7c0dd05edc9bd5c5ad7ae9725a29e4185"
    ids = {
        person_id(b"key", CCCD),
        person_id(b"other", CCCD),
        person_id(b"key", SI),
        person_id(b"key", Identifier(type="PASSPORT", value=CCCD.value)),
    }
    assert len(ids) == 4
    assert person_id(b"key", CCCD) == expected
    assert CCCD.value not in "".join(ids)


def test_an_alias_is_type_and_value() -> None:
    assert alias_name(PASSPORT) == "PASSPORT|C1234567"


def test_a_fingerprint_tells_keys_apart_and_is_no_key() -> None:
    assert fingerprint(b"one key") == fingerprint(b"one key") != fingerprint(b"another key")
    assert b"one key".hex() not in fingerprint(b"one key")
