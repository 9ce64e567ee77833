"""Law: a redelivery repeats the id; different facts never share one (contract §1)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemas.envelope import derive_id

PARTS = st.lists(st.text(alphabet="ab|%7C25é", max_size=6), min_size=2, max_size=5)


@given(PARTS, PARTS)
def test_ids_are_equal_exactly_when_what_they_are_derived_from_is_equal(
    one: list[str], other: list[str]
) -> None:
    assert (derive_id(*one) == derive_id(*other)) == (one == other)


def test_an_id_never_changes_between_releases() -> None:
    derived = derive_id("DossierSubmitted", "G12.01-20261122-0000001", "G12.01-20261122-0000001", 1)
    assert str(derived) == "53223335-fd0d-5d88-9581-74e1e999edb6"
