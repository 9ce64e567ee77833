"""The verdict on a dossier: e-ID assertion and identity agreement beside the signature."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.intake import DossierSubmitted
from schemas.parties import Identifier
from services.signature.core.judgement import Judgement, judge_dossier
from tests import pki
from tests.pki import NOW
from tests.signature_builders import (
    CCCD,
    MST,
    POLICY,
    TEXT,
    assertion,
    authority,
    claims,
    eid_service,
    evidence,
    person,
    signed,
    submitted,
    trust_list,
)


def judged(event: DossierSubmitted, **changes: Any) -> Judgement:
    return judge_dossier(event.data, evidence(**changes), POLICY, NOW)


def with_eid(eid: str, **changes: Any) -> Judgement:
    return judged(submitted(eid=eid, **changes))


def failure(judgement: Judgement) -> tuple[str, str | None]:
    assert judgement.event.__name__ == "SignatureRejected"
    return judgement.report.indication, judgement.report.identity_failure


def organisation(eid: str | None = None, uid: str = f"MST:{MST}") -> DossierSubmitted:
    return submitted(
        signed(person("RSA-2048", uid), "PS256"),
        eid=assertion(sub={"type": "MST", "value": MST}, loa="ORG") if eid is None else eid,
        identifier=Identifier(type="MST", value=MST),
        kind="ORGANISATION",
    )


def test_a_person_with_level_2_is_validated() -> None:
    judgement = judged(submitted())
    assert judgement.event.__name__ == "SignatureValidated"
    assert judgement.final
    assert judgement.defects == ()
    assert [check.block for check in judgement.report.checks][-2:] == ["EID", "IDENTITY"]
    assert judgement.report.evidence[-1].kind == "EID_CERTIFICATE"


def test_an_organisation_with_its_own_account_is_validated() -> None:
    assert judged(organisation()).event.__name__ == "SignatureValidated"


def test_a_missing_assertion_is_rejected() -> None:
    judgement = with_eid("")
    assert failure(judgement) == ("TOTAL_PASSED", "EID_MISSING")
    assert [(d.code, d.path) for d in judgement.defects] == [("EID_MISSING", "eid_assertion")]


@pytest.mark.parametrize("eid", ["x", "a.b", "a.b.c", "..", "e30.e30.AA", assertion() + "="])
def test_a_malformed_assertion_is_rejected(eid: str) -> None:
    assert failure(with_eid(eid)) == ("TOTAL_PASSED", "EID_FORMAT")


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "001085012345"},
        {"sub": {"type": "CCCD", "value": "1"}},
        {"sub": {"type": "PASSPORT", "value": "B1234567"}},
        {"auth_time": "1700000000"},
        {"auth_time": True},
        {"auth_time": -1},
        {"iss": ""},
        {"iss": None},
        {"exp": "never"},
    ],
)
def test_malformed_claims_are_rejected(changes: dict[str, Any]) -> None:
    assert failure(with_eid(assertion(**changes))) == ("TOTAL_PASSED", "EID_FORMAT")


@pytest.mark.parametrize("extra", [{"crit": ["b64"]}, {"b64": False}, {"jku": "https://x.vn"}])
def test_an_assertion_with_unknown_headers_is_rejected(extra: dict[str, Any]) -> None:
    eid = pki.assertion(eid_service(), "ES256", claims(), **extra)
    assert failure(with_eid(eid)) == ("TOTAL_PASSED", "EID_FORMAT")


def test_an_assertion_by_an_untrusted_service_is_rejected() -> None:
    other = pki.certificate(pki.name("VNeID"), "P-256", authority("root"), number=40)
    eid = pki.assertion(other, "ES256", claims())
    assert failure(with_eid(eid)) == ("TOTAL_PASSED", "EID_UNTRUSTED")


def test_an_assertion_by_a_licensed_signer_is_rejected() -> None:
    eid = pki.assertion(person(), "ES256", claims())
    assert failure(with_eid(eid)) == ("TOTAL_PASSED", "EID_UNTRUSTED")


def test_an_assertion_by_a_withdrawn_service_is_rejected() -> None:
    services = trust_list()["services"]
    services[-1]["status"] = "withdrawn"
    judgement = judged(submitted(), services=services)
    assert failure(judgement) == ("TOTAL_PASSED", "EID_UNTRUSTED")


def test_an_assertion_whose_claims_were_changed_is_rejected() -> None:
    head, _, value = assertion().split(".")
    other = assertion(sub={"type": "CCCD", "value": "001085099999"}).split(".")[1]
    assert failure(with_eid(f"{head}.{other}.{value}")) == ("TOTAL_PASSED", "EID_SIGNATURE")


@pytest.mark.parametrize("alg", ["none", "HS256", "PS256"])
def test_an_assertion_with_another_algorithm_is_rejected(alg: str) -> None:
    eid = pki.assertion(eid_service(), "ES256", claims(), alg=alg)
    assert failure(with_eid(eid)) == ("TOTAL_PASSED", "EID_SIGNATURE")


def test_an_assertion_for_another_text_is_rejected() -> None:
    assert failure(with_eid(assertion(TEXT + " "))) == ("TOTAL_PASSED", "EID_CONTENT")


@pytest.mark.parametrize("loa", [1, 3, "2", "ORG", None, 2.5, True])
def test_a_person_needs_level_2(loa: Any) -> None:
    if isinstance(loa, float):
        assert failure(with_eid(assertion(loa=loa))) == ("TOTAL_PASSED", "EID_FORMAT")
    else:
        assert failure(with_eid(assertion(loa=loa))) == ("TOTAL_PASSED", "EID_LEVEL")


def test_an_organisation_needs_an_organisations_account() -> None:
    person_account = assertion(sub={"type": "MST", "value": MST}, loa=2)
    assert failure(judged(organisation(person_account))) == ("TOTAL_PASSED", "EID_LEVEL")
    mixed = assertion(loa="ORG")
    assert failure(judged(organisation(mixed))) == ("TOTAL_PASSED", "EID_LEVEL")


def test_an_account_authenticated_after_reception_is_rejected() -> None:
    at = int(NOW.timestamp())
    assert failure(with_eid(assertion(auth_time=at + 1))) == ("TOTAL_PASSED", "EID_TIME")
    assert with_eid(assertion(auth_time=at)).event.__name__ == "SignatureValidated"


def test_an_expired_assertion_is_rejected() -> None:
    ended = int((NOW - timedelta(seconds=1)).timestamp())
    assert failure(with_eid(assertion(exp=ended))) == ("TOTAL_PASSED", "EID_EXPIRED")


def test_a_dossier_signed_by_somebody_else_is_an_identity_mismatch() -> None:
    other = signed(person("P-256", "CCCD:001085099999"))
    judgement = judged(submitted(other))
    assert failure(judgement) == ("TOTAL_PASSED", "IDENTITY_MISMATCH")
    assert [(d.code, d.path) for d in judgement.defects] == [("IDENTITY_MISMATCH", "signature")]
    assert judgement.report.message_vi.startswith("Tài khoản định danh")


def test_a_dossier_filed_from_somebody_elses_account_is_an_identity_mismatch() -> None:
    eid = assertion(sub={"type": "CCCD", "value": "001085099999"})
    assert failure(with_eid(eid)) == ("TOTAL_PASSED", "IDENTITY_MISMATCH")


def test_a_branchs_certificate_does_not_sign_for_its_parent() -> None:
    judgement = judged(organisation(uid=f"MST:{MST}-001"))
    assert failure(judgement) == ("TOTAL_PASSED", "IDENTITY_MISMATCH")


def test_a_certificate_with_tax_code_and_personal_id_signs_for_both() -> None:
    both = f"MST:{MST},UID=CCCD:{CCCD}"
    assert judged(organisation(uid=both)).event.__name__ == "SignatureValidated"
    event = submitted(signed(person("P-256", both)))
    assert judged(event).event.__name__ == "SignatureValidated"


def test_a_missing_crl_is_not_final_and_tells_no_defect() -> None:
    judgement = judged(submitted(), without=("ca1",))
    assert judgement.event.__name__ == "SignatureUndetermined"
    assert not judgement.final
    assert judgement.defects == ()


def test_a_bad_assertion_is_final_even_while_a_crl_is_missing() -> None:
    judgement = judged(submitted(eid=""), without=("ca1",))
    assert judgement.event.__name__ == "SignatureRejected"
    assert judgement.final


def test_an_expired_certificate_is_undetermined_and_curable() -> None:
    expired = pki.certificate(
        pki.name("Ai đó", f"CCCD:{CCCD}"), "P-256", authority("ca1"), end=NOW - timedelta(days=1)
    )
    judgement = judged(submitted(signed(expired)))
    assert judgement.event.__name__ == "SignatureUndetermined"
    assert judgement.final
    assert [(d.code, d.curable) for d in judgement.defects] == [("OUT_OF_BOUNDS_NO_POE", True)]


def test_all_defects_are_told_at_once() -> None:
    judgement = judged(submitted(signed(text=TEXT + " "), eid=""))
    assert [d.code for d in judgement.defects] == ["SIG_CRYPTO_FAILURE", "EID_MISSING"]
    assert judgement.event.__name__ == "SignatureRejected"
