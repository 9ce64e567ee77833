"""What is measured: a service's input, how its progress is seen, and the loops that bound it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from schemas import topics
from schemas.topics import Topic
from tests.bench.dossiers import Dossiers, Outgoing
from tests.bench.settlements import (
    CHANGES_PER_ROW,
    ROWS,
    changes_of_few,
    changes_of_many,
    settlements,
)

Fill = Callable[[Dossiers, int], Iterator[Outgoing]]


@dataclass(frozen=True)
class Floor:
    """A bare loop; `reads` and `writes` say how far it is. It reads what the floor before wrote."""

    name: str
    reads: tuple[Topic, ...] = ()
    writes: Topic | None = None
    per_record: float = 1
    """Units in one record that it reads."""
    chained: bool = False


@dataclass(frozen=True)
class Scenario:
    """`unit` is what the sizes count."""

    name: str
    service: str
    unit: str
    fill: Fill
    floors: tuple[Floor, ...]
    group: str = ""
    reads: tuple[Topic, ...] = ()
    """The group's progress over these topics is that of the service."""
    per_record: float = 1
    """Units in one record that it reads."""
    outputs: dict[Topic, float] = field(default_factory=dict)
    """How many records each output topic must have in the end, per unit."""
    whole: tuple[Floor, ...] = ()
    """What else the service's I/O is, where `floors` are not all of it; gives a second line."""
    letters: bool = False
    """Progress is the letters that have been told of, not the group's."""


def _letters(dossiers: Dossiers, count: int) -> Iterator[Outgoing]:
    pairs = zip(dossiers.submitted(count, signed=False), dossiers.validated(count), strict=True)
    return (record for pair in pairs for record in pair)


SCENARIOS = (
    Scenario(
        name="intake",
        service="intake",
        unit="dossier",
        fill=lambda dossiers, count: dossiers.filed(count, signed=False),
        group="intake",
        reads=(topics.PORTAL_DOSSIER,),
        outputs={topics.INTAKE_DOSSIER: 1},
        floors=(Floor("intake", (topics.PORTAL_DOSSIER,), topics.INTAKE_DOSSIER),),
    ),
    Scenario(
        name="signature",
        service="signature",
        unit="dossier",
        fill=lambda dossiers, count: dossiers.submitted(count),
        group="signature",
        reads=(topics.INTAKE_DOSSIER,),
        outputs={topics.SIGNATURE_VERDICT: 1},
        floors=(Floor("signature", (topics.INTAKE_DOSSIER,), topics.SIGNATURE_VERDICT),),
    ),
    Scenario(
        name="receipt",
        service="receipt",
        unit="letter",
        fill=_letters,
        letters=True,
        outputs={topics.RECEIPT_LETTER: 2},
        floors=(Floor("smtp"),),
        whole=(
            Floor(
                "letters",
                (topics.INTAKE_DOSSIER, topics.SIGNATURE_VERDICT),
                topics.RECEIPT_LETTER,
                0.5,
            ),
        ),
    ),
    Scenario(
        name="ebook",
        service="ebook",
        unit="person",
        fill=lambda _, count: settlements(-(-count // ROWS)),
        group="ebook.fold",
        reads=(topics.EBOOK_CHANGE,),
        per_record=1 / CHANGES_PER_ROW,
        outputs={topics.EBOOK_DOSSIER: 1 / ROWS, topics.EBOOK_CHANGE: CHANGES_PER_ROW},
        floors=(
            Floor("split", (topics.SIGNATURE_VERDICT,), topics.EBOOK_CHANGE, ROWS),
            Floor("fold", (topics.EBOOK_CHANGE,), None, 1 / CHANGES_PER_ROW, chained=True),
        ),
    ),
    Scenario(
        name="fold-many",
        service="ebook",
        unit="change",
        fill=lambda _, count: changes_of_many(count),
        group="ebook.fold",
        reads=(topics.EBOOK_CHANGE,),
        floors=(Floor("fold", (topics.EBOOK_CHANGE,)),),
    ),
    Scenario(
        name="fold-hot",
        service="ebook",
        unit="change",
        fill=lambda _, count: changes_of_few(count),
        group="ebook.fold",
        reads=(topics.EBOOK_CHANGE,),
        floors=(Floor("fold", (topics.EBOOK_CHANGE,)),),
    ),
)


def chosen(names: Sequence[str]) -> list[Scenario]:
    """The scenarios of these services (or with these names); all of them for none."""
    return [s for s in SCENARIOS if not names or s.service in names or s.name in names]


def known_names() -> set[str]:
    """What `chosen` understands."""
    return {name for s in SCENARIOS for name in (s.name, s.service)}
