from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.portal import DossierFiled, PortalStatus
from services.intake.core.admission import Admitted, Refused, admit
from services.intake.core.decoding import Readable, decode
from services.intake.core.reuse import HeldDocument
from tests.portal_records import (
    EMPLOYER,
    HSB14,
    PERSON,
    TK1,
    TK3,
    as_record,
    bound,
    content,
    d02,
    filed,
    hsb01b,
    inline,
)

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
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


def judge(value: dict[str, Any], **data: Any) -> Admitted | Refused:
    readable = decode(as_record(filed(value, **data)))
    assert isinstance(readable, Readable)
    assert isinstance(readable.portal, DossierFiled)
    return admit(readable.portal.data, readable.text, NOW)


def codes(value: dict[str, Any], **data: Any) -> list[str]:
    judged = judge(value, **data)
    assert isinstance(judged, Refused)
    return [defect.code for defect in judged.defects]


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


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([], ["ATTACHMENT_NOT_SENT"]),
        ([inline(bound("IDENTITY_PROOF")), inline(bound("EXTRA"))], ["ATTACHMENT_NOT_SIGNED"]),
        ([inline(bound("OTHER"))], ["ATTACHMENT_MISMATCH"]),
        ([inline(bound("IDENTITY_PROOF"), b"other")], ["ATTACHMENT_SIZE", "ATTACHMENT_DIGEST"]),
        ([bound("IDENTITY_PROOF") | {"inline": "a==="}], ["ATTACHMENT_ENCODING"]),
        ([bound("IDENTITY_PROOF") | {"inline": "YQ==\n"}], ["ATTACHMENT_ENCODING"]),
        ([bound("IDENTITY_PROOF") | {"inline": "é"}], ["ATTACHMENT_ENCODING"]),
    ],
)
def test_the_files_sent_are_those_that_were_signed(
    sent: list[dict[str, Any]], expected: list[str]
) -> None:
    assert codes(content(), attachments=sent) == expected


def test_a_file_by_uri_is_not_fetched() -> None:
    sent = [bound("IDENTITY_PROOF") | {"uri": "https://files.example.vn/1"}]
    assert isinstance(judge(content(), attachments=sent), Admitted)


def test_inline_files_may_have_one_mebibyte_together() -> None:
    half = b"\0" * (512 * 1024)
    for size, admitted in ((half, True), (half + b"\0", False)):
        files = [("IDENTITY_PROOF", half), ("OTHER", size)]
        value = content(attachments=[bound(role, content=c) for role, c in files])
        judged = judge(value, attachments=[inline(bound(r, content=c), c) for r, c in files])
        assert isinstance(judged, Admitted) is admitted
        if isinstance(judged, Refused):
            assert [d.code for d in judged.defects] == ["ATTACHMENTS_TOO_LARGE"]


def test_a_component_that_the_state_holds_is_not_asked_for() -> None:
    value = content(attachments=[])
    readable = decode(as_record(filed(value)))
    assert isinstance(readable, Readable)
    assert isinstance(readable.portal, DossierFiled)
    held = {"IDENTITY_PROOF": HeldDocument("IDENTITY_PROOF", "earlier dossier", "1", "0" * 64, NOW)}
    judged = admit(readable.portal.data, readable.text, NOW, held)
    assert isinstance(judged, Admitted)
    assert [c.role for c in judged.header.components if c.kind == "HELD"] == ["IDENTITY_PROOF"]


def test_a_managed_unit_is_out_of_scope_and_leaves_no_name() -> None:
    for prefix in ("QD", "CA"):
        forms = [d02(2, unit_code=f"{prefix}0123A")]
        judged = judge(FAMILIES["increase"] | {"forms": forms})
        assert judged == Refused("OUT_OF_SCOPE", PortalStatus.NOT_RECEIVED)


def test_a_mixed_list_is_refused_whole_naming_rows_and_the_submitter() -> None:
    judged = judge(FAMILIES["increase"], managed={"submitter": False, "rows": [3, 1]})
    assert isinstance(judged, Refused)
    assert (judged.reason, judged.managed_rows) == ("OUT_OF_SCOPE", (1, 3))
    assert judged.submitter is not None
    assert judged.header is None


def test_a_managed_submitter_is_not_named() -> None:
    judged = judge(content(), managed={"submitter": True, "rows": []})
    assert judged == Refused("OUT_OF_SCOPE", PortalStatus.NOT_RECEIVED)


def test_a_faulty_text_of_a_managed_unit_is_out_of_scope_too() -> None:
    forms = [{"form": "D02-LT", "unit_code": "qd0123a"}]
    judged = judge(FAMILIES["increase"] | {"forms": forms})
    assert judged == Refused("OUT_OF_SCOPE", PortalStatus.NOT_RECEIVED)


def test_the_portals_flag_is_enough_where_the_text_cannot_be_read() -> None:
    judged = judge(
        content(), content={"kind": "text", "text": "?"}, managed={"submitter": False, "rows": [2]}
    )
    assert judged == Refused("OUT_OF_SCOPE", PortalStatus.NOT_RECEIVED, managed_rows=(2,))
