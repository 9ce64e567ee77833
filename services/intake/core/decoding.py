"""Hostile bytes to a portal record and the text inside it, or one reason why not. Never raises.

The envelope is read tolerantly, the signed text strictly; each is parsed once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from schemas.content import (
    Content,
    ContentError,
    Fault,
    Settlement,
    faults_of,
    parse_content,
    parse_settlement,
    text_sha256,
)
from schemas.intake import UnreadableReason
from schemas.parties import DossierCode
from schemas.portal import (
    MAX_RECORD_BYTES,
    MAX_TEXT_BYTES,
    PORTAL_RECORD,
    DossierSettled,
    DossierWithdrawn,
    PortalRecord,
)
from schemas.strict_json import StrictJsonError, loads
from services.chassis.records import Record

MAX_PATHS = 50
_CODE: TypeAdapter[str] = TypeAdapter(DossierCode)


@dataclass(frozen=True, slots=True)
class Faulty:
    """A text that is strict JSON but not what its model asks for; `value` is what it says."""

    value: dict[str, Any]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Opaque:
    """A text that cannot be read at all."""

    reason: Literal["CONTENT_UNREADABLE", "CONTENT_TOO_LARGE"]
    faults: tuple[Fault, ...] = ()


Text = Content | Settlement | Faulty | Opaque | None
"""What the signed text says; None for a withdrawal, which has none."""


@dataclass(frozen=True, slots=True)
class Readable:
    """A portal record that speaks of one dossier; `digest` is that of its content."""

    portal: PortalRecord
    text: Text
    digest: str

    @property
    def code(self) -> str:
        """The dossier's id: the one code that key, subject, data and text agree on."""
        return self.portal.data.dossier_code


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why nothing can be said about any dossier; nothing of the record is copied."""

    reason: UnreadableReason
    size: int
    paths: tuple[str, ...] = ()


Decoded = Readable | Unreadable


def decode(record: Record) -> Decoded:
    """What the record says. Total: every key and value gives an answer."""
    raw = record.value or b""
    if not raw:
        return Unreadable("EMPTY", 0)
    try:
        value = loads(raw, max_bytes=MAX_RECORD_BYTES, carrier=True)
        portal = PORTAL_RECORD.validate_python(value)
        if isinstance(portal, DossierWithdrawn):
            loads(raw, max_bytes=MAX_RECORD_BYTES)  # no text of its own: judged as a whole
    except StrictJsonError as error:
        return Unreadable(_unreadable(error), len(raw))
    except ValidationError as error:
        return _not_the_schema(error, len(raw))
    return _about_one_dossier(record, portal, len(raw))


def _about_one_dossier(record: Record, portal: PortalRecord, size: int) -> Decoded:
    """Key, subject, data and text must name one and the same well-formed code."""
    code = portal.data.dossier_code
    if not _is_dossier_code(code):
        return Unreadable("SCHEMA", size, ("data.dossier_code",))
    if record.key != code.encode() or portal.subject != code:
        return Unreadable("KEY_MISMATCH", size)
    text = _read_text(portal)
    if _code_inside(text, code) != code:
        return Unreadable("KEY_MISMATCH", size)
    return Readable(portal, text, _digest(portal))


def _unreadable(error: StrictJsonError) -> UnreadableReason:
    reason: UnreadableReason = error.code  # type: ignore[assignment]  # one closed list, tested
    return reason


def _not_the_schema(error: ValidationError, size: int) -> Unreadable:
    faults = faults_of(error)
    if faults[0].code == "UNION_TAG_INVALID":
        return Unreadable("UNSUPPORTED_TYPE", size)
    if faults[0].code == "UNION_TAG_NOT_FOUND":
        return Unreadable("SCHEMA", size, ("type",))
    # The first step of each path is the record's type, which is no field.
    paths = dict.fromkeys(fault.path.partition(".")[2] for fault in faults)
    return Unreadable("SCHEMA", size, tuple(paths)[:MAX_PATHS])


def _is_dossier_code(code: str) -> bool:
    try:
        _CODE.validate_python(code)
    except ValidationError:
        return False
    return True


def _read_text(portal: PortalRecord) -> Text:
    if isinstance(portal, DossierWithdrawn):
        return None
    text = portal.data.content.text
    # A character has four bytes at most: only a very long text must be measured.
    if len(text) > MAX_TEXT_BYTES // 4 and len(text.encode()) > MAX_TEXT_BYTES:
        return Opaque("CONTENT_TOO_LARGE")
    try:
        return parse_settlement(text) if isinstance(portal, DossierSettled) else parse_content(text)
    except ContentError as error:
        if error.unreadable:
            return Opaque("CONTENT_UNREADABLE", error.faults)
        return Faulty(loads(text, max_bytes=MAX_TEXT_BYTES), error.faults)


def _code_inside(text: Text, code: str) -> str:
    """The code that the text names; a text that names none contradicts nothing here."""
    match text:
        case Content() | Settlement():
            return text.dossier_code
        case Faulty(value={"dossier_code": str(inside)}):
            return inside
        case _:
            return code


def _digest(portal: PortalRecord) -> str:
    if isinstance(portal, DossierWithdrawn):
        return text_sha256(portal.data.reason)
    return text_sha256(portal.data.content.text)
