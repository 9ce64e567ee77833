"""The procedures that may be filed, as dated data: who, with what, and within which limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from schemas.intake import SettlementLimit

ICT = ZoneInfo("Asia/Ho_Chi_Minh")
Submitter = Literal["PERSON", "ORGANISATION"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """A component of the dossier; any one of `any_of` will do."""

    any_of: tuple[str, ...]
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Procedure:
    """One code of the portal, from `valid_from` until a later entry of the same code.

    row: the row of domain §5. limit: None where no source gives one; then it is not open.
    """

    row: int
    code: str
    name_vi: str
    name_en: str
    submitters: frozenset[Submitter]
    required: tuple[Requirement, ...]
    limit: SettlementLimit | None
    legal_basis: str
    valid_from: date

    @property
    def open(self) -> bool:
        """Whether hoso may receive it: without a known limit no appointment can be given."""
        return self.limit is not None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All procedures under one version name, which every header freezes."""

    version: str
    entries: Mapping[str, tuple[Procedure, ...]]

    @classmethod
    def of(cls, version: str, procedures: Iterable[Procedure]) -> Catalogue:
        """The catalogue of these entries, each code in order of time."""
        entries: dict[str, tuple[Procedure, ...]] = {}
        for procedure in sorted(procedures, key=lambda p: p.valid_from):
            entries[procedure.code] = (*entries.get(procedure.code, ()), procedure)
        return cls(version, entries)

    @property
    def procedures(self) -> tuple[Procedure, ...]:
        """Every entry, also of procedures without a code."""
        return tuple(p for same_code in self.entries.values() for p in same_code)

    def find(self, code: str, received_at: datetime) -> Procedure | None:
        """The procedure of that code as it stood on the day of reception in Việt Nam."""
        entries = self.entries.get(code)
        if not (code and entries):
            return None
        day = received_at.astimezone(ICT).date()
        return next((p for p in reversed(entries) if p.valid_from <= day), None)
