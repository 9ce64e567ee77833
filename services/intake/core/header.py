"""All that a letter needs to know of a dossier, from its text, or from what a faulty text says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from schemas.content import Content
from schemas.forms import D02LT, FORM_NAMES, HSB01B, Form
from schemas.intake import Addressee, Component, DossierHeader
from schemas.parties import Address, Identifier, Line, Name, Party
from services.intake.core.catalogue import Procedure
from services.intake.core.components import names_of
from services.intake.core.mailbox import usable_address
from services.intake.core.procedures import CATALOGUE
from services.intake.core.reuse import HeldDocument

_NAME: TypeAdapter[str] = TypeAdapter(Name)
_LINE: TypeAdapter[str] = TypeAdapter(Line)
_CODE = re.compile(r"[0-9A-Z.]{1,40}")
_PERSON_FORMS = ("TK1-TS", "14-HSB")
_LIST_FORMS = ("D02-LT", "01B-HSB")
Kind = Literal["FORM", "ATTACHMENT", "HELD"]


def header_of(
    content: Content, procedure: Procedure | None, held: Mapping[str, HeldDocument]
) -> DossierHeader:
    """The header of a text that its model accepts."""
    owner = content.owner
    return DossierHeader(
        procedure=content.procedure,
        procedure_vi=procedure.name_vi if procedure else "",
        procedure_en=procedure.name_en if procedure else "",
        catalogue_version=CATALOGUE.version,
        limit=procedure.limit if procedure else None,
        agency=content.agency,
        submitter=_addressee(content.submitter),
        owner=None if owner is None else _addressee(owner),
        components=_components(
            (form.form for form in content.forms), (a.role for a in content.attachments), held
        ),
        subjects=_subjects(content.forms),
        attachments=len(content.attachments),
    )


def _addressee(party: Party) -> Addressee:
    return Addressee(
        kind=party.kind,
        name=party.name,
        identifier=party.identifier,
        email=usable_address(party.email),
        phone=party.phone,
        address=party.address,
    )


def _components(
    forms: Iterable[str], roles: Iterable[str], held: Mapping[str, HeldDocument]
) -> tuple[Component, ...]:
    counted: dict[tuple[Kind, str], int] = {}
    sources: tuple[tuple[Kind, Iterable[str]], ...] = (
        ("FORM", forms),
        ("ATTACHMENT", roles),
        ("HELD", held),
    )
    for kind, of_kind in sources:
        for role in of_kind:
            counted[kind, role] = counted.get((kind, role), 0) + 1
    return tuple(_component(*which, quantity) for which, quantity in counted.items())


@lru_cache(maxsize=1024)  # the same few components stand in nearly every dossier
def _component(kind: Kind, role: str, quantity: int) -> Component:
    name_vi, name_en = names_of(role)
    return Component(role=role, name_vi=name_vi, name_en=name_en, kind=kind, quantity=quantity)


def _subjects(forms: list[Form]) -> int:
    """People on the lists; where there is no list, people who declare for themselves."""
    listed = sum(len(form.rows) for form in forms if isinstance(form, (D02LT, HSB01B)))
    return listed or sum(form.form in _PERSON_FORMS for form in forms)


def salvaged_header(value: dict[str, Any], received_at: datetime) -> DossierHeader | None:
    """The header of a faulty text, from its parts that are sound; None: nobody to write to."""
    submitter = _salvaged_party(value.get("submitter"))
    if submitter is None:
        return None
    code = _short(value.get("procedure"))
    procedure = CATALOGUE.find(code, received_at)
    forms = forms_in(value)
    files = _records(value.get("attachments"))
    listed = sum(len(_records(f.get("rows"))) for f in forms if f["form"] in _LIST_FORMS)
    return DossierHeader(
        procedure=code,
        procedure_vi=procedure.name_vi if procedure else "",
        procedure_en=procedure.name_en if procedure else "",
        catalogue_version=CATALOGUE.version,
        limit=procedure.limit if procedure else None,
        agency=_short(value.get("agency")),
        submitter=submitter,
        owner=_salvaged_party(value.get("owner")),
        components=_components((f["form"] for f in forms), _roles(files), {}),
        subjects=listed or sum(f["form"] in _PERSON_FORMS for f in forms),
        attachments=len(files),
    )


def forms_in(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The forms of a faulty text that say which form they are."""
    return [f for f in _records(value.get("forms")) if str(f.get("form")) in FORM_NAMES]


def _salvaged_party(raw: Any) -> Addressee | None:
    if not isinstance(raw, dict):
        return None
    try:
        identifier = Identifier.model_validate(raw.get("identifier"))
        name = _NAME.validate_python(raw.get("name"))
    except ValidationError:
        return None
    kind = raw.get("kind")
    if kind not in ("PERSON", "ORGANISATION"):
        kind = "ORGANISATION" if identifier.type == "MST" else "PERSON"
    written = raw.get("email")
    email = usable_address(written) if isinstance(written, str) else None
    return Addressee(
        kind=kind, name=name, identifier=identifier, email=email, address=_address(raw)
    )


def _address(raw: dict[str, Any]) -> Address:
    try:
        return Address.model_validate(raw.get("address"))
    except ValidationError:
        return Address()


def _roles(files: list[dict[str, Any]]) -> Iterable[str]:
    for file in files:
        try:
            yield _LINE.validate_python(file.get("role"))
        except ValidationError:
            continue


def _records(raw: Any) -> list[dict[str, Any]]:
    return [each for each in raw if isinstance(each, dict)] if isinstance(raw, list) else []


def _short(raw: Any) -> str:
    return raw if isinstance(raw, str) and _CODE.fullmatch(raw) else ""
