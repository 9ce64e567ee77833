"""Never ask twice: a component that the state holds already counts as given (design §3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class HeldDocument:
    """A document found in a source, frozen as it was when looked up."""

    role: str
    source: str
    version: str
    sha256: str
    looked_up_at: datetime
