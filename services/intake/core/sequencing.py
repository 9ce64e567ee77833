"""Versions follow each other without a gap; withdrawal and settlement exclude each other.

The first in intake's order wins (contract §2).
"""

from __future__ import annotations

from collections.abc import Collection

from schemas.intake import RefusalReason
from schemas.portal import (
    DossierFiled,
    DossierSettled,
    DossierSupplemented,
    DossierWithdrawn,
    FiledData,
    PortalRecord,
    SettledData,
)
from services.intake.core.deduplication import Row

_LETTERED = ("SUBMITTED", "DEFECTS")


def out_of_sequence(portal: PortalRecord, earlier: Collection[Row]) -> RefusalReason | None:
    """Why the record cannot follow the rows of its dossier that came before it, if so."""
    match portal:
        case DossierFiled(data=data):
            return _filed(data, earlier)
        case DossierSupplemented(data=data):
            return _supplemented(data, earlier)
        case DossierSettled(data=data):
            return _settled(data, earlier)
        case DossierWithdrawn():
            return _withdrawn(earlier)


def _is_withdrawn(earlier: Collection[Row]) -> bool:
    return any(row.kind == "WITHDRAWAL" for row in earlier)


def _version(earlier: Collection[Row], version: int) -> Row | None:
    rows = (row for row in earlier if row.kind == "VERSION" and row.version == version)
    return next(rows, None)


def _filed(data: FiledData, earlier: Collection[Row]) -> RefusalReason | None:
    if data.version != 1 or data.replaces is not None:
        return "UNKNOWN_VERSION"
    return "ALREADY_WITHDRAWN" if _is_withdrawn(earlier) else None


def _supplemented(data: FiledData, earlier: Collection[Row]) -> RefusalReason | None:
    if _is_withdrawn(earlier):
        return "ALREADY_WITHDRAWN"
    replaced = _version(earlier, data.version - 1)
    # A refused version counts: it is what a supplement is for.
    return None if replaced and replaced.digest == data.replaces else "UNKNOWN_VERSION"


def _settled(data: SettledData, earlier: Collection[Row]) -> RefusalReason | None:
    if _is_withdrawn(earlier):
        return "ALREADY_WITHDRAWN"
    if (settled := _version(earlier, data.version)) and settled.outcome == "SUBMITTED":
        return None
    return "UNKNOWN_VERSION" if settled or _version(earlier, 1) else "UNKNOWN_DOSSIER"


def _withdrawn(earlier: Collection[Row]) -> RefusalReason | None:
    if any(row.kind == "SETTLEMENT" and row.outcome == "SUBMITTED" for row in earlier):
        return "ALREADY_SETTLED"
    # There is something to stop only where somebody could be written to.
    if any(row.kind == "VERSION" and row.outcome in _LETTERED for row in earlier):
        return None
    return "UNKNOWN_DOSSIER"
