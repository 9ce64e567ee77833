"""What the handler is given."""

from __future__ import annotations

from dataclasses import dataclass

from services.intake.ports import DedupeRows


@dataclass(frozen=True, slots=True)
class Deps:
    dedupe: DedupeRows
