"""The four families of dossiers, drafted well: employer lists, sickness, one-time, identity change.

Procedures, submitters and components follow domain §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from services.portal import forms
from services.portal.filing import Draft, Paper
from services.portal.people import GIVEN, Organisation, Person

INCREASE = "1.002051.01"
REGISTRATION = "1.002051.03"
SICKNESS = "1.001667.01"
ONE_TIME = "1.001613.01"
IDENTITY_BY_EMPLOYER = "1.002759.02"
IDENTITY_BY_PERSON = "1.002759.04"

SICKNESS_PAPERS = (
    ("SICKNESS_CERTIFICATE", "Giấy chứng nhận nghỉ việc hưởng BHXH.pdf"),
    ("DISCHARGE_PAPER", "Giấy ra viện.pdf"),
)


def paper(role: str, name: str, chance: Random) -> Paper:
    """A small scan; every fourth lies at an address instead of travelling along."""
    scan = (
        b"%PDF-1.7\n% " + chance.randbytes(chance.randint(200, 900)).hex().encode() + b"\n%%EOF\n"
    )
    return Paper(role, name, scan, by_uri=not chance.randrange(4))


def employer_list(unit: Organisation, staff: Sequence[Person], new: int, chance: Random) -> Draft:
    """Increase and adjustment of a unit's staff; the last `new` people have no code yet."""
    known = len(staff) - new
    rows = [
        forms.d02_row(number, person, chance, new=number > known)
        for number, person in enumerate(staff, start=1)
    ]
    declarations = [forms.tk1(person, has_code=False) for person in staff[known:]]
    return Draft(
        family="EMPLOYER_LIST",
        procedure=INCREASE,
        submitter=unit,
        subjects=tuple(staff),
        forms=(forms.d02(unit, rows), *declarations),
        papers=(paper("DECISION", "Quyết định tăng lương.pdf", chance),)
        if not chance.randrange(3)
        else (),
    )


def registration(unit: Organisation, staff: Sequence[Person], chance: Random) -> Draft:
    """First registration of a unit with all its people."""
    rows = [
        forms.d02_row(number, person, chance, new=True)
        for number, person in enumerate(staff, start=1)
    ]
    return Draft(
        family="EMPLOYER_LIST",
        procedure=REGISTRATION,
        submitter=unit,
        subjects=tuple(staff),
        forms=(
            forms.tk3(unit),
            forms.d02(unit, rows),
            *(forms.tk1(person, has_code=False) for person in staff),
        ),
    )


def sickness(unit: Organisation, staff: Sequence[Person], chance: Random) -> Draft:
    """Sickness allowance for some of a unit's people."""
    rows = [forms.sick_row(number, person, chance) for number, person in enumerate(staff, start=1)]
    return Draft(
        family="SICKNESS",
        procedure=SICKNESS,
        submitter=unit,
        subjects=tuple(staff),
        forms=(forms.hsb01b(unit, rows),),
        papers=(paper(*chance.choice(SICKNESS_PAPERS), chance),),
    )


def one_time(person: Person, chance: Random, *, submitter: Person | None = None) -> Draft:
    """One-time social insurance, applied for by the person or for him or her by another."""
    return Draft(
        family="ONE_TIME",
        procedure=ONE_TIME,
        submitter=submitter or person,
        subjects=(person,),
        forms=(forms.hsb14(person, chance),),
        owner=person if submitter else None,
    )


def identity_change(
    people: Sequence[Person], chance: Random, *, unit: Organisation | None = None
) -> Draft:
    """A corrected name or phone number, by the person, or by the employer for several people."""
    declarations = []
    for person in people:
        changed, adjustment = _corrected(person, chance)
        form = forms.tk1(changed, has_code=True, adjustment=adjustment, papers="Bản sao CCCD")
        if unit and changed.name != person.name:
            form["employer_confirmation"] = f"{unit.name} xác nhận"
        declarations.append(form)
    return Draft(
        family="IDENTITY_CHANGE",
        procedure=IDENTITY_BY_EMPLOYER if unit else IDENTITY_BY_PERSON,
        submitter=unit or people[0],
        subjects=tuple(people),
        forms=tuple(declarations),
        papers=(paper("IDENTITY_PROOF", "Căn cước công dân.pdf", chance),),
    )


def _corrected(person: Person, chance: Random) -> tuple[Person, str]:
    if chance.randrange(5) > 1:
        family_and_middle, _, given = person.name.rpartition(" ")
        choices = [name for name in GIVEN[person.sex] if name != given]
        name = f"{family_and_middle} {chance.choice(choices)}"
        return replace(person, name=name), f"Họ và tên: {person.name} → {name}"
    phone = f"08{chance.randrange(10**8):08d}"
    return replace(person, phone=phone), f"Điện thoại: {person.phone} → {phone}"
