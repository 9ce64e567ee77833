from __future__ import annotations

from schemas.portal import PortalStatus
from services.intake.core.admission import Refused
from tests.intake_answers import judge
from tests.portal_records import EMPLOYER, content, d02

INCREASE = content(procedure="1.002051.01", submitter=EMPLOYER, forms=[d02(3)], attachments=[])


def test_a_managed_unit_is_out_of_scope_and_leaves_no_name() -> None:
    for prefix in ("QD", "CA"):
        forms = [d02(2, unit_code=f"{prefix}0123A")]
        judged = judge(INCREASE | {"forms": forms})
        assert judged == Refused("OUT_OF_SCOPE", PortalStatus.NOT_RECEIVED)


def test_a_mixed_list_is_refused_whole_naming_rows_and_the_submitter() -> None:
    judged = judge(INCREASE, managed={"submitter": False, "rows": [3, 1]})
    assert isinstance(judged, Refused)
    assert (judged.reason, judged.managed_rows) == ("OUT_OF_SCOPE", (1, 3))
    assert judged.submitter is not None
    assert judged.header is None


def test_a_managed_submitter_is_not_named() -> None:
    judged = judge(content(), managed={"submitter": True, "rows": []})
    assert judged == Refused("OUT_OF_SCOPE", PortalStatus.NOT_RECEIVED)


def test_a_faulty_text_of_a_managed_unit_is_out_of_scope_too() -> None:
    forms = [{"form": "D02-LT", "unit_code": "qd0123a"}]
    judged = judge(INCREASE | {"forms": forms})
    assert judged == Refused("OUT_OF_SCOPE", PortalStatus.NOT_RECEIVED)


def test_the_portals_flag_is_enough_where_the_text_cannot_be_read() -> None:
    judged = judge(
        content(), content={"kind": "text", "text": "?"}, managed={"submitter": False, "rows": [2]}
    )
    assert judged == Refused("OUT_OF_SCOPE", PortalStatus.NOT_RECEIVED, managed_rows=(2,))
