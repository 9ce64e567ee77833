from __future__ import annotations

from typing import Any

import pytest

from schemas.portal import PortalStatus
from services.intake.core.admission import Admitted, Refused
from services.intake.core.reuse import HeldDocument
from tests.intake_answers import NOW, codes, judge
from tests.portal_records import (
    EMPLOYER,
    HSB14,
    PERSON,
    TK1,
    TK3,
    bound,
    content,
    d02,
    hsb01b,
)

CERTIFICATE = [bound("SICKNESS_CERTIFICATE")]

FAMILIES: dict[str, dict[str, Any]] = {
    "increase": content(
        procedure="1.002051.01", submitter=EMPLOYER, forms=[d02(3)], attachments=[]
    ),
    "registration": content(
        procedure="1.002051.03", submitter=EMPLOYER, forms=[TK3, d02(2)], attachments=[]
    ),
    "sickness": content(
        procedure="1.001667.01", submitter=EMPLOYER, forms=[hsb01b()], attachments=CERTIFICATE
    ),
    "one time": content(procedure="1.001613.01", forms=[HSB14], attachments=[]),
    "identity by employer": content(procedure="1.002759.02", submitter=EMPLOYER),
    "identity by person": content(),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_complete_dossier_of_each_family_is_admitted(family: str) -> None:
    judged = judge(FAMILIES[family])
    assert isinstance(judged, Admitted)
    assert judged.header.limit is not None
    assert judged.header.procedure_vi


def test_the_header_has_all_that_a_letter_needs() -> None:
    judged = judge(FAMILIES["registration"])
    assert isinstance(judged, Admitted)
    header = judged.header
    assert (header.subjects, header.attachments, header.submitter.email) == (
        2,
        0,
        "nhansu@songhong.example.com",
    )
    assert [(c.role, c.kind, c.quantity) for c in header.components] == [
        ("TK3-TS", "FORM", 1),
        ("D02-LT", "FORM", 1),
    ]


@pytest.mark.parametrize(
    ("family", "change", "expected"),
    [
        ("increase", {"forms": [TK1]}, ["COMPONENT_MISSING"]),
        ("registration", {"forms": []}, ["COMPONENT_MISSING", "COMPONENT_MISSING"]),
        ("sickness", {"attachments": []}, ["COMPONENT_MISSING"]),
        ("one time", {"forms": []}, ["COMPONENT_MISSING"]),
        ("identity by person", {"attachments": []}, ["COMPONENT_MISSING"]),
        ("one time", {"submitter": EMPLOYER}, ["SUBMITTER_NOT_ALLOWED"]),
        ("increase", {"submitter": PERSON}, ["SUBMITTER_NOT_ALLOWED"]),
        ("one time", {"procedure": "9.999999.99"}, ["PROCEDURE_UNKNOWN"]),
        ("one time", {"procedure": "1.002179.02"}, ["PROCEDURE_NOT_OPEN"]),
        ("one time", {"submitter": PERSON | {"email": ""}}, ["EMAIL_MISSING"]),
        ("one time", {"submitter": PERSON | {"email": "a@b, x@evil.vn"}}, ["EMAIL_UNUSABLE"]),
        ("one time", {"owner": PERSON | {"email": "a@b..vn"}}, ["EMAIL_UNUSABLE"]),
    ],
)
def test_a_rule_that_is_broken_is_a_defect(
    family: str, change: dict[str, Any], expected: list[str]
) -> None:
    assert codes(FAMILIES[family] | change) == expected


def test_a_discharge_paper_serves_as_well_as_a_certificate() -> None:
    judged = judge(FAMILIES["sickness"] | {"attachments": [bound("DISCHARGE_PAPER")]})
    assert isinstance(judged, Admitted)


def test_an_owner_needs_no_address() -> None:
    judged = judge(content(owner=PERSON | {"email": ""}))
    assert isinstance(judged, Admitted)
    assert judged.header.owner is not None
    assert judged.header.owner.email is None


def test_a_dossier_without_an_e_id_assertion_is_curable() -> None:
    judged = judge(content(), eid_assertion=None)
    assert isinstance(judged, Refused)
    assert [(d.code, d.curable) for d in judged.defects] == [("EID_ASSERTION_MISSING", True)]
    assert judged.status is PortalStatus.SUPPLEMENT_REQUESTED


def test_all_defects_are_named_at_once() -> None:
    value = content(
        forms=[], attachments=[], submitter=EMPLOYER | {"email": "none"}, procedure="1.001613.01"
    )
    assert codes(value, eid_assertion="", version=2, replaces="0" * 64) == [
        "VERSION_MISMATCH",
        "REPLACES_MISMATCH",
        "SUBMITTER_NOT_ALLOWED",
        "COMPONENT_MISSING",
        "EMAIL_UNUSABLE",
        "EID_ASSERTION_MISSING",
    ]


def test_one_incurable_defect_makes_it_a_refusal() -> None:
    judged = judge(FAMILIES["one time"] | {"submitter": EMPLOYER})
    assert isinstance(judged, Refused)
    assert judged.status is PortalStatus.NOT_RECEIVED


def test_a_wrong_form_field_is_named_by_the_number_that_is_printed_on_the_form() -> None:
    judged = judge(content(forms=[TK1 | {"birth_date": "CANARY"}]))
    assert isinstance(judged, Refused)
    [defect] = judged.defects
    assert (defect.code, defect.path) == (
        "FIELD_STRING_PATTERN_MISMATCH",
        "forms.0.birth_date",
    )
    assert defect.vi == "Mục [03] của mẫu TK1-TS: không đúng định dạng"
    assert "CANARY" not in defect.model_dump_json()
    assert judged.reason == "DEFECTS"
    assert judged.status is PortalStatus.SUPPLEMENT_REQUESTED
    assert judged.header is not None
    assert judged.header.submitter.email == "nguyen.thi.anh@example.vn"


def test_a_wrong_row_is_named_by_its_column() -> None:
    form = d02(2)
    form["rows"][1]["salary"] = "12,5"
    judged = judge(FAMILIES["increase"] | {"forms": [form]})
    assert isinstance(judged, Refused)
    assert judged.defects[0].vi.startswith("Mục 4 của mẫu D02-LT")
    assert judged.defects[0].path == "forms.0.rows.1.salary"


def test_the_name_of_an_unknown_field_is_not_repeated() -> None:
    judged = judge(content(forms=[TK1 | {"CANARY": "CANARY"}]))
    assert isinstance(judged, Refused)
    assert "CANARY" not in "".join(d.model_dump_json() for d in judged.defects)


def test_a_faulty_text_is_judged_by_the_other_rules_too() -> None:
    value = content(
        forms=[{"form": "TK1-TS"}], attachments=[], submitter=PERSON | {"email": "none"}
    )
    found = codes(value, eid_assertion=None)
    assert found[-3:] == ["COMPONENT_MISSING", "EMAIL_UNUSABLE", "EID_ASSERTION_MISSING"]
    assert set(found[:-3]) == {"FIELD_MISSING"}


def test_a_faulty_text_with_a_sound_identity_of_versions_has_no_version_defect() -> None:
    assert codes(content(created_at="yesterday")) == ["FIELD_STRING_PATTERN_MISMATCH"]


@pytest.mark.parametrize(
    "submitter",
    ["nobody", {}, PERSON | {"name": ""}, PERSON | {"identifier": {"type": "CCCD", "value": "?"}}],
)
def test_a_text_whose_submitter_cannot_be_made_out_is_unreadable(submitter: Any) -> None:
    judged = judge(content(submitter=submitter))
    assert isinstance(judged, Refused)
    assert (judged.reason, judged.header, judged.status) == (
        "CONTENT_UNREADABLE",
        None,
        PortalStatus.NOT_RECEIVED,
    )
    assert judged.defects


def test_no_more_than_200_defects_are_listed_and_the_last_says_that_there_are_more() -> None:
    form = d02(300)
    for row in form["rows"]:
        row["salary"] = "much"
    found = codes(FAMILIES["increase"] | {"forms": [form]})
    assert (len(found), found[-1]) == (200, "MORE")


def test_an_incurable_defect_beyond_the_cap_still_counts() -> None:
    form = d02(300)
    for row in form["rows"]:
        row["salary"] = "much"
    judged = judge(FAMILIES["increase"] | {"forms": [form], "submitter": PERSON})
    assert isinstance(judged, Refused)
    assert judged.status is PortalStatus.NOT_RECEIVED


def test_a_component_that_the_state_holds_is_not_asked_for() -> None:
    held = {"IDENTITY_PROOF": HeldDocument("IDENTITY_PROOF", "earlier dossier", "1", "0" * 64, NOW)}
    judged = judge(content(attachments=[]), held)
    assert isinstance(judged, Admitted)
    assert [c.role for c in judged.header.components if c.kind == "HELD"] == ["IDENTITY_PROOF"]
