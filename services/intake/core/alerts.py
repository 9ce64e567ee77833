"""The answers that somebody should look at although nobody is written to (contract §2)."""

from __future__ import annotations

from schemas.envelope import Event
from schemas.intake import DossierRefused, RecordUnreadable

_WITHOUT_LETTERS = ("DossierWithdrawn", "DossierSettled")


def alert_of(event: Event) -> str | None:
    """The reason to log: a conflict, a refused withdrawal or settlement, an unreadable record."""
    match event:
        case RecordUnreadable(data=data):
            return data.reason
        case DossierRefused(data=data):
            alarms = data.reason == "CONFLICT" or data.record_type in _WITHOUT_LETTERS
            return data.reason if alarms else None
        case _:
            return None
