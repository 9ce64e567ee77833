"""The signed texts: the dossier's content and the agency's settlement, with the one parser of each.

Signatures cover the text's exact UTF-8 bytes; nothing is ever re-serialised. Signed content forbids
unknown fields and is strictly typed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import Field, StringConstraints, ValidationError

from schemas.envelope import Sha256
from schemas.forms import Amount, BirthDate, Day, Form, Month, SalaryOrCoefficient, Sex, UnitCode
from schemas.parties import DossierCode, Identifier, Line, Name, Note, Party, Written
from schemas.portal import MAX_TEXT_BYTES
from schemas.strict_json import StrictJsonError, loads, plain_object

Timestamp = Annotated[
    str,
    StringConstraints(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"
        r"(Z|[+-][0-9]{2}:[0-9]{2})$",
        max_length=40,
    ),
]
"""RFC 3339 with an offset; a claim of the signer, never used as a clock."""


class BoundAttachment(Written):
    """What the signature says of a file: order, role, name, size in bytes and SHA-256."""

    role: Line
    name: Line
    size: Annotated[int, Field(ge=0)]
    sha256: Sha256


class Content(Written):
    """What the submitter signed (signature §5.1)."""

    dossier_code: DossierCode
    version: Annotated[int, Field(ge=1, le=99)]
    replaces: Sha256 | None = None
    procedure: Annotated[str, StringConstraints(pattern=r"^[0-9]\.[0-9]{5,6}(\.[0-9]{2})?$")]
    agency: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[0-9A-Z.]+$")]
    created_at: Timestamp
    submitter: Party
    owner: Annotated[Party | None, Field(description="Only if not the submitter.")] = None
    forms: Annotated[list[Form], Field(max_length=5001)]
    attachments: Annotated[list[BoundAttachment], Field(max_length=200, default_factory=list)]


class IdentityFact(Written):
    """One value of part A of the book; a correction names the old value (form C02-TS)."""

    kind: Literal["IDENTITY"]
    field: Literal[
        "name", "birth_date", "sex", "ethnicity", "nationality", "phone", "email", "address"
    ]
    old: Line | None = None
    new: Line


class ContributionFact(Written):
    """A contribution period, part B."""

    kind: Literal["CONTRIBUTION"]
    from_month: Month
    to_month: Month
    unit_code: UnitCode
    unit_name: Name
    scheme: Literal["COMPULSORY", "VOLUNTARY"]
    position: Line = ""
    salary: SalaryOrCoefficient
    allowances: SalaryOrCoefficient = "0"
    reason: Literal["INCREASE", "DECREASE", "ADJUST"]
    old_salary: Annotated[
        SalaryOrCoefficient | None, Field(description="For ADJUST: what the book said before.")
    ] = None


class BenefitFact(Written):
    """A benefit granted, part C."""

    kind: Literal["BENEFIT"]
    regime: Literal[
        "SICKNESS", "SICK_CHILD", "MATERNITY", "CONVALESCENCE", "ONE_TIME", "PENSION", "OTHER"
    ]
    from_date: Day
    to_date: Day | None = None
    amount: Amount
    payment: Literal["BANK", "POST", "AGENCY", "EMPLOYER"]


class UnemploymentFact(Written):
    """Unemployment insurance, part D."""

    kind: Literal["UNEMPLOYMENT"]
    months_contributed: Annotated[int, Field(ge=0, le=1200)]
    months_reserved: Annotated[int, Field(ge=0, le=1200)]


Fact = Annotated[
    IdentityFact | ContributionFact | BenefitFact | UnemploymentFact, Field(discriminator="kind")
]


class SettledPerson(Written):
    """The book subject of a row, with every identifier the agency knows, best first."""

    name: Name
    birth_date: BirthDate | None = None
    sex: Sex | None = None
    identifiers: Annotated[list[Identifier], Field(min_length=1, max_length=5)]


class SettlementRow(Written):
    """GRANTED rows carry facts; REFUSED rows carry reasons and change no book."""

    row: Annotated[int, Field(ge=1, le=100_000)]
    person: SettledPerson
    outcome: Literal["GRANTED", "REFUSED"]
    reasons: Annotated[list[Note], Field(max_length=20, default_factory=list)]
    facts: Annotated[list[Fact], Field(max_length=500, default_factory=list)]


class Settlement(Written):
    """What the agency signed (contract §1)."""

    dossier_code: DossierCode
    version: Annotated[int, Field(ge=1, le=99)]
    content_sha256: Annotated[Sha256, Field(description="SHA-256 of the dossier's text.")]
    decision_number: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    decided_at: Timestamp
    agency: Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[0-9A-Z.]+$")]
    rows: Annotated[list[SettlementRow], Field(min_length=1, max_length=5000)]


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a text is not what its model asks for: a code, a field path, what was expected."""

    code: str
    path: str
    expected: str


