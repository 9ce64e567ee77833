"""What intake says to records, for its tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from schemas.envelope import Event
from schemas.intake import DossierRefused
from schemas.portal import DossierFiled
from services.intake.core.admission import Admitted, Refused, admit
from services.intake.core.decision import decide
from services.intake.core.decoding import Readable, decode
from services.intake.core.reuse import HeldDocument
from tests.portal_records import as_record, filed, received

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)


def judge(
    value: dict[str, Any], held: dict[str, HeldDocument] | None = None, **data: Any
) -> Admitted | Refused:
    """The decision on a content; `data` overrides fields of the portal's data."""
    readable = decode(as_record(filed(value, **data)))
    assert isinstance(readable, Readable)
    assert isinstance(readable.portal, DossierFiled)
    return admit(readable.portal.data, readable.text, NOW, held or {})


def codes(value: dict[str, Any], **data: Any) -> list[str]:
    """The codes of all its defects."""
    judged = judge(value, **data)
    assert isinstance(judged, Refused)
    return [defect.code for defect in judged.defects]


def answers(*values: dict[str, Any] | bytes | None) -> list[Event]:
    """What a fresh intake answers to these records, in order."""
    return decide([received(value, n) for n, value in enumerate(values)], []).events


def says(*values: dict[str, Any] | bytes | None) -> list[str]:
    """The same in one word each: the reason of a refusal, else the type."""
    return [
        event.data.reason if isinstance(event, DossierRefused) else event.type
        for event in answers(*values)
    ]
