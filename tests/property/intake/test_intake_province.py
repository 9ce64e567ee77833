"""The province never changes an outcome (design §9, promise 8)."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.intake import DossierRefused
from services.intake.core.decision import decide
from tests.portal_records import HSB14, PERSON, TK1, content, d02, filed, received

LINE = st.text(st.characters(codec="utf-8", categories=("L", "N", "Zs")), max_size=20)
ADDRESS = st.fixed_dictionaries({"street": LINE, "ward": LINE, "province": LINE})


def decided(address: dict[str, str], **changes: Any) -> tuple[Any, ...]:
    forms = [TK1 | {"paper_address": address}, HSB14 | {"address": address}]
    value = content(
        submitter=PERSON | {"address": address},
        owner=PERSON | {"address": address},
        forms=forms,
        **changes,
    )
    [event] = decide([received(filed(value))], []).events
    if isinstance(event, DossierRefused):
        return event.type, event.data.reason, event.data.defects, event.data.portal_status
    return event.type, event.data.header.limit, event.data.header.components


@given(ADDRESS, ADDRESS, st.sampled_from(["1.002759.04", "1.001613.01", "1.002051.01"]))
def test_another_address_gives_the_same_decision(
    one: dict[str, str], other: dict[str, str], procedure: str
) -> None:
    assert decided(one, procedure=procedure) == decided(other, procedure=procedure)


@given(ADDRESS, ADDRESS)
def test_another_address_of_the_unit_gives_the_same_decision(
    one: dict[str, str], other: dict[str, str]
) -> None:
    first, second = (d02(1, address=" ".join(a.values())) for a in (one, other))
    submitter = {**PERSON, "kind": "ORGANISATION", "identifier": {"type": "MST", "value": "1"}}

    def types(form: dict[str, Any]) -> str:
        value = content(procedure="1.002051.01", submitter=submitter, forms=[form], attachments=[])
        return decide([received(filed(value))], []).events[0].type

    assert types(first) == types(second) == "DossierSubmitted"
