"""What handlers and loops are given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.chassis.clock import Clock
from services.receipt.core.letter import Policy
from services.receipt.core.sending import Terms
from services.receipt.metrics import ReceiptMetrics
from services.receipt.ports import Compose, Documents, FirstUnread, Mailer


@dataclass(frozen=True, slots=True)
class Deps:
    """Adapters, policy and the clock. `lease_seconds` bounds a sender; `claims` its round."""

    documents: Documents
    mailer: Mailer
    compose: Compose
    first_unread: FirstUnread
    clock: Clock
    policy: Policy
    terms: Terms
    metrics: ReceiptMetrics
    lease_seconds: float
    claims: int

    def now(self) -> datetime:
        """The present, in whole milliseconds: what the store keeps is what was decided on."""
        now = self.clock.now()
        return now.replace(microsecond=now.microsecond // 1000 * 1000)
