"""The bad cases: each has one thing wrong, and `EXPECTED` states what must come of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Literal

import orjson

from services.portal import families
from services.portal.filing import Draft, Manner, PortalMessage, record
from services.portal.people import Person

if TYPE_CHECKING:
    from services.portal.simulator import Simulator

Fault = Literal[
    "flipped_byte",
    "expired",
    "revoked",
    "unknown_ca",
    "other_signer",
    "low_eid",
    "no_eid",
    "crl_missing",
    "missing_component",
    "wrong_field",
    "closed_procedure",
    "wrong_submitter",
    "no_email",
    "bad_email",
    "managed_unit",
    "managed_rows",
]


@dataclass(frozen=True, slots=True)
class Expected:
    """What must come of a filed or supplemented dossier version.

    intake, reason: the event on `intake.dossier.v1`. verdict, sub: the last event of signature and
    its sub-indication or identity failure. letter: kind of the letter to the submitter, "none", or
    with "!" where no address can be used. status: the portal's status code in the end.
    granted, refused: how many rows a settlement that is authenticated has of each outcome.
    """

    intake: str = "DossierSubmitted"
    reason: str | None = None
    verdict: str | None = None
    sub: str | None = None
    letter: str | None = None
    status: int | None = None
    granted: int = 0
    refused: int = 0


def _rejected(sub: str) -> Expected:
    return Expected(verdict="SignatureRejected", sub=sub, letter="03", status=3)


def _undetermined(sub: str) -> Expected:
    return Expected(verdict="SignatureUndetermined", sub=sub, letter="02", status=5)


def _refused(reason: str, letter: str | None, status: int) -> Expected:
    return Expected("DossierRefused", reason, letter=letter, status=status)


GOOD = Expected(verdict="SignatureValidated", letter="01", status=2)
EXPECTED: dict[Fault, Expected] = {
    "flipped_byte": _rejected("SIG_CRYPTO_FAILURE"),
    "expired": _undetermined("OUT_OF_BOUNDS_NO_POE"),
    "revoked": _undetermined("REVOKED_NO_POE"),
    "unknown_ca": _undetermined("NO_CERTIFICATE_CHAIN_FOUND"),
    "other_signer": _rejected("IDENTITY_MISMATCH"),
    "low_eid": _rejected("EID_LEVEL"),
    "no_eid": _refused("DEFECTS", "02", 5),
    "crl_missing": GOOD,  # after TRY_LATER, once the CRL is published
    "missing_component": _refused("DEFECTS", "02", 5),
    "wrong_field": _refused("DEFECTS", "02", 5),
    "closed_procedure": _refused("DEFECTS", "03", 3),
    "wrong_submitter": _refused("DEFECTS", "03", 3),
    "no_email": _refused("DEFECTS", "02!", 5),
    "bad_email": _refused("DEFECTS", "02!", 5),
    "managed_unit": _refused("OUT_OF_SCOPE", None, 3),
    "managed_rows": _refused("OUT_OF_SCOPE", None, 3),
}
MANNERS: dict[Fault, Manner] = {
    "flipped_byte": Manner(flip=True),
    "expired": Manner(condition="EXPIRED"),
    "revoked": Manner(condition="REVOKED"),
    "unknown_ca": Manner(condition="UNKNOWN_CA"),
    "crl_missing": Manner(condition="CRL_MISSING"),
    "no_eid": Manner(with_eid=False),
}
UNUSABLE: dict[Fault, str] = {"no_email": "", "bad_email": "khong-co-dia-chi"}
CLOSED_PROCEDURE = "1.001710.02"


def draft_with(fault: Fault, sim: Simulator, chance: Random) -> tuple[Draft, Manner]:
    """A draft and the manner of its filing that together have this fault and no other."""
    if fault in MANNERS:
        return _any_good(sim, chance), MANNERS[fault]
    if fault == "other_signer":
        return _any_good(sim, chance), Manner(signed_by=sim.country.person())
    if fault in {"managed_unit", "managed_rows"}:
        return _managed(fault, sim, chance)
    if fault in {"missing_component", "wrong_submitter"}:
        return _employers_mistake(fault, sim, chance), Manner()
    loa = 1 if fault == "low_eid" else None
    return _persons_mistake(fault, sim.country.person(), chance), Manner(loa=loa)


def cured(draft: Draft, chance: Random) -> Draft:
    """The draft with what `draft_with` left out or wrote wrongly put right."""
    if draft.family == "SICKNESS" and not draft.papers:
        added = families.paper(*families.SICKNESS_PAPERS[0], chance)
        return replace(draft, papers=(added,))
    if draft.family == "ONE_TIME":
        return _with_field(draft, "birth_date", draft.subjects[0].birth_date)
    return draft


def malformed(code: str, chance: Random) -> tuple[PortalMessage, str]:
    """One of the ways in which a record cannot be read, and its reason."""
    good = record("DossierWithdrawn", code, {"dossier_code": code}, discriminator="x")
    assert good.value is not None
    kinds = (
        (PortalMessage(good.key, None), "EMPTY"),
        (PortalMessage(good.key, b"{"), "NOT_JSON"),
        (PortalMessage(good.key, b'{"a":"\xff"}'), "NOT_UTF8"),
        (PortalMessage(good.key, b'{"a":1,"a":2}'), "DUPLICATE_KEY"),
        (PortalMessage(good.key, b"[" * 40 + b"]" * 40), "NOT_AN_OBJECT"),
        (PortalMessage(b"another-key", good.value), "KEY_MISMATCH"),
        (PortalMessage(None, good.value), "KEY_MISMATCH"),
        (PortalMessage(good.key, _retyped(good.value)), "UNSUPPORTED_TYPE"),
    )
    return chance.choice(kinds)


def _retyped(value: bytes) -> bytes:
    return orjson.dumps({**orjson.loads(value), "type": "DossierForgotten"})


def _any_good(sim: Simulator, chance: Random) -> Draft:
    if chance.randrange(2):
        return families.one_time(sim.country.person(), chance)
    unit, staff = sim.somebody_at_work(2)
    return families.sickness(unit, staff, chance)


def _employers_mistake(fault: Fault, sim: Simulator, chance: Random) -> Draft:
    unit, staff = sim.somebody_at_work(2)
    draft = families.sickness(unit, staff, chance)
    if fault == "missing_component":
        return replace(draft, papers=())
    return replace(draft, submitter=sim.country.person())


def _persons_mistake(fault: Fault, person: Person, chance: Random) -> Draft:
    if fault in UNUSABLE:
        return families.one_time(replace(person, email=UNUSABLE[fault]), chance)
    draft = families.one_time(person, chance)
    if fault == "wrong_field":
        return _with_field(draft, "birth_date", "31/02/1990")
    if fault == "closed_procedure":
        return replace(draft, procedure=CLOSED_PROCEDURE)
    return draft


def _with_field(draft: Draft, field: str, value: str) -> Draft:
    first, *rest = draft.forms
    return replace(draft, forms=({**first, field: value}, *rest))


def _managed(fault: Fault, sim: Simulator, chance: Random) -> tuple[Draft, Manner]:
    unit, staff = sim.somebody_at_work(3)
    if fault == "managed_unit":
        barracks = sim.country.organisation(managed=chance.choice(("defence", "police")))
        draft = families.employer_list(barracks, staff, 0, chance)
        return draft, Manner(managed_submitter=True)
    return families.employer_list(unit, staff, 0, chance), Manner(managed_rows=(2,))
