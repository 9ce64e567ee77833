"""Whether a dossier may go on to signature; if not, all that is wrong with it, once.

The province is never looked at. Rules of domain §5 come from the dated catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from schemas.content import BoundAttachment, Content
from schemas.intake import DossierHeader, RefusalReason
from schemas.parties import Defect, Party
from schemas.portal import FiledData, PortalStatus
from services.intake.core import defects
from services.intake.core.attachments import attachment_defects
from services.intake.core.catalogue import Procedure, Submitter
from services.intake.core.decoding import Faulty, Opaque, Text
from services.intake.core.header import forms_in, header_of, salvaged_header
from services.intake.core.mailbox import usable_address
from services.intake.core.managed import out_of_scope
from services.intake.core.procedures import CATALOGUE
from services.intake.core.reuse import HeldDocument

_NOTHING_HELD: Mapping[str, HeldDocument] = {}


@dataclass(frozen=True, slots=True)
class Admitted:
    """The dossier is complete; its header is what receipt and signature go by."""

    header: DossierHeader
    eid_assertion: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Why not. A header is there exactly when somebody can be written to."""

    reason: RefusalReason
    status: PortalStatus
    defects: tuple[Defect, ...] = ()
    header: DossierHeader | None = None
    submitter: Party | None = None
    managed_rows: tuple[int, ...] = ()


def admit(
    data: FiledData,
    text: Text,
    received_at: datetime,
    held: Mapping[str, HeldDocument] = _NOTHING_HELD,
) -> Admitted | Refused:
    """The decision on one version, from its content alone. `held` is by component role."""
    if managed := out_of_scope(data, text, received_at):
        return Refused(
            "OUT_OF_SCOPE",
            PortalStatus.NOT_RECEIVED,
            submitter=managed.submitter,
            managed_rows=managed.rows,
        )
    match text:
        case Content():
            return _judge(data, text, received_at, held)
        case Faulty():
            return _refuse_faulty(data, text, received_at)
        case Opaque():
            found = tuple(defects.unreadable(fault) for fault in text.faults)
            return Refused(text.reason, PortalStatus.NOT_RECEIVED, found)
        case _:
            raise TypeError("A filed dossier has a text")


def _judge(
    data: FiledData, content: Content, received_at: datetime, held: Mapping[str, HeldDocument]
) -> Admitted | Refused:
    procedure = CATALOGUE.find(content.procedure, received_at)
    header = header_of(content, procedure, held)
    found = defects.capped(_content_defects(data, content, header, procedure))
    if found or data.eid_assertion is None:
        return Refused("DEFECTS", _status(found), found, header)
    return Admitted(header, data.eid_assertion)


def _refuse_faulty(data: FiledData, text: Faulty, received_at: datetime) -> Refused:
    found = defects.capped(_faulty_defects(data, text, received_at))
    header = salvaged_header(text.value, received_at)
    if header is None:
        return Refused("CONTENT_UNREADABLE", PortalStatus.NOT_RECEIVED, found)
    return Refused("DEFECTS", _status(found), found, header)


def _status(found: tuple[Defect, ...]) -> PortalStatus:
    if all(defect.curable for defect in found):
        return PortalStatus.SUPPLEMENT_REQUESTED
    return PortalStatus.NOT_RECEIVED


def _content_defects(
    data: FiledData, content: Content, header: DossierHeader, procedure: Procedure | None
) -> Iterator[Defect]:
    if data.version != content.version:
        yield defects.not_as_sent("version")
    if data.replaces != content.replaces:
        yield defects.not_as_sent("replaces")
    given = {component.role for component in header.components}
    yield from _procedure_defects(procedure, content.submitter.kind, given)
    yield from _email_defects("submitter.email", content.submitter.email, needed=True)
    if content.owner is not None:
        yield from _email_defects("owner.email", content.owner.email, needed=False)
    yield from attachment_defects(data.attachments, content.attachments)
    if not data.eid_assertion:
        yield defects.EID_ASSERTION_MISSING


def _faulty_defects(data: FiledData, text: Faulty, received_at: datetime) -> Iterator[Defect]:
    """The model's faults, and every rule that can be judged from the parts that are sound."""
    yield from (defects.of_fault(fault) for fault in text.faults)
    sound = _Sound(text)
    if sound.has("version") and data.version != text.value["version"]:
        yield defects.not_as_sent("version")
    if not sound.is_faulty("replaces") and data.replaces != text.value.get("replaces"):
        yield defects.not_as_sent("replaces")
    if sound.has("procedure"):
        procedure = CATALOGUE.find(text.value["procedure"], received_at)
        kind = text.value["submitter"]["kind"] if sound.has("submitter", "kind") else None
        yield from _procedure_defects(procedure, kind, sound.given())
    for role in ("submitter", "owner"):
        if sound.has(role, "email"):
            written = text.value[role]["email"]
            yield from _email_defects(f"{role}.email", written, needed=role == "submitter")
    yield from attachment_defects(data.attachments, sound.attachments())
    if not data.eid_assertion:
        yield defects.EID_ASSERTION_MISSING


class _Sound:
    """The parts of a faulty text about which no fault was found."""

    def __init__(self, text: Faulty) -> None:
        self._value = text.value
        self._paths = {fault.path for fault in text.faults}
        self._tops = {path.partition(".")[0] for path in self._paths}
        self._blind = "" in self._paths  # a fault of the whole text: no field was looked at

    def is_faulty(self, top: str) -> bool:
        return self._blind or top in self._tops

    def has(self, *steps: str) -> bool:
        """Whether the field is there and neither it nor what it stands in is faulty."""
        if self._blind:
            return False
        at: Any = self._value
        for depth, step in enumerate(steps, start=1):
            if not isinstance(at, dict) or step not in at:
                return False
            if ".".join(steps[:depth]) in self._paths:
                return False
            at = at[step]
        return True

    def given(self) -> set[str]:
        """Component roles that the text names, also where the form itself has faults."""
        roles = {str(form["form"]) for form in forms_in(self._value)}
        return roles | {str(file.get("role")) for file in self._records("attachments")}

    def attachments(self) -> list[BoundAttachment] | None:
        if self.is_faulty("attachments"):
            return None
        try:
            return [BoundAttachment.model_validate(f) for f in self._records("attachments")]
        except ValidationError:
            return None

    def _records(self, name: str) -> list[dict[str, Any]]:
        raw = self._value.get(name)
        return [each for each in raw if isinstance(each, dict)] if isinstance(raw, list) else []


def _procedure_defects(
    procedure: Procedure | None, kind: Submitter | None, given: set[str]
) -> Iterator[Defect]:
    if procedure is None:
        yield defects.PROCEDURE_UNKNOWN
        return
    if not procedure.open:
        yield defects.procedure_not_open(procedure.legal_basis)
    if kind is not None and kind not in procedure.submitters:
        yield defects.submitter_not_allowed(procedure.legal_basis)
    for requirement in procedure.required:
        if given.isdisjoint(requirement.any_of):
            yield defects.component_missing(requirement.any_of, requirement.legal_basis)


def _email_defects(path: str, written: str, *, needed: bool) -> Iterator[Defect]:
    if written:
        if usable_address(written) is None:
            yield defects.email(path, missing=False)
    elif needed:
        yield defects.email(path, missing=True)
