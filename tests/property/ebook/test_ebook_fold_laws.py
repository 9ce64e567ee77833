"""Books do not depend on how the stream was cut, repeated or mixed with other people's."""

from __future__ import annotations

from typing import Any

from bson import decode, encode
from bson.codec_options import CodecOptions
from hypothesis import given
from hypothesis import strategies as st

from services.ebook.adapters.mongo_books import from_document, to_document
from services.ebook.core.book import Book, canonical, initial_book
from services.ebook.core.projection import Step, by_person, evolve, fold
from tests.ebook_builders import (
    BENEFIT,
    CONTRIBUTION,
    UNEMPLOYMENT,
    a_row,
    changes_of,
    decided,
    received,
    renamed,
    settled,
)

PEOPLE = ("CCCD|001190012345", "CCCD|001190099999", "SI|0190012345", "PASSPORT|C1234567")
facts: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.sampled_from(
        [BENEFIT, CONTRIBUTION, UNEMPLOYMENT, renamed("Lê Văn An"), renamed("Lê Văn Ân")]
    ),
    max_size=4,
)
settlements = st.lists(
    st.lists(st.tuples(st.sampled_from(PEOPLE), facts), min_size=1, max_size=3),
    min_size=1,
    max_size=3,
)


def _streams(drawn: list[list[tuple[str, list[dict[str, Any]]]]]) -> list[Any]:
    """The changes of all settlements, in order."""
    known: dict[str, Any] = {}
    events: list[Any] = []
    for number, rows in enumerate(drawn):
        one = settled(
            *(a_row(n, who, facts=what) for n, (who, what) in enumerate(rows, 1)),
            decision=str(number),
        )
        known = decided(one, known=known)
        events += changes_of(one, known)
    return events


streams = settlements.map(_streams)


def placed(events: list[Any], partition: int = 0) -> list[Step]:
    return [received(event, partition, offset) for offset, event in enumerate(events)]


def folded(steps: list[Step], books: dict[str, Book] | None = None) -> dict[str, Book]:
    result = dict(books or {})
    for person, stream in by_person(steps).items():
        result[person] = fold(result.get(person) or initial_book(person), stream).book
    return result


def content(books: dict[str, Book]) -> dict[str, bytes]:
    return {person: canonical(book) for person, book in books.items()}


@given(streams)
def test_applying_the_stream_again_changes_nothing(events: list[Any]) -> None:
    once = folded(placed(events))
    assert folded(placed(events), once) == once
    assert folded(placed(events[-1:]), once) == once


@given(streams, st.data())
def test_two_runs_with_an_overlap_are_one_run(events: list[Any], data: st.DataObject) -> None:
    steps = placed(events)
    start = data.draw(st.integers(0, len(steps)))
    end = data.draw(st.integers(start, len(steps)))
    assert folded(steps[start:], folded(steps[:end])) == folded(steps)


@given(streams, st.data())
def test_repeats_at_new_offsets_change_no_content(events: list[Any], data: st.DataObject) -> None:
    repeats = data.draw(st.lists(st.sampled_from(events), max_size=10))
    order = [*events, *repeats]
    assert content(folded(placed(order))) == content(folded(placed(events)))


@given(streams, st.randoms(use_true_random=False))
def test_any_mix_of_people_gives_the_same_books(events: list[Any], random: Any) -> None:
    queues = list(by_person(placed(events)).values())
    mixed: list[Any] = []
    while queues:
        queue = random.choice(queues)
        mixed.append(queue.pop(0).event)
        queues = [q for q in queues if q]
    assert content(folded(placed(mixed))) == content(folded(placed(events)))


@given(streams)
def test_fold_is_evolve_step_by_step(events: list[Any]) -> None:
    for person, stream in by_person(placed(events)).items():
        book = initial_book(person)
        for step in stream:
            book = evolve(evolve(book, step.event), step.event)
        all_at_once = fold(initial_book(person), stream).book
        assert (book.content, book.updated_at) == (all_at_once.content, all_at_once.updated_at)


@given(streams)
def test_a_book_survives_mongodb(events: list[Any]) -> None:
    options: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=True)
    for book in folded(placed(events)).values():
        stored = from_document(decode(encode(to_document(book)), options))
        assert stored == book
        assert canonical(stored) == canonical(book)
