"""Changes folded into books; applying a change twice, at whatever offset, is applying it once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from schemas.ebook import (
    AliasAssigned,
    BenefitRecorded,
    ChangeEvent,
    ContributionRecorded,
    IdentityRecorded,
    SettlementRecorded,
    UnemploymentRecorded,
)
from services.chassis.records import Received
from services.ebook.core.book import LISTS, SEEN, Book, Content, entry_ids

Change = (
    AliasAssigned
    | IdentityRecorded
    | ContributionRecorded
    | BenefitRecorded
    | UnemploymentRecorded
    | SettlementRecorded
)
"""What can be folded; merging and contesting are not supported yet."""

Step = Received[Change]


@dataclass(frozen=True, slots=True)
class Folded:
    """A book after some steps, and those of them that were new to it."""

    before: Book
    book: Book
    fresh: tuple[Step, ...]


def foldable(event: ChangeEvent) -> bool:
    """False for the changes that this version cannot fold (MergedAway, MergedIn, ...)."""
    return type(event) in _APPLY


def by_person(steps: Sequence[Step]) -> dict[str, list[Step]]:
    """The steps of each person, in order."""
    streams: dict[str, list[Step]] = {}
    for step in steps:
        streams.setdefault(step.event.data.person_id, []).append(step)
    return streams


def evolve(book: Book, change: Change) -> Book:
    """The book with the change applied, once; its position is not moved."""
    if str(change.id) in set(entry_ids(book.content)):
        return book
    content = _copy(book.content)
    _APPLY[type(change)](content, change)
    newest = max(filter(None, (book.updated_at, change.received_at)))
    return replace(book, content=content, updated_at=newest)


def fold(book: Book, steps: Sequence[Step]) -> Folded:
    """`evolve` over steps in offset order, with positions; redelivered steps change nothing."""
    unread = _unread(book, steps)
    if not unread:
        return Folded(book, book, ())
    known, content = {*book.seen, *entry_ids(book.content)}, _copy(book.content)
    positions, updated_at = dict(book.positions), book.updated_at
    fresh: dict[str, Step] = {}
    for step in unread:
        positions[str(step.record.partition)] = step.record.offset
        event, event_id = step.event, str(step.event.id)
        if event_id not in known:
            _APPLY[type(event)](content, event)
            known.add(event_id)
            fresh[event_id] = step
            updated_at = max(updated_at or event.received_at, event.received_at)
    book_now = Book(book.person_id, content, positions, (*book.seen, *fresh)[-SEEN:], updated_at)
    return Folded(book, book_now, tuple(fresh.values()))


def _unread(book: Book, steps: Sequence[Step]) -> list[Step]:
    positions = book.positions
    return [s for s in steps if s.record.offset > positions.get(str(s.record.partition), -1)]


def _copy(content: Content) -> Content:
    """Lists and `identity` are new, entries are shared: entries are only ever added."""
    return {
        **content,
        "identity": dict(content["identity"]),
        **{name: list(content[name]) for name in LISTS},
    }


def _entry(change: Change) -> dict[str, Any]:
    settlement = change.data.settlement
    return {
        "id": str(change.id),
        "settlement_id": str(settlement.settlement_id),
        "row": settlement.row,
        "decision_number": settlement.decision_number,
    }


def _alias_assigned(content: Content, change: AliasAssigned) -> None:
    identifier = change.data.identifier
    entry = {**_entry(change), "type": identifier.type, "value": identifier.value}
    content["aliases"].append(entry)


def _identity_recorded(content: Content, change: IdentityRecorded) -> None:
    """The new value counts; the old one stays readable in the history."""
    fact, identity = change.data.fact, content["identity"]
    old = identity.get(fact.field) if fact.old is None else fact.old
    content["identity_history"].append(
        {**_entry(change), "field": fact.field, "old": old, "new": fact.new}
    )
    identity[fact.field] = fact.new


def _fact_added(
    section: str,
) -> Callable[[Content, ContributionRecorded | BenefitRecorded | UnemploymentRecorded], None]:
    def add(
        content: Content, change: ContributionRecorded | BenefitRecorded | UnemploymentRecorded
    ) -> None:
        content[section].append({**_entry(change), **change.data.fact.model_dump(exclude={"kind"})})

    return add


def _settlement_recorded(content: Content, change: SettlementRecorded) -> None:
    """What a row says of the person fills gaps only: a correction is an IdentityRecorded."""
    data, identity = change.data, content["identity"]
    for name, value in (("name", data.name), ("birth_date", data.birth_date), ("sex", data.sex)):
        if value is not None:
            identity.setdefault(name, value)
    content["settlements"].append(
        {
            **_entry(change),
            "dossier_code": data.settlement.dossier_code,
            "version": data.settlement.version,
            "agency": data.settlement.agency,
            "name": data.name,
            "reasons": list(data.reasons),
            "received_at": change.received_at.isoformat(),
        }
    )


_APPLY: dict[type[Any], Callable[[Content, Any], None]] = {
    AliasAssigned: _alias_assigned,
    IdentityRecorded: _identity_recorded,
    ContributionRecorded: _fact_added("contributions"),
    BenefitRecorded: _fact_added("benefits"),
    UnemploymentRecorded: _fact_added("unemployment"),
    SettlementRecorded: _settlement_recorded,
}
