"""Which person a settlement row speaks of, decided the same by every splitter at any time.

Rows claim aliases optimistically and settle races by `plan` until nothing is left to change:
an alias that another row relies on is `held` and never moves again; one that nobody holds may be
moved or released by the row that assigned it. Once a plan is empty, the outcome of its rows stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from schemas.parties import Identifier
from services.ebook.core.identity import alias_name, person_id


@dataclass(frozen=True, slots=True)
class Alias:
    """One identifier of one person, and the settlement row that assigned it."""

    name: str
    person_id: str
    settlement_id: str
    row: int
    held: bool = False


@dataclass(frozen=True)
class Claim:
    """A granted row: its identifiers, best first and at least one, belong to one person."""

    settlement_id: str
    row: int
    identifiers: tuple[Identifier, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(map(alias_name, self.identifiers))

    def owns(self, alias: Alias) -> bool:
        """True where this row assigned the alias."""
        return (alias.settlement_id, alias.row) == (self.settlement_id, self.row)


@dataclass(frozen=True, slots=True)
class AliasChange:
    """Guarded by `old`: insert (old None), release (new None) or replace exactly what was read."""

    old: Alias | None
    new: Alias | None


def _wanted(claim: Claim, view: Mapping[str, Alias], key: bytes) -> list[AliasChange]:
    known = [view[name] for name in claim.names if name in view]
    movable = [a for a in known if claim.owns(a) and not a.held]
    fixed = {a.person_id for a in known if a not in movable}
    if len(fixed) > 1:
        return [AliasChange(alias, None) for alias in movable]
    person = fixed.pop() if fixed else person_id(key, claim.identifiers[0])
    moves = [AliasChange(a, replace(a, person_id=person)) for a in movable if a.person_id != person]
    inserts = [
        AliasChange(None, Alias(name, person, claim.settlement_id, claim.row))
        for name in claim.names
        if name not in view
    ]
    return moves + inserts


def applied(known: Mapping[str, Alias], changes: Sequence[AliasChange]) -> dict[str, Alias]:
    """What is known after all `changes` took effect."""
    view = dict(known)
    _apply(view, changes)
    return view


def _apply(view: dict[str, Alias], changes: Sequence[AliasChange]) -> None:
    for change in changes:
        if change.new is not None:
            view[change.new.name] = change.new
        elif change.old is not None:
            del view[change.old.name]


def plan(
    claims: Sequence[Claim], known: Mapping[str, Alias], key: bytes
) -> tuple[AliasChange, ...]:
    """What to change next so that every claim is decided; empty when all are.

    Assignments come first; when none is left, what rows rely on but did not assign is held.
    """
    view = dict(known)
    changes: list[AliasChange] = []
    for claim in claims:
        wanted = _wanted(claim, view, key)
        _apply(view, wanted)
        changes += wanted
    if changes:
        return tuple(changes)
    relied = {
        alias.name: alias
        for claim in claims
        for name in claim.names
        if (alias := known.get(name)) and not claim.owns(alias) and not alias.held
    }
    return tuple(AliasChange(alias, replace(alias, held=True)) for alias in relied.values())


def person_of(claim: Claim, known: Mapping[str, Alias]) -> str | None:
    """The one person of a decided claim; None where its identifiers point to two."""
    persons = {known[name].person_id for name in claim.names if name in known}
    return persons.pop() if len(persons) == 1 else None


def assigned_by(claim: Claim, known: Mapping[str, Alias]) -> list[tuple[int, Identifier, str]]:
    """What this row assigned: place among its identifiers, identifier, person."""
    return [
        (place, identifier, alias.person_id)
        for place, identifier in enumerate(claim.identifiers)
        if (alias := known.get(alias_name(identifier))) and claim.owns(alias)
    ]
