"""Business metrics: verdict events by their outcome; labels come from closed sets only."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry

from schemas.signature import (
    SignatureEvent,
    SignatureRejected,
    SignatureUndetermined,
    SignatureValidated,
)
from services.chassis.metrics import REGISTRY, counter


class Metrics:
    """What signature counts."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._verdicts = counter("dossier_signature_verdicts_total", registry)

    def count(self, verdicts: Iterable[SignatureEvent]) -> None:
        """New verdicts: the indication, and the sub-indication or the identity's failure."""
        for event in verdicts:
            if isinstance(event, SignatureValidated | SignatureRejected | SignatureUndetermined):
                report = event.data.report
                detail = report.identity_failure or report.sub_indication or "NONE"
                self._verdicts.labels(report.indication, detail).inc()
