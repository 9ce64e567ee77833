"""An endless, seeded mixture of stories, interleaved across dossiers and in order within each.

Memory is flat: at most `OPEN_STORIES` dossiers are remembered at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple, get_args

from services.portal.faults import EXPECTED, GOOD, Expected, Fault
from services.portal.filing import Filed, PortalMessage
from services.portal.settlement import Outcome, Settled
from services.portal.simulator import Simulator

OPEN_STORIES = 50
MIXED_FAULTS: tuple[Fault, ...] = tuple(f for f in get_args(Fault) if f != "crl_missing")
"""A missing CRL needs somebody who publishes it later; the mixture needs nobody."""


class Mixed(NamedTuple):
    """One record, what it is, and what must come of it alone."""

    label: str
    message: PortalMessage
    expected: Expected


Story = Iterator[Mixed]


def mixed(sim: Simulator, count: int, *, largest: int = 200) -> Iterator[Mixed]:
    """`count` records of all kinds; lists hold up to `largest` people.

    Records of one dossier keep their order; a cut at `count` may leave stories unfinished.
    """
    chance = Random(f"mixture-{sim.seed}")
    kinds, weights = zip(*STORIES.items(), strict=True)
    open_stories: list[Story] = []
    for _ in range(count):
        record = None
        while record is None:
            if not open_stories or (len(open_stories) < OPEN_STORIES and chance.randrange(2)):
                story = chance.choices(kinds, weights)[0](sim, chance, largest)
                open_stories.append(story)
                record = next(story)
            else:
                position = chance.randrange(len(open_stories))
                record = next(open_stories[position], None)
                if record is None:
                    open_stories.pop(position)
        yield record


def good(sim: Simulator, chance: Random, largest: int) -> Filed:
    """A faultless dossier of any family."""
    match chance.randrange(10):
        case 0 | 1 | 2:
            return sim.employer_list(_size(chance, largest))
        case 3:
            return sim.registration(chance.randint(3, 6))
        case 4 | 5 | 6:
            return sim.sickness(chance.randint(1, 4))
        case 7 | 8:
            return sim.one_time(by_another=not chance.randrange(4))
        case _:
            return sim.identity_change(by_employer=not chance.randrange(3))


def _size(chance: Random, largest: int) -> int:
    if not chance.randrange(200):
        return largest
    return min(largest, chance.randint(3, 8) if chance.randrange(20) else chance.randint(10, 40))


def _filed(filed: Filed, label: str = "", expected: Expected = GOOD) -> Mixed:
    return Mixed(label or filed.draft.family.lower(), filed.message, expected)


def _settled(settled: Settled) -> Mixed:
    granted = sum(row["outcome"] == "GRANTED" for row in settled.rows)
    expected = Expected(
        "SettlementSubmitted",
        verdict="SettlementAuthenticated",
        letter="RESULT",
        status=10,
        granted=granted,
        refused=len(settled.rows) - granted,
    )
    return Mixed("settlement", settled.message, expected)


def _plain(sim: Simulator, chance: Random, largest: int) -> Story:
    yield _filed(good(sim, chance, largest))


def _with_settlement(sim: Simulator, chance: Random, largest: int) -> Story:
    filed = good(sim, chance, largest)
    yield _filed(filed)
    outcomes: list[Outcome] = [
        "GRANTED" if chance.randrange(5) else "REFUSED" for _ in filed.subjects
    ]
    yield _settled(sim.settle(filed, outcomes))


def _with_forgery(sim: Simulator, chance: Random, largest: int) -> Story:
    filed = good(sim, chance, largest)
    yield _filed(filed)
    other_agency = bool(chance.randrange(2))
    forged = sim.forged_settlement(filed, by_other_agency=other_agency)
    sub = "AGENCY_MISMATCH" if other_agency else "NOT_AN_AGENCY"
    rejected = Expected("SettlementSubmitted", verdict="SettlementRejected", sub=sub)
    yield Mixed("forged settlement", forged.message, rejected)
    yield _settled(sim.settle(filed))


def _with_withdrawal(sim: Simulator, chance: Random, largest: int) -> Story:
    filed = good(sim, chance, largest)
    yield _filed(filed)
    yield Mixed(
        "withdrawal", sim.withdraw(filed), Expected("WithdrawalSubmitted", letter="05", status=8)
    )


def _with_supplement(sim: Simulator, chance: Random, _largest: int) -> Story:
    fault: Fault = "wrong_field" if chance.randrange(2) else "missing_component"
    filed = sim.bad(fault)
    yield _filed(filed, fault, EXPECTED[fault])
    second = sim.supplement(filed)
    yield _filed(second, "supplement")
    yield _settled(sim.settle(second))


def _with_duplicate(sim: Simulator, chance: Random, largest: int) -> Story:
    filed = good(sim, chance, largest)
    yield _filed(filed)
    again = sim.again(filed, other_event_id=bool(chance.randrange(2)))
    yield Mixed("duplicate", again, Expected("DossierDuplicated"))


def _with_conflict(sim: Simulator, chance: Random, largest: int) -> Story:
    filed = good(sim, chance, largest)
    yield _filed(filed)
    yield Mixed("conflict", sim.conflict(filed), Expected("DossierRefused", "CONFLICT"))


def _faulty(sim: Simulator, chance: Random, _largest: int) -> Story:
    fault = chance.choice(MIXED_FAULTS)
    yield _filed(sim.bad(fault), fault, EXPECTED[fault])


def _malformed(sim: Simulator, _chance: Random, _largest: int) -> Story:
    message, reason = sim.malformed()
    yield Mixed("malformed", message, Expected("RecordUnreadable", reason))


STORIES: dict[Callable[[Simulator, Random, int], Story], int] = {
    _plain: 50,
    _with_settlement: 14,
    _with_forgery: 4,
    _with_withdrawal: 4,
    _with_supplement: 4,
    _with_duplicate: 5,
    _with_conflict: 2,
    _faulty: 13,
    _malformed: 4,
}
"""How often each story begins, in parts of 100."""
