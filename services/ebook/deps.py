"""What the handlers are given."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.ebook.ports import Aliases, Books, Facts, Settlements


@dataclass(frozen=True, slots=True)
class Deps:
    aliases: Aliases
    settlements: Settlements
    facts: Facts
    books: Books
    person_key: bytes = field(repr=False)
