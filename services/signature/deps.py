"""What handlers and loops are given."""

from __future__ import annotations

from dataclasses import dataclass

from services.chassis.clock import Clock
from services.signature.core.dossier import RetryPlan
from services.signature.core.policy import SignaturePolicy
from services.signature.metrics import Metrics
from services.signature.ports import Dossiers, EvidenceSource


@dataclass(frozen=True, slots=True)
class Deps:
    """The service's surroundings, real or of a test."""

    evidence: EvidenceSource
    dossiers: Dossiers
    policy: SignaturePolicy
    plan: RetryPlan
    clock: Clock
    metrics: Metrics
    retry_lease_seconds: float = 30
    retry_batch: int = 50
