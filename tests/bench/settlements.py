"""What ebook reads: authenticated settlements of ten people each, and changes of people's books."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from schemas import topics
from schemas.content import ContributionFact, parse_settlement, text_sha256
from schemas.ebook import (
    AliasAssigned,
    AliasData,
    ContributionData,
    ContributionRecorded,
    SettlementRecorded,
    SettlementRecordedData,
    SettlementRef,
)
from schemas.envelope import Cause, Event, derive_id
from schemas.parties import Identifier
from schemas.signature import AuthenticatedData, SettlementAuthenticated
from services.portal.filing import as_text
from tests.bench.dossiers import CODE, REPORT, Outgoing

ROWS = 10
CHANGES_PER_ROW = 4
"""Two aliases, one contribution, the end of the row."""
AGENCY = "G12.01"
HOT_PEOPLE, HOT_ROWS = 20, 25
"""Hot books: groups of 20 people whose 25 rows each come in turn."""
_AT = datetime(2026, 7, 5, 3, tzinfo=UTC)
_FACT: dict[str, Any] = {
    "kind": "CONTRIBUTION",
    "from_month": "2026-07",
    "to_month": "2026-07",
    "unit_code": "TA0123Z",
    "unit_name": "Công ty TNHH Dược phẩm Hòa Bình",
    "scheme": "COMPULSORY",
    "position": "Công nhân vận hành máy",
    "salary": "8400000",
    "reason": "INCREASE",
}
_DIGEST = text_sha256("")
FACT = ContributionFact.model_validate(_FACT)


def settlements(count: int) -> Iterator[Outgoing]:
    """Authenticated settlements, ROWS new people in each; the text is about 4 KB long."""
    parse_settlement(settlement_text(0, _DIGEST, AGENCY))
    for number in range(count):
        code, text = CODE.format(number), settlement_text(number, _DIGEST, AGENCY)
        cause = Cause(f"intake.dossier.v1/0/{number}", _AT, code)
        data = AuthenticatedData(
            dossier_code=code,
            version=1,
            decision_number=decision_number(number),
            content_sha256=text_sha256(text),
            agency=AGENCY,
            text=text,
            report=REPORT,
        )
        names = (decision_number(number), data.content_sha256, _DIGEST)
        event = SettlementAuthenticated.derive(cause, code, names, data)
        yield topics.SIGNATURE_VERDICT, code.encode(), event.encode()


def settlement_text(number: int, content_sha256: str, agency: str) -> str:
    """What the agency signs: ROWS people, all granted."""
    return as_text(
        {
            "dossier_code": CODE.format(number),
            "version": 1,
            "content_sha256": content_sha256,
            "decision_number": decision_number(number),
            "decided_at": "2026-07-05T03:00:00Z",
            "agency": agency,
            "rows": [_row(row, number * ROWS + row) for row in range(1, ROWS + 1)],
        }
    )


def decision_number(number: int) -> str:
    """One decision on each dossier."""
    return f"{number}-1/QĐ-BHXH"


def _row(row: int, person: int) -> dict[str, Any]:
    identifiers = [identifier.model_dump() for identifier in _identifiers(person)]
    someone = {
        "name": "Nguyễn Thị Bích Hạnh",
        "birth_date": "1985-04-12",
        "sex": "FEMALE",
        "identifiers": identifiers,
    }
    return {"row": row, "person": someone, "outcome": "GRANTED", "facts": [_FACT]}


def _identifiers(person: int) -> tuple[Identifier, Identifier]:
    return (
        Identifier(type="CCCD", value=f"001185{person:06d}"),
        Identifier(type="SI", value=f"01{person:08d}"),
    )


def changes_of_many(count: int) -> Iterator[Outgoing]:
    """Changes of distinct people, CHANGES_PER_ROW each, in the order of their rows."""
    made = 0
    for person in range(count):
        for event in _changes(person, 0, with_aliases=True):
            if made == count:
                return
            made += 1
            yield topics.EBOOK_CHANGE, event.subject.encode(), event.encode()


def changes_of_few(count: int) -> Iterator[Outgoing]:
    """Changes of hot books: few people at a time, whose rows come again and again."""
    made = 0
    for group in range(count):
        for visit in range(HOT_ROWS):
            for person in range(group * HOT_PEOPLE, (group + 1) * HOT_PEOPLE):
                for event in _changes(person, visit, with_aliases=visit == 0):
                    if made == count:
                        return
                    made += 1
                    yield topics.EBOOK_CHANGE, event.subject.encode(), event.encode()


def _changes(person: int, visit: int, *, with_aliases: bool) -> Iterator[Event]:
    settlement, row = f"{person // ROWS}-{visit}", person % ROWS + 1
    person_id = hashlib.sha256(str(person).encode()).hexdigest()
    settlement_id = derive_id("SettlementAuthenticated", settlement)
    ref = SettlementRef(
        settlement_id=settlement_id,
        dossier_code=CODE.format(person // ROWS),
        version=1,
        decision_number=settlement,
        agency=AGENCY,
        row=row,
    )
    cause = Cause(f"signature.verdict.v1/0/{person}", _AT, ref.dossier_code, settlement_id)
    names = (str(settlement_id), row, 0)
    if with_aliases:
        for place, identifier in enumerate(_identifiers(person)):
            alias = AliasData(
                person_id=person_id, settlement=ref, ordinal=place, identifier=identifier
            )
            yield AliasAssigned.derive(cause, person_id, (*names[:2], place), alias)
    fact = ContributionData(person_id=person_id, settlement=ref, fact=FACT)
    yield ContributionRecorded.derive(cause, person_id, names, fact)
    done = SettlementRecordedData(
        person_id=person_id,
        settlement=ref,
        last=True,
        name="Nguyễn Thị Bích Hạnh",
        birth_date="1985-04-12",
        sex="FEMALE",
    )
    yield SettlementRecorded.derive(cause, person_id, names, done)
