"""The catalogue: every metric name of the system, once. A service declares those that it moves.

Prometheus numbers are for operators; auditors count topics and stores.
"""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()


@dataclass(frozen=True, slots=True)
class Spec:
    """What a metric means and its closed set of labels."""

    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


_LATENCY = (1, 5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 5400, 6300, 7200, 9000, 14400)

CATALOGUE: dict[str, Spec] = {
    "dossier_receipt_latency_seconds": Spec(
        "Append of the portal record to the relay's 250.", (), (*_LATENCY, 28800, 86400)
    ),
    "dossier_receipt_sla_total": Spec("Outcomes of the clock, once per dossier.", ("result",)),
    "dossier_oldest_unreceipted_timestamp_seconds": Spec(
        "Unix time of the oldest dossier without a letter, store and topics; 0 if none."
    ),
    "dossier_signature_verdicts_total": Spec(
        "Verdict events published, ETSI EN 319 102-1 words.", ("verdict", "sub_indication")
    ),
    "dossier_dead_letters_total": Spec("Records set aside.", ("service", "topic", "reason")),
    "kafka_consumergroup_lag": Spec(
        "Records not yet committed by the group.", ("consumergroup", "topic", "partition")
    ),
    "kafka_consumergroup_lag_seconds": Spec(
        "Age of the first record not yet committed.", ("consumergroup", "topic", "partition")
    ),
}


def counter(name: str, registry: CollectorRegistry = REGISTRY) -> Counter:
    """The catalogue's counter of that name; declare it once per process."""
    spec = CATALOGUE[name]
    return Counter(name, spec.help, spec.labels, registry=registry)


def gauge(name: str, registry: CollectorRegistry = REGISTRY) -> Gauge:
    """The catalogue's gauge of that name."""
    spec = CATALOGUE[name]
    return Gauge(name, spec.help, spec.labels, registry=registry)


def histogram(name: str, registry: CollectorRegistry = REGISTRY) -> Histogram:
    """The catalogue's histogram of that name, with its buckets."""
    spec = CATALOGUE[name]
    return Histogram(name, spec.help, spec.labels, buckets=spec.buckets, registry=registry)
