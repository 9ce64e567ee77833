"""What signature knows of one dossier: per version its verdicts, waiting settlements, outcomes.

Values only; `decisions` makes the next value, a store saves it by comparing `revision`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from schemas.envelope import Cause, Event
from schemas.intake import DossierSubmitted, SettlementData, SettlementSubmitted
from schemas.signature import SettlementRejection, SignatureEvent, ValidationReport


@dataclass(frozen=True, slots=True)
class Submission:
    """A dossier whose verdict is open: the event, and where it was read."""

    event: DossierSubmitted
    origin: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A settlement that can be decided only when a verdict is final or a CRL has come."""

    event: SettlementSubmitted
    origin: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one settlement: one decision number, one text, one signature.

    With the settlement's own event this is the whole verdict event again, byte for byte;
    the text is not kept a second time.
    """

    decision_number: str
    content_sha256: str
    signature_sha256: str
    cause: Cause
    report: ValidationReport | None
    reason: SettlementRejection | None
    """None: authenticated."""


@dataclass(frozen=True, slots=True)
class Version:
    """One dossier version. `content_sha256` is None while only settlements have named it."""

    code: str
    number: int
    revision: int = 0
    """0: not stored yet."""
    content_sha256: str | None = None
    open: Submission | None = None
    verdicts: tuple[SignatureEvent, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    tries: int = 0
    next_try_at: datetime | None = None
    has_outbox: bool = False
    """Events of this version are still on their way through the outbox."""
    outgoing: tuple[Event, ...] = ()
    """Events to be added to the outbox by the save."""

    @property
    def is_submitted(self) -> bool:
        """Whether intake announced this version."""
        return self.content_sha256 is not None

    @property
    def last_verdict(self) -> SignatureEvent | None:
        """The verdict event that counts: the newest one."""
        return self.verdicts[-1] if self.verdicts else None

    def outcome_of(self, data: SettlementData) -> Outcome | None:
        """The stored outcome of this very settlement; another signature is another settlement."""
        wanted = (data.decision_number, data.content_sha256, data.signature.sha256)
        for outcome in self.outcomes:
            named = (outcome.decision_number, outcome.content_sha256, outcome.signature_sha256)
            if named == wanted:
                return outcome
        return None


@dataclass(frozen=True, slots=True)
class Dossier:
    """All versions of one dossier code that are known."""

    code: str
    versions: Mapping[int, Version] = field(default_factory=dict)

    def version(self, number: int) -> Version:
        """That version, empty if it is not known."""
        return self.versions.get(number) or Version(self.code, number)

    def with_version(self, version: Version) -> Dossier:
        """The dossier with one version changed."""
        return replace(self, versions={**self.versions, version.number: version})

    def is_superseded(self, number: int) -> bool:
        """Whether intake announced a newer version."""
        return any(v.is_submitted and v.number > number for v in self.versions.values())

    def has_authenticated(self, decision_number: str) -> bool:
        """Whether a settlement was authenticated under that decision number, in any version."""
        return any(
            outcome.decision_number == decision_number and outcome.reason is None
            for version in self.versions.values()
            for outcome in version.outcomes
        )


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """When to look for evidence again: from `first_seconds`, doubling, to `max_seconds`."""

    first_seconds: float = 60
    max_seconds: float = 600

    def wait_seconds(self, tries: int) -> float:
        """The wait after that many tries; it never ends."""
        return float(min(self.first_seconds * 2 ** min(tries, 30), self.max_seconds))
