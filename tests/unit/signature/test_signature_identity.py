"""Typed identifiers of certificates, and whether three of them name the same one."""

from __future__ import annotations

import pytest

from schemas.parties import Identifier
from services.signature.core.identity import Uid, agrees, names_agency, parse_uids

PERSON = Uid("CCCD", "001085012345")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["CCCD:001085012345"], [("CCCD", "001085012345")]),
        (["CCCCD:001085012345"], [("CCCD", "001085012345")]),
        (["MST:0100686209-199"], [("MST", "0100686209-199")]),
        (["MST:0100686209-199,UID=CCCD:025185000001"], [
            ("MST", "0100686209-199"), ("CCCD", "025185000001")]),
        (["MST:0100686209", "CCCD:025185000001"], [
            ("MST", "0100686209"), ("CCCD", "025185000001")]),
        (["CMND:012345678"], [("CMND", "012345678")]),
        (["CMND:001085012345"], [("CCCD", "001085012345")]),
        (["MNS:1056789"], [("MNS", "1056789")]),
        (["BHXH:0123456789"], [("SI", "0123456789")]),
        (["HC:B1234567"], [("PASSPORT", "B1234567")]),
        (["001085012345"], [("CCCD", "001085012345")]),
        (["0100686209"], [("BARE", "0100686209")]),
        (["G09.20"], [("BARE", "G09.20")]),
        ([" cccd : 001085012345 "], [("CCCD", "001085012345")]),
        (["CCCD:00108501234"], []),
        (["CCCD:٠٠١٠٨٥٠١٢٣٤٥"], []),
        (["MST:0100686209-1999"], []),
        (["CN:001085012345"], []),
        (["CCCD:001085012345:MST:0100686209"], []),
        ([""], []),
    ],
)  # fmt: skip
def test_uids_are_typed_values(values: list[str], expected: list[tuple[str, str]]) -> None:
    assert [(uid.type, uid.value) for uid in parse_uids(values)] == expected


def submitter(kind: str, value: str) -> Identifier:
    return Identifier.model_validate({"type": kind, "value": value})


def test_the_same_person_three_times_agrees() -> None:
    assert agrees((PERSON,), PERSON, submitter("CCCD", "001085012345"))


def test_a_certificate_of_somebody_else_does_not_agree() -> None:
    other = Uid("CCCD", "001085012346")
    assert not agrees((other,), PERSON, submitter("CCCD", "001085012345"))


def test_an_account_of_somebody_else_does_not_agree() -> None:
    other = Uid("CCCD", "001085012346")
    assert not agrees((PERSON,), other, submitter("CCCD", "001085012345"))


def test_a_submitter_who_is_somebody_else_does_not_agree() -> None:
    assert not agrees((PERSON,), PERSON, submitter("CCCD", "001085012346"))


def test_a_branch_is_not_its_parent() -> None:
    parent, branch = Uid("MST", "0100686209"), Uid("MST", "0100686209-199")
    assert not agrees((parent,), branch, submitter("MST", "0100686209-199"))
    assert not agrees((branch,), parent, submitter("MST", "0100686209"))
    assert agrees((branch,), branch, submitter("MST", "0100686209-199"))


def test_a_tax_code_is_no_insurance_code() -> None:
    tax = Uid("MST", "0100686209")
    assert not agrees((tax,), tax, submitter("SI", "0100686209"))


def test_an_insurance_code_beside_the_personal_id_in_one_certificate_agrees() -> None:
    code = Uid("SI", "0123456789")
    assert agrees((PERSON, code), PERSON, submitter("SI", "0123456789"))
    assert not agrees((PERSON,), PERSON, submitter("SI", "0123456789"))


def test_a_certificate_without_identifiers_agrees_with_nobody() -> None:
    assert not agrees((), PERSON, submitter("CCCD", "001085012345"))


def test_an_agency_is_named_by_mns_or_by_its_bare_code_only() -> None:
    assert names_agency(parse_uids(["MNS:G09.20"]), "G09.20")
    assert names_agency(parse_uids(["G09.20"]), "G09.20")
    assert not names_agency(parse_uids(["MNS:G09.21"]), "G09.20")
    assert not names_agency(parse_uids(["MST:0100686209"]), "0100686209")
