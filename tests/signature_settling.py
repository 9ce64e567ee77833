"""What signature answers to settlements, one after the other, for its tests."""

from __future__ import annotations

from typing import Any

from schemas.intake import DossierSubmitted, SettlementSubmitted
from schemas.signature import SettlementRejected
from services.signature.core.chain import Evidence
from services.signature.core.decisions import Rules, settle, submit
from services.signature.core.dossier import Dossier, RetryPlan
from tests.signature_builders import CODE, POLICY, evidence

ORIGIN = "intake.dossier.v1/0/7"
PLAN = RetryPlan(first_seconds=60, max_seconds=600)


def rules(found: Evidence | None = None) -> Rules:
    return Rules(found or evidence(), POLICY, PLAN)


def after(*events: DossierSubmitted, found: Evidence | None = None) -> Dossier:
    dossier = Dossier(CODE)
    for event in events:
        dossier, _ = submit(dossier, event, ORIGIN, rules(found))
    return dossier


def answer(
    dossier: Dossier, event: SettlementSubmitted, found: Evidence | None = None
) -> tuple[Dossier, Any]:
    dossier, events = settle(dossier, event, ORIGIN, rules(found))
    assert len(events) == 1
    return dossier, events[0]


def reason(dossier: Dossier, event: SettlementSubmitted, found: Evidence | None = None) -> str:
    _, rejected = answer(dossier, event, found)
    assert isinstance(rejected, SettlementRejected)
    return rejected.data.reason
