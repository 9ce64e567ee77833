"""What a letter says, as values for its template: already formatted, never markup.

The minimum of personal data: a name, the end of an identifier, the list of components; no address,
no health data, no name in what a mailbox shows before the letter is opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.ebook import ALIAS_CONFLICT, NO_PERSON_IDENTIFIER, NotEntered
from schemas.intake import Component, DossierHeader, SettlementLimit
from schemas.parties import Defect, Identifier
from schemas.portal import LetterKind, PortalStatus
from services.receipt.core.appointment import VIETNAM
from services.receipt.core.dossier import Completion, Dossier, Letter
from services.receipt.core.letter import recipients

SYMBOLS: dict[LetterKind, str] = {
    "01": "TNHS",
    "02": "HDHS",
    "03": "TCHS",
    "05": "DGQ",
    "RESULT": "TBKQ",
}
TITLES: dict[LetterKind, tuple[str, str]] = {
    "01": ("Giấy tiếp nhận hồ sơ và hẹn trả kết quả", "Receipt and Settlement Appointment"),
    "02": ("Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ", "Request to supplement the dossier"),
    "03": ("Phiếu từ chối tiếp nhận, giải quyết hồ sơ", "Refusal of the dossier"),
    "05": ("Thông báo dừng giải quyết hồ sơ", "Notice that processing has stopped"),
    "RESULT": ("Thông báo kết quả giải quyết hồ sơ", "Result of the dossier"),
}
DAY_TYPES = {
    "WORKING_DAYS": ("ngày làm việc", "working days"),
    "CALENDAR_DAYS": ("ngày", "calendar days"),
    "CALENDAR_DAYS_EXCEPT_HOLIDAYS": (
        "ngày, không kể ngày nghỉ lễ, tết",
        "calendar days, public holidays excluded",
    ),
    "HOURS": ("giờ", "hours"),
}
COMPONENT_KINDS = {
    "FORM": ("Biểu mẫu điện tử", "Electronic form"),
    "ATTACHMENT": ("Tệp điện tử", "Electronic file"),
    "HELD": ("Đã có trong cơ sở dữ liệu, không phải nộp", "Already held, not asked for"),
}
NOT_ENTERED: dict[NotEntered, tuple[str, str]] = {
    ALIAS_CONFLICT: (
        (
            "Các số định danh ghi trong quyết định thuộc về hai người khác nhau; đề nghị liên hệ"
            " cơ quan bảo hiểm xã hội để được đính chính."
        ),
        (
            "The identifiers in the decision belong to two different people; contact the social"
            " insurance agency to have them corrected."
        ),
    ),
    NO_PERSON_IDENTIFIER: (
        (
            "Quyết định không có số định danh cá nhân, mã số bảo hiểm xã hội hoặc số hộ chiếu"
            " của người này; đề nghị liên hệ cơ quan bảo hiểm xã hội để được bổ sung."
        ),
        (
            "The decision has no personal identification number, social insurance code or passport"
            " number of this person; contact the social insurance agency to have it added."
        ),
    ),
}
_SHOWN_DIGITS = 3
_NOT_RECEIVED = PortalStatus.NOT_RECEIVED
_ROWS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the component table."""

    name_vi: str
    name_en: str
    kind_vi: str
    kind_en: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a decision's list: all are counted, the first are shown."""

    count: int
    shown: str
    more: int


@dataclass(frozen=True, slots=True)
class NotEnteredHere:
    """Rows that were granted and stand in no book yet, and what to do."""

    rows: Rows
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the people of a decision, in numbers and list rows only."""

    decision_number: str
    expected: int
    granted: int
    refused: Rows
    not_entered: tuple[NotEnteredHere, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything that a template may name."""

    kind: LetterKind
    title_vi: str
    title_en: str
    number: str
    dossier_code: str
    version: int
    agency: str
    date_vi: str
    date_en: str
    name: str
    identifier: str
    procedure: str
    procedure_vi: str
    procedure_en: str
    components: tuple[Row, ...]
    subjects: int
    limit_vi: str
    limit_en: str
    limit_basis: str
    received: str
    due: str
    early: bool
    after_stop: bool
    after_receipt: bool
    for_owner: bool
    defects: tuple[Defect, ...]
    result: Result | None


def page(dossier: Dossier, letter: Letter) -> Page:
    """The values of one letter; the same for every attempt to send it."""
    filing, clock = dossier.filing, dossier.clock
    assert filing is not None
    assert clock is not None
    header = filing.header
    addressee = recipients(filing)[letter.recipient]
    written = (letter.dated_at or letter.next_try_at).astimezone(VIETNAM)
    limit_vi, limit_en = _limit(header.limit)
    return Page(
        kind=letter.kind,
        title_vi=TITLES[letter.kind][0],
        title_en=TITLES[letter.kind][1],
        number=f"{dossier.code}-{dossier.version:02d}/{SYMBOLS[letter.kind]}",
        dossier_code=dossier.code,
        version=dossier.version,
        agency=header.agency,
        date_vi=f"ngày {written:%d} tháng {written:%m} năm {written:%Y}",
        date_en=f"{written:%d/%m/%Y}",
        name=addressee.name,
        identifier=masked(addressee.identifier),
        procedure=header.procedure,
        procedure_vi=header.procedure_vi,
        procedure_en=header.procedure_en,
        components=_rows(header),
        subjects=header.subjects,
        limit_vi=limit_vi,
        limit_en=limit_en,
        limit_basis=header.limit.legal_basis if header.limit else "",
        received=moment(clock.received_at),
        due=moment(letter.appointment.at) if letter.appointment else "",
        early=letter.early,
        after_stop=letter.after_stop,
        after_receipt=letter.kind == "03" and letter.portal_status != _NOT_RECEIVED,
        for_owner=letter.recipient == "OWNER",
        defects=letter.defects,
        result=_result(dossier, letter),
    )


def moment(at: datetime) -> str:
    """An instant as Mẫu 01 prints it: 17:00, 30/06/2026 in Vietnam."""
    return f"{at.astimezone(VIETNAM):%H:%M, %d/%m/%Y}"


def masked(identifier: Identifier) -> str:
    """The last digits only: enough for its holder, little for anyone else."""
    return f"•••{identifier.value[-_SHOWN_DIGITS:]}"


def _limit(limit: SettlementLimit | None) -> tuple[str, str]:
    if limit is None:
        return "", ""
    vi, en = DAY_TYPES[limit.day_type]
    return f"{limit.length:02d} {vi}", f"{limit.length} {en}"


def _rows(header: DossierHeader) -> tuple[Row, ...]:
    return tuple(_row(component) for component in header.components)


def _row(component: Component) -> Row:
    kind_vi, kind_en = COMPONENT_KINDS[component.kind]
    return Row(component.name_vi, component.name_en, kind_vi, kind_en, component.quantity)


def _result(dossier: Dossier, letter: Letter) -> Result | None:
    if letter.kind != "RESULT":
        return None
    return next(
        _numbers(done)
        for done in dossier.completions
        if done.decision_number == letter.decision_number
    )


def _numbers(done: Completion) -> Result:
    return Result(
        decision_number=done.decision_number,
        expected=done.expected,
        granted=done.done,
        refused=_shown(done.refused_rows),
        not_entered=tuple(
            NotEnteredHere(_shown(each.rows), *NOT_ENTERED[each.why]) for each in done.not_entered
        ),
    )


def _shown(rows: tuple[int, ...]) -> Rows:
    shown = ", ".join(map(str, rows[:_ROWS_SHOWN]))
    return Rows(len(rows), shown, max(0, len(rows) - _ROWS_SHOWN))
