from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest

from schemas.forms import FORM_NAMES
from services.intake.core.catalogue import Catalogue, Procedure
from services.intake.core.components import ATTACHMENT_NAMES
from services.intake.core.procedures import CATALOGUE

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
PUBLISHED = re.compile(r"\d\.\d{5,6}(\.\d{2})?")


def find(code: str) -> Procedure:
    procedure = CATALOGUE.find(code, NOW)
    assert procedure is not None
    return procedure


def test_all_25_procedures_are_in_the_catalogue() -> None:
    assert {procedure.row for procedure in CATALOGUE.procedures} == set(range(1, 26))


def test_every_entry_names_its_law_and_only_known_components() -> None:
    known = set(FORM_NAMES) | set(ATTACHMENT_NAMES)
    for procedure in CATALOGUE.procedures:
        assert procedure.legal_basis
        assert procedure.name_vi
        assert procedure.name_en
        assert procedure.submitters
        assert not procedure.code or PUBLISHED.fullmatch(procedure.code)
        for requirement in procedure.required:
            assert set(requirement.any_of) <= known


@pytest.mark.parametrize(
    ("code", "submitters", "required", "limit"),
    [
        ("1.002051.01", {"ORGANISATION"}, [("D02-LT",)], (5, "WORKING_DAYS")),
        ("1.002051.03", {"ORGANISATION"}, [("TK3-TS",), ("D02-LT",)], (5, "WORKING_DAYS")),
        (
            "1.001667.01",
            {"ORGANISATION"},
            [("01B-HSB",), ("SICKNESS_CERTIFICATE", "DISCHARGE_PAPER")],
            (7, "WORKING_DAYS"),
        ),
        ("1.001613.01", {"PERSON"}, [("14-HSB",)], (7, "WORKING_DAYS")),
        ("1.002759.02", {"ORGANISATION"}, [("TK1-TS",), ("IDENTITY_PROOF",)], (5, "WORKING_DAYS")),
        ("1.002759.04", {"PERSON"}, [("TK1-TS",), ("IDENTITY_PROOF",)], (5, "WORKING_DAYS")),
    ],
)
def test_the_four_families_are_complete(
    code: str, submitters: set[str], required: list[tuple[str, ...]], limit: tuple[int, str]
) -> None:
    procedure = find(code)
    assert procedure.submitters == submitters
    assert [requirement.any_of for requirement in procedure.required] == required
    assert procedure.limit is not None
    assert (procedure.limit.length, procedure.limit.day_type) == limit


def test_the_pension_counts_weekends_but_not_holidays() -> None:
    limit = find("2.000605.01").limit
    assert limit is not None
    assert (limit.length, limit.day_type) == (20, "CALENDAR_DAYS_EXCEPT_HOLIDAYS")


@pytest.mark.parametrize("code", ["1.002179.02", "1.001710.01", "1.001978", "2.000986"])
def test_a_procedure_without_a_known_limit_is_not_open(code: str) -> None:
    assert not find(code).open


def test_the_book_is_never_a_required_component() -> None:
    roles = {
        role
        for procedure in CATALOGUE.procedures
        for requirement in procedure.required
        for role in requirement.any_of
    }
    assert not any("BOOK" in role for role in roles)


def test_a_procedure_without_a_code_cannot_be_found() -> None:
    assert CATALOGUE.find("", NOW) is None


def test_the_entry_in_force_on_the_day_of_reception_in_viet_nam_decides() -> None:
    old = find("1.002051.01")
    new = Procedure(
        row=2,
        code=old.code,
        name_vi=old.name_vi,
        name_en=old.name_en,
        submitters=old.submitters,
        required=(),
        limit=None,
        legal_basis=old.legal_basis,
        valid_from=date(2027, 1, 1),
    )
    dated = Catalogue.of("2027-01-01", [new, old])
    # 17:00 UTC is midnight in Việt Nam.
    assert dated.find(old.code, datetime(2026, 12, 31, 16, 59, tzinfo=UTC)) == old
    assert dated.find(old.code, datetime(2026, 12, 31, 17, tzinfo=UTC)) == new
    assert dated.find(old.code, datetime(2025, 6, 30, 16, 59, tzinfo=UTC)) is None
