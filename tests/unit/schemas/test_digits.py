"""Numbers are written with the digits 0 to 9: digits of other scripts are another text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from schemas import content, forms, generate, parties

SCHEMAS = Path(generate.__file__).parent
PROCEDURE = content.Content.model_fields["procedure"].rebuild_annotation()
WRITTEN: list[tuple[Any, str]] = [
    (parties.DossierCode, "G09.20-20261109-0092637"),
    (parties.DossierCode, "000.00.00.G12-261109-0001"),
    (forms.SiCode, "0123456789"),
    (forms.PersonalId, "001190012345"),
    (forms.IdentityNumber, "001190012345"),
    (forms.IdentityNumber, "C1234567"),
    (forms.TaxCode, "0101234567-001"),
    (forms.TaxCode, "001190012345"),
    (forms.BirthDate, "1990-05-17"),
    (forms.Day, "2026-11-22"),
    (forms.Month, "2026-11"),
    (forms.Amount, "12000000"),
    (forms.SalaryOrCoefficient, "2.3400"),
    (forms.Percentage, "10.5"),
    (content.Timestamp, "2026-11-09T09:30:00.123+07:00"),
    (PROCEDURE, "1.002759.04"),
]


@pytest.mark.parametrize(("written", "good"), WRITTEN)
def test_a_digit_of_another_script_is_refused_wherever_it_stands(written: Any, good: str) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(written)
    assert adapter.validate_python(good) == good
    for place, character in enumerate(good):
        if character.isdigit():
            for zero in ("٠", "０", "𝟎"):
                foreign = chr(ord(zero) + int(character))
                with pytest.raises(ValidationError):
                    adapter.validate_python(good[:place] + foreign + good[place + 1 :])


def test_no_published_schema_leaves_open_what_a_digit_is() -> None:
    vague = [p.name for p in (SCHEMAS / "json").rglob("*.json") if "\\d" in p.read_text()]
    assert vague == []
