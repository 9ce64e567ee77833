"""People whose books defence and police keep: recognised, refused, never recorded (design §3).

Sources: the portal's flag, and the unit codes below. hoso adds no trace of these people.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from schemas.content import Content
from schemas.forms import D02LT, HSB01B, TK3TS
from schemas.parties import Party
from schemas.portal import FiledData
from services.intake.core.decoding import Faulty, Text


@dataclass(frozen=True, slots=True)
class ManagedUnits:
    """A prefix of unit codes whose books a ministry of its own keeps."""

    prefix: str
    ministry: str
    valid_from: datetime


# Decree 164/2025, article not seen; Circular 09/2026 excludes them too (domain §1). The prefixes
# of defence and police units are a working assumption (confidence ?): dated data, not code.
MANAGED_UNITS = (
    ManagedUnits("QD", "Bộ Quốc phòng / Ministry of Defence", datetime(2025, 7, 1, tzinfo=UTC)),
    ManagedUnits(
        "CA", "Bộ Công an / Ministry of Public Security", datetime(2025, 7, 1, tzinfo=UTC)
    ),
)


@dataclass(frozen=True, slots=True)
class OutOfScope:
    """What a refusal may say: rows by number, and the submitter where not itself managed."""

    rows: tuple[int, ...]
    submitter: Party | None


def out_of_scope(data: FiledData, text: Text, received_at: datetime) -> OutOfScope | None:
    """Whether anybody in the dossier is managed elsewhere; then it is refused whole."""
    managed_unit = any(_is_managed(code, received_at) for code in _unit_codes(text))
    if not (managed_unit or data.managed.submitter or data.managed.rows):
        return None
    named = not (managed_unit or data.managed.submitter)
    return OutOfScope(tuple(sorted(set(data.managed.rows))), _submitter(text) if named else None)


def _is_managed(unit_code: str, at: datetime) -> bool:
    return any(unit_code.startswith(u.prefix) and u.valid_from <= at for u in MANAGED_UNITS)


def _unit_codes(text: Text) -> Iterable[str]:
    match text:
        case Content():
            for form in text.forms:
                if isinstance(form, (D02LT, HSB01B, TK3TS)) and form.unit_code:
                    yield form.unit_code
        case Faulty(value={"forms": list(forms)}):
            for raw in forms:
                match raw:
                    case {"unit_code": str(code)}:
                        # A fault of case or a stray blank must not let such a unit through.
                        yield code.strip().upper()


def _submitter(text: Text) -> Party | None:
    match text:
        case Content():
            return text.submitter
        case Faulty(value={"submitter": dict(raw)}):
            return _party(raw)
        case _:
            return None


def _party(raw: dict[str, Any]) -> Party | None:
    try:
        return Party.model_validate(raw)
    except ValidationError:
        return None