class ContentError(ValueError):
    """The text is no dossier content or settlement. `unreadable`: it is not even strict JSON.

    `faults` names codes and field paths, never values.
    """

    def __init__(self, faults: tuple[Fault, ...], *, unreadable: bool) -> None:
        super().__init__("; ".join(f"{f.code} {f.path}".strip() for f in faults))
        self.faults = faults
        self.unreadable = unreadable


W = TypeVar("W", bound=Written)

MAX_OBJECTS = 40_000
MAX_FAULTS = 20_000
"""A hostile text may have millions of faults, each of which costs memory; these bound it."""


def faults_of(error: ValidationError) -> tuple[Fault, ...]:
    """Field paths and expectations of a validation error; no input value is copied."""
    if error.error_count() > MAX_FAULTS:
        return (Fault("TOO_MANY_FAULTS", "", f"At most {MAX_FAULTS} faults can be listed"),)
    faults = []
    for item in error.errors(include_url=False, include_context=False, include_input=False):
        code, path, expected = item["type"].upper(), list(item["loc"]), item["msg"]
        if code == "EXTRA_FORBIDDEN":
            path[-1] = "?"  # the name of an unknown field is the sender's free text
        if code == "UNION_TAG_INVALID":
            expected = "One of the known kinds"  # pydantic's text repeats the input
        faults.append(Fault(code, ".".join(map(str, path)), expected))
    return tuple(faults)


def _parse_plain(model: type[W], text: str) -> W | None:
    """What `_parse_in_full` gives for most texts, at less cost; None where that must be asked.

    Written models are strict and have no fractions, so that no float passes unseen.
    """
    if len(text) > MAX_TEXT_BYTES // 4 or text.count("{") > MAX_OBJECTS:
        return None
    value = plain_object(text)
    if value is None:
        return None
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def _parse_in_full(model: type[W], text: str) -> W:
    try:
        value = loads(text, max_bytes=MAX_TEXT_BYTES)
    except StrictJsonError as error:
        raise ContentError((Fault(error.code, error.path, ""),), unreadable=True) from None
    if text.count("{") > MAX_OBJECTS:
        fault = Fault("TOO_MANY_OBJECTS", "", f"At most {MAX_OBJECTS} objects")
        raise ContentError((fault,), unreadable=False)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise ContentError(faults_of(error), unreadable=False) from None


def parse_content(text: str) -> Content:
    """The dossier content in `text`. Raises ContentError."""
    return _parse_plain(Content, text) or _parse_in_full(Content, text)


def parse_settlement(text: str) -> Settlement:
    """The settlement in `text`. Raises ContentError."""
    return _parse_plain(Settlement, text) or _parse_in_full(Settlement, text)


def text_sha256(text: str) -> str:
    """SHA-256, lower-case hex, of the text's UTF-8 bytes: what `replaces` and digests mean."""
    return hashlib.sha256(text.encode()).hexdigest()
