"""A split is stable: what a row became stays, whoever else claims, and ids never collide."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.ebook.core.aliases import Alias, AliasChange, applied, plan
from services.ebook.core.splitting import AuthenticatedSettlement, claims_of, progress_of
from tests.ebook_builders import BENEFIT, KEY, a_row, changes_of, decided, settled

IDENTIFIERS = ("CCCD|001190012345", "CCCD|001190099999", "SI|0190012345", "PASSPORT|C1", "MST|0101")
rows = st.lists(
    st.tuples(
        st.lists(st.sampled_from(IDENTIFIERS), min_size=1, max_size=3),
        st.sampled_from(["GRANTED", "GRANTED", "REFUSED"]),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=4,
)


def _settlement(number: int, drawn: list[Any]) -> AuthenticatedSettlement:
    return settled(
        *(
            a_row(n, *who, outcome=outcome, facts=[BENEFIT] * count)
            for n, (who, outcome, count) in enumerate(drawn, 1)
        ),
        decision=str(number),
    )


settlements = st.lists(rows, min_size=1, max_size=4).map(
    lambda drawn: [_settlement(n, one) for n, one in enumerate(drawn)]
)


def outcome(one: AuthenticatedSettlement, known: dict[str, Alias]) -> tuple[Any, ...]:
    refused = progress_of(one, known, one.event.as_cause("x/0/0")).refused
    return refused, [event.encode() for event in changes_of(one, known)]


@given(settlements)
def test_a_redelivery_repeats_bytes_whatever_came_later(
    drawn: list[AuthenticatedSettlement],
) -> None:
    known: dict[str, Alias] = {}
    outcomes = []
    for one in drawn:
        known = decided(one, known=known)
        outcomes.append(outcome(one, known))
    for one, before in zip(drawn, outcomes, strict=True):
        known = decided(one, known=known)
        assert outcome(one, known) == before


@given(settlements)
def test_every_row_is_done_or_refused_and_ids_never_collide(
    drawn: list[AuthenticatedSettlement],
) -> None:
    known = decided(*drawn)
    events = [event for one in drawn for event in changes_of(one, known)]
    assert len({event.id for event in events}) == len(events)
    for one in drawn:
        progress = progress_of(one, known, one.event.as_cause("x/0/0"))
        last = [e.data.settlement.row for e in changes_of(one, known) if getattr(e.data, "last", 0)]
        refused = [r.row for r in progress.refused]
        assert sorted(last + refused) == [row.row for row in one.settlement.rows]


@given(settlements)
def test_an_identifier_has_one_person_and_each_alias_is_told_once(
    drawn: list[AuthenticatedSettlement],
) -> None:
    known = decided(*drawn)
    told = [
        (f"{e.data.identifier.type}|{e.data.identifier.value}", e.subject)
        for one in drawn
        for e in changes_of(one, known)
        if e.type == "AliasAssigned"
    ]
    assert sorted(told) == sorted((alias.name, alias.person_id) for alias in known.values())


@dataclass
class Splitter:
    """Follows handlers._decided; its bulk writes take effect one operation at a time."""

    settlement: AuthenticatedSettlement
    store: dict[str, Alias]
    known: dict[str, Alias] = field(default_factory=dict)
    planned: tuple[AliasChange, ...] = ()
    waiting: list[AliasChange] = field(default_factory=list)
    lost: bool = False
    outcome: tuple[Any, ...] | None = None

    def step(self, random: Random) -> None:
        if self.waiting:
            self._write(self.waiting.pop(random.randrange(len(self.waiting))))
            return
        self.known = dict(self.store) if self.lost else applied(self.known, self.planned)
        self.planned = plan(claims_of(self.settlement), self.known, KEY)
        self.waiting, self.lost = list(self.planned), False
        if not self.planned:
            self.outcome = outcome(self.settlement, self.known)

    def _write(self, change: AliasChange) -> None:
        name = (change.old or change.new).name  # type: ignore[union-attr]  # one is given
        if self.store.get(name) != change.old:
            self.lost = True
        elif change.new is None:
            del self.store[name]
        else:
            self.store[name] = change.new


@settings(max_examples=200, deadline=None)
@given(settlements, st.randoms(use_true_random=False))
def test_racing_splitters_agree_for_ever(
    drawn: list[AuthenticatedSettlement], random: Random
) -> None:
    store: dict[str, Alias] = {}
    splitters = [Splitter(one, store) for one in drawn]
    while unfinished := [one for one in splitters if one.outcome is None]:
        random.choice(unfinished).step(random)
    for one in splitters:
        known = decided(one.settlement, known=store)
        assert outcome(one.settlement, known) == one.outcome
