"""A person's electronic book: its content, and how far the stream of changes is folded into it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Content = dict[str, Any]
"""Plain values as they are stored (README, "A book"): a dict `identity` and lists of entries.
Never changed in place."""

LISTS = (
    "identity_history",
    "aliases",
    "contributions",
    "benefits",
    "unemployment",
    "settlements",
)
SEEN = 64


@dataclass(frozen=True, slots=True)
class Book:
    """The current state. `positions`: last offset applied per partition of ebook.change.v1.

    `seen`: the last 64 event ids; `updated_at`: received_at of the newest settlement applied.
    """

    person_id: str
    content: Content
    positions: Mapping[str, int] = field(default_factory=dict)
    seen: tuple[str, ...] = ()
    updated_at: datetime | None = None


def initial_book(person_id: str) -> Book:
    """The book of a person about whom nothing is recorded yet."""
    return Book(person_id, {"identity": {}, **{name: [] for name in LISTS}})


def entry_ids(content: Content) -> Iterator[str]:
    """The event id of every entry: what has been applied, for ever."""
    for name in LISTS:
        for entry in content[name]:
            yield entry["id"]


def canonical(book: Book) -> bytes:
    """The business content alone, for comparison: no position, no seal, keys sorted."""
    return json.dumps(
        {"person_id": book.person_id, "content": book.content},
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()
