"""One row per version, withdrawal and settlement of a dossier; the first record to come wins it.

Rows are inserted once and never change. A record is judged only by the rows of records before it,
so that its answer is the same at every redelivery, whatever came afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from schemas.intake import RefusalReason
from schemas.portal import DossierSettled, DossierWithdrawn
from services.chassis.records import Received, Record
from services.intake.core.decoding import Decoded, Readable, Unreadable

Kind = Literal["VERSION", "WITHDRAWAL", "SETTLEMENT"]
Outcome = Literal["SUBMITTED"] | RefusalReason


@dataclass(frozen=True, slots=True)
class Row:
    """Who won a dedupe key, with which content, and what came of it. No text, no person."""

    key: str
    code: str
    kind: Kind
    version: int
    """Of a version or of the version that a settlement names; 0 for a withdrawal."""
    digest: str
    origin: str
    outcome: Outcome

    def precedes(self, record: Record) -> bool:
        """Whether its record stands before `record`; one of another partition always does."""
        place, _, offset = self.origin.rpartition("/")
        return place != f"{record.topic}/{record.partition}" or int(offset) < record.offset


@dataclass(frozen=True, slots=True)
class Wanted:
    """Rows to load: by key, and by half-open ranges of keys."""

    keys: tuple[str, ...]
    ranges: tuple[tuple[str, str], ...] = ()


Known = dict[str, dict[str, Row]]
"""Rows by dossier code, then by key."""


def version_key(code: str, version: int) -> str:
    """Filed and supplemented alike: (code, version)."""
    return f"{code}|version|{version:02d}"


def withdrawal_key(code: str) -> str:
    """One withdrawal per dossier."""
    return f"{code}|withdrawal"


def key_of(readable: Readable) -> str:
    """The dedupe key of contract §2."""
    portal = readable.portal
    if isinstance(portal, DossierWithdrawn):
        return withdrawal_key(readable.code)
    if isinstance(portal, DossierSettled):
        # With both digests, no forged settlement can block the true one, not even a copy of its
        # text under a signature of the forger's own.
        signature, number = portal.data.signatures[0].sha256, portal.data.decision_number
        return f"{readable.code}|settlement|{readable.digest}|{signature}|{number}"
    return version_key(readable.code, portal.data.version)


def wanted(batch: Sequence[Received[Decoded]]) -> Wanted:
    """All rows that the batch's decisions may need."""
    keys: dict[str, None] = {}
    ranges: dict[tuple[str, str], None] = {}
    for received in batch:
        if isinstance(received.event, Unreadable):
            continue
        code, portal = received.event.code, received.event.portal
        if isinstance(portal, DossierWithdrawn):
            ranges[f"{code}|", f"{code}}}"] = None  # "}" follows "|": the whole dossier
            continue
        keys[key_of(received.event)] = keys[withdrawal_key(code)] = None
        if isinstance(portal, DossierSettled):
            keys[version_key(code, 1)] = keys[version_key(code, portal.data.version)] = None
        elif portal.data.version > 1:
            keys[version_key(code, portal.data.version - 1)] = None
    return Wanted(tuple(keys), tuple(ranges))


def by_dossier(rows: Iterable[Row]) -> Known:
    """Rows as decisions look at them."""
    known: Known = {}
    for row in rows:
        known.setdefault(row.code, {})[row.key] = row
    return known


def row_of(readable: Readable, origin: str, outcome: Outcome) -> Row:
    """The row that `readable` leaves when it wins its key."""
    portal, key = readable.portal, key_of(readable)
    if isinstance(portal, DossierWithdrawn):
        return Row(key, readable.code, "WITHDRAWAL", 0, readable.digest, origin, outcome)
    kind: Kind = "SETTLEMENT" if isinstance(portal, DossierSettled) else "VERSION"
    version = portal.data.version
    return Row(key, readable.code, kind, version, readable.digest, origin, outcome)
