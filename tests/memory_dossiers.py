"""The port `Dossiers` of signature in memory, with the same promises as the real one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from schemas.envelope import Event
from services.signature.core.dossier import Dossier, Version


class MemoryDossiers:
    """Versions by key; `outboxes` holds what a relay would publish."""

    def __init__(self) -> None:
        self.versions: dict[tuple[str, int], Version] = {}
        self.outboxes: dict[tuple[str, int], list[Event]] = {}

    async def load(self, codes: Collection[str]) -> Mapping[str, Dossier]:
        found: dict[str, Dossier] = {}
        for (code, number), version in self.versions.items():
            if code in codes:
                pending = bool(self.outboxes.get((code, number)))
                dossier = found.get(code, Dossier(code))
                found[code] = dossier.with_version(replace(version, has_outbox=pending))
        return found

    async def save(self, versions: Sequence[Version]) -> bool:
        landed = True
        for version in versions:
            key = (version.code, version.number)
            stored = self.versions.get(key)
            if (stored.revision if stored else 0) != version.revision:
                landed = False
                continue
            self.outboxes.setdefault(key, []).extend(version.outgoing)
            self.versions[key] = replace(version, revision=version.revision + 1, outgoing=())
        return landed

    async def claim(self, now: datetime, until: datetime, limit: int) -> Sequence[tuple[str, int]]:
        due = [
            (version.next_try_at, key)
            for key, version in self.versions.items()
            if version.next_try_at is not None and version.next_try_at <= now
        ]
        keys = [key for _, key in sorted(due)[:limit]]
        for key in keys:
            self.versions[key] = replace(self.versions[key], next_try_at=until)
        return keys
