"""How far a settlement is: expected rows, done, refused; complete when the two add up."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from schemas.ebook import CompletedData, DossierCompleted, RefusedRow
from schemas.envelope import Cause
from schemas.portal import PortalStatus


@dataclass(frozen=True, slots=True)
class SettlementProgress:
    """`cause` names the record of SettlementAuthenticated that was split first: whoever completes
    the settlement publishes the same bytes.
    """

    settlement_id: str
    dossier_code: str
    version: int
    decision_number: str
    text_sha256: str
    expected: int
    refused: tuple[RefusedRow, ...]
    cause: Cause
    done: tuple[int, ...] = ()

    @property
    def is_complete(self) -> bool:
        return len(self.done) + len(self.refused) == self.expected

    @property
    def has_no_changes(self) -> bool:
        """No row yields a change: nothing will reach the fold, so the splitter must tell."""
        return len(self.refused) == self.expected

    def completed(self) -> DossierCompleted:
        """The announcement; the same for every reader of the same complete settlement."""
        if not self.is_complete:
            raise ValueError("settlement is not complete")
        return DossierCompleted.derive(
            self.cause,
            self.dossier_code,
            (self.decision_number, self.text_sha256),
            CompletedData(
                dossier_code=self.dossier_code,
                version=self.version,
                decision_number=self.decision_number,
                settlement_id=UUID(self.settlement_id),
                expected=self.expected,
                done=tuple(sorted(self.done)),
                refused=tuple(sorted(self.refused, key=lambda refused: refused.row)),
                portal_status=PortalStatus.DONE,
            ),
        )
