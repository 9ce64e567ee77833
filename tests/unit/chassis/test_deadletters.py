from __future__ import annotations

from datetime import UTC, datetime

from schemas.deadletters import DEAD_LETTER_EVENT
from schemas.topics import INTAKE_DOSSIER
from services.chassis.deadletters import DeadLetters, Gap, SetAside
from services.chassis.openletters import coordinates, still_open
from services.chassis.records import Record

DLT = INTAKE_DOSSIER.dead_letters("receipt")
LETTERS = DeadLetters(
    "receipt", "receipt", {INTAKE_DOSSIER.name: INTAKE_DOSSIER}, {INTAKE_DOSSIER.name: DLT}
)
SECRET = "Trần Văn Kín"


def record(offset: int) -> Record:
    value = f'{{"name": "{SECRET}"}}'.encode()
    return Record(
        INTAKE_DOSSIER.name, 3, offset, SECRET.encode(), value, 1_700_000_000_123, True  # noqa: FBT003
    )  # fmt: skip


def test_a_dead_letter_is_the_same_every_time_and_carries_nothing_of_the_record() -> None:
    aside = SetAside(record(117), "UNEXPECTED", "ValueError")
    topic, key, value = LETTERS.of(aside)
    assert (topic, key, value) == LETTERS.of(aside)
    assert topic is DLT
    assert key is None
    assert SECRET.encode() not in value
    event = DEAD_LETTER_EVENT.validate_json(value)
    assert event.subject == event.origin == "intake.dossier.v1/3/117"
    assert event.time == event.received_at == record(117).appended_at
    assert coordinates(event.subject) == (INTAKE_DOSSIER.name, 3, 117)


def test_reasons_and_records_never_share_an_id() -> None:
    ids = {
        DEAD_LETTER_EVENT.validate_json(LETTERS.of(SetAside(record(n), reason))[2]).id
        for n in (1, 2)
        for reason in ("UNEXPECTED", "PARKED_BEHIND")
    }
    assert len(ids) == 4


def test_a_gap_names_its_range() -> None:
    gap = Gap(INTAKE_DOSSIER.name, 3, 100, 150, datetime(2026, 11, 22, tzinfo=UTC))
    event = DEAD_LETTER_EVENT.validate_json(LETTERS.of_gap(gap)[2])
    assert event.type == "RecordDeadLettered"
    assert (event.data.reason, event.data.offset, event.data.until_offset) == (
        "RETENTION_GAP", 100, 150,
    )  # fmt: skip


def test_open_is_what_was_set_aside_and_not_redriven_since() -> None:
    events = [
        DEAD_LETTER_EVENT.validate_json(each[2])
        for each in (
            LETTERS.of(SetAside(record(1), "UNEXPECTED")),
            LETTERS.of(SetAside(record(2), "PARKED_BEHIND")),
            LETTERS.of(SetAside(record(2), "PARKED_BEHIND")),
            LETTERS.redriven(record(1)),
        )
    ]
    assert [event.data.offset for event in still_open(events)] == [2]
