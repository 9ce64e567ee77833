"""What the edge needs from outside."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.signature.core.chain import Evidence
from services.signature.core.dossier import Dossier, Version


class EvidenceSource(Protocol):
    """The trust list and CRLs as they are now."""

    async def current(self) -> Evidence:
        """The newest usable evidence; a broken new list leaves the previous one in force."""
        ...


class Dossiers(Protocol):
    """One document per dossier version, changed by comparing revisions."""

    async def load(self, codes: Collection[str]) -> Mapping[str, Dossier]:
        """All known versions of these dossiers; unknown codes are absent."""
        ...

    async def save(self, versions: Sequence[Version]) -> bool:
        """Durable when it returns. False: at least one had changed since it was loaded and was
        not written; load and decide again, which gives stored answers for those that were.
        """
        ...

    async def claim(self, now: datetime, until: datetime, limit: int) -> Sequence[tuple[str, int]]:
        """Versions due for another look, kept from other replicas until `until`."""
        ...
