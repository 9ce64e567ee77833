"""What operators see of the clock. Every label value exists from the start, so rates are right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.chassis import metrics

RESULTS = ("met", "breached")


@dataclass(frozen=True, slots=True)
class ReceiptMetrics:
    """The three business metrics of receipt."""

    latency: Histogram
    outcomes: Counter
    oldest: Gauge

    def answered(self, received_at: datetime, sent_at: datetime) -> None:
        """The first letter of a dossier was taken by the relay."""
        self.latency.observe((sent_at - received_at).total_seconds())

    def decided(self, outcome: str) -> None:
        """One clock has its outcome."""
        self.outcomes.labels(result=outcome).inc()

    def waiting(self, since: datetime | None) -> None:
        """The oldest dossier without a letter, wherever it is; None: there is none."""
        self.oldest.set(since.timestamp() if since else 0)


def receipt_metrics(registry: CollectorRegistry = metrics.REGISTRY) -> ReceiptMetrics:
    """Declare them; once per process and registry."""
    outcomes = metrics.counter("dossier_receipt_sla_total", registry)
    for result in RESULTS:
        outcomes.labels(result=result)
    return ReceiptMetrics(
        metrics.histogram("dossier_receipt_latency_seconds", registry),
        outcomes,
        metrics.gauge("dossier_oldest_unreceipted_timestamp_seconds", registry),
    )
