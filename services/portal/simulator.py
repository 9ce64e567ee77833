"""The simulator: one seed, one world, one order of dossiers, good and bad.

What it returns depends on the seed and on the calls made so far, never on the clock; only the
signatures and the times they claim differ between two runs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

from services.portal import families, faults
from services.portal.faults import Fault
from services.portal.filing import (
    AS_IT_SHOULD_BE,
    Draft,
    Filed,
    Manner,
    Now,
    PortalMessage,
    file,
    supplement_of,
    withdrawal,
)
from services.portal.people import Country, Organisation, Person
from services.portal.pki import Pki
from services.portal.settlement import DAYS, Outcome, Settled, settle

EMPLOYERS = 40
REMEMBERED_STAFF = 60
SEQUENCE_LIMIT = 10_000_000


class Employer:
    """A unit and the latest of its people; older ones are forgotten, so memory stays flat."""

    def __init__(self, unit: Organisation) -> None:
        self.unit = unit
        self.staff: deque[Person] = deque(maxlen=REMEMBERED_STAFF)


class Simulator:
    """Files dossiers and settles them; every method publishes nothing and returns the record."""

    def __init__(self, seed: int, pki: Pki, *, now: Now | None = None) -> None:
        self.seed = seed
        self.pki = pki
        self.country = Country(seed)
        self.now: Now = now or (lambda: datetime.now(UTC))
        self._chance = Random(f"simulator-{seed}")
        self._employers = [Employer(self.country.organisation()) for _ in range(EMPLOYERS)]
        self._sequence = 0

    def employer_list(self, people: int = 5, *, new: int | None = None) -> Filed:
        """Increase and adjustment of `people` of one employer, `new` of them (a fifth) new."""
        employer = self._employer()
        new = people // 5 if new is None else new
        staff = [*self._staff(employer, people - new), *self._hire(employer, new)]
        return self.file(families.employer_list(employer.unit, staff, new, self._chance))

    def registration(self, people: int = 4) -> Filed:
        """First registration of a new unit and its people."""
        employer = Employer(self.country.organisation())
        self._employers[self._chance.randrange(EMPLOYERS)] = employer
        staff = self._hire(employer, people)
        return self.file(families.registration(employer.unit, staff, self._chance))

    def sickness(self, people: int = 2) -> Filed:
        """Sickness allowance for people of one employer."""
        employer = self._employer()
        staff = self._staff(employer, people)
        return self.file(families.sickness(employer.unit, staff, self._chance))

    def one_time(self, *, by_another: bool = False) -> Filed:
        """One-time insurance; `by_another`: a relative files it, who is not the owner then."""
        submitter = self.country.person() if by_another else None
        return self.file(
            families.one_time(self.country.person(), self._chance, submitter=submitter)
        )

    def identity_change(self, *, by_employer: bool = False) -> Filed:
        """A correction of identity data, by a person or by an employer for two people."""
        if not by_employer:
            return self.file(families.identity_change([self.country.person()], self._chance))
        employer = self._employer()
        staff = self._staff(employer, 2)
        return self.file(families.identity_change(staff, self._chance, unit=employer.unit))

    def supplement(
        self, filed: Filed, draft: Draft | None = None, manner: Manner = AS_IT_SHOULD_BE
    ) -> Filed:
        """The next version of a dossier, by default with what was missing put right."""
        draft = draft or faults.cured(filed.draft, self._chance)
        return file(draft, manner, self.pki, self.now, **supplement_of(filed))

    def withdraw(self, filed: Filed) -> PortalMessage:
        """The submitter takes the dossier back."""
        return withdrawal(filed.code)

    def settle(
        self, filed: Filed, outcomes: Sequence[Outcome] | None = None, *, decision: int = 1
    ) -> Settled:
        """The agency's decision; every row granted unless `outcomes` says otherwise."""
        signer = self.pki.agency(filed.agency)
        return settle(filed.text, signer, self.now, outcomes=outcomes, decision=decision)

    def forged_settlement(
        self, filed: Filed, *, by_other_agency: bool = False, copied_text: bool = False
    ) -> Settled:
        """The first decision's number, signed by a firm or by another agency.

        On another text, or (`copied_text`) on the very text that `settle(filed)` has the agency
        sign.
        """
        thief = self._employers[0].unit
        forger = (
            self.pki.agency("G12.99")
            if by_other_agency
            else self.pki.signer(thief.name, thief.uids, thief.algorithm)
        )
        return settle(filed.text, forger, self.now, days=DAYS if copied_text else 3)

    def bad(self, fault: Fault) -> Filed:
        """A dossier with one thing wrong; `faults.EXPECTED` says what must come of it."""
        draft, manner = faults.draft_with(fault, self, self._chance)
        return self.file(draft, manner)

    def again(self, filed: Filed, *, other_event_id: bool = True) -> PortalMessage:
        """The same content once more: as a new record, or the very same record."""
        if not other_event_id:
            return filed.message
        assert filed.version == 1, "only a first version is sent under another event id"
        return file(
            filed.draft, AS_IT_SHOULD_BE, self.pki, self.now, code=filed.code, serial=1
        ).message

    def conflict(self, filed: Filed) -> PortalMessage:
        """Another content under a code and version that are taken."""
        other = replace(filed.draft, submitter=replace(filed.submitter, phone="0900000000"))
        return file(other, AS_IT_SHOULD_BE, self.pki, self.now, code=filed.code, serial=2).message

    def malformed(self) -> tuple[PortalMessage, str]:
        """A record nobody can read, and why (`UnreadableReason`)."""
        return faults.malformed(self.next_code(), self._chance)

    def file(self, draft: Draft, manner: Manner = AS_IT_SHOULD_BE) -> Filed:
        """Any draft under the next code."""
        return file(draft, manner, self.pki, self.now, code=self.next_code())

    def next_code(self) -> str:
        """The next dossier code; the seed stands in its first part, so seeds do not collide."""
        sequence, self._sequence = self._sequence, self._sequence + 1
        day = 1 + sequence // SEQUENCE_LIMIT
        thousands, rest = divmod(self.seed % 80_000, 1000)
        return (
            f"G12.{20 + thousands:02d}.{rest:03d}-202607{day:02d}-{sequence % SEQUENCE_LIMIT:07d}"
        )

    def somebody_at_work(self, people: int) -> tuple[Organisation, list[Person]]:
        """An employer and some of its people."""
        employer = self._employer()
        return employer.unit, self._staff(employer, people)

    def _employer(self) -> Employer:
        return self._chance.choice(self._employers)

    def _hire(self, employer: Employer, count: int) -> list[Person]:
        people = [self.country.person() for _ in range(count)]
        employer.staff.extend(people)
        return people

    def _staff(self, employer: Employer, count: int) -> list[Person]:
        """Some of the employer's known people, topped up with unknown ones."""
        known = min(len(employer.staff), count // 2)
        chosen = self._chance.sample(list(employer.staff), known)
        return [*chosen, *self._hire(employer, count - known)]
