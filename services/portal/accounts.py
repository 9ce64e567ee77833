"""What became of each dossier, in one shape for what is expected and for what was observed."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

SECTIONS = ("identity", "contributions", "benefits", "unemployment", "settlements")


@dataclass(slots=True)
class Account:
    """Everything that is said of one dossier code.

    intake: events in order. verdicts: events of signature. letters: version, kind, recipient.
    mails: addresses. sla: outcome per version; none while a clock that nobody can stop runs on.
    statuses: portal status codes that were announced. completed: rows per decision number.
    """

    intake: list[str] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    sla: dict[str, str] = field(default_factory=dict)
    statuses: set[int] = field(default_factory=set)
    completed: dict[str, dict[str, list[int]]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain values; only the order of intake's events means anything."""
        return {
            "intake": self.intake,
            "verdicts": sorted(self.verdicts),
            "letters": sorted(self.letters),
            "mails": sorted(self.mails),
            "sla": dict(sorted(self.sla.items())),
            "statuses": sorted(self.statuses),
            "completed": dict(sorted(self.completed.items())),
        }


@dataclass(slots=True)
class Result:
    """A whole run: dossiers by code, unreadable records by reason, books by personal ID."""

    dossiers: dict[str, Account] = field(default_factory=lambda: defaultdict(Account))
    unreadable: Counter[str] = field(default_factory=Counter)
    books: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    dead_letters: int = 0

    def as_json(self) -> dict[str, Any]:
        """The shape of `deploy/local/expected.json`."""
        return {
            "dossiers": {code: a.as_json() for code, a in sorted(self.dossiers.items())},
            "unreadable": dict(sorted(self.unreadable.items())),
            "books": {
                person: {section: book[section] for section in SECTIONS}
                for person, book in sorted(self.books.items())
            },
            "dead_letters": self.dead_letters,
        }


def named(kind: str, *details: str | None) -> str:
    """`DossierRefused(CONFLICT)`: an event and the first of the details that it has."""
    detail = next((detail for detail in details if detail), None)
    return f"{kind}({detail})" if detail else kind


def letter(version: int, kind: str, recipient: str, *, undeliverable: bool = False) -> str:
    """`v1 01 SUBMITTER`."""
    return f"v{version} {kind} {recipient}{' undeliverable' if undeliverable else ''}"


def one_per_line(result: dict[str, Any]) -> str:
    """The result as JSON with one dossier and one book a line, so that a diff can be read."""
    parts = []
    for name, value in result.items():
        text = json.dumps(value, ensure_ascii=False, sort_keys=True)
        if isinstance(value, dict) and value and isinstance(next(iter(value.values())), dict):
            text = "{\n" + _lines(value.items()) + "\n }"
        parts.append(f' "{name}": {text}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _lines(items: Iterable[tuple[str, Any]]) -> str:
    return ",\n".join(
        f'  "{key}": {json.dumps(value, ensure_ascii=False, sort_keys=True)}'
        for key, value in items
    )
