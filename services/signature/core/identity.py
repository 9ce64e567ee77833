"""Who a certificate, an e-ID account and a dossier name, and whether they are the same.

Typed comparison of whole identifiers; a common name or an RFC 4514 string is never matched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.parties import Identifier

_TYPES = {
    "CCCD": "CCCD",
    "CCCCD": "CCCD",  # a typo on real certificates
    "MST": "MST",
    "CMND": "CMND",
    "MNS": "MNS",
    "BHXH": "SI",
    "HC": "PASSPORT",
    "": "BARE",
}
_PERSONAL_ID = re.compile(r"\d{12}", re.ASCII)
_FORMS = {
    "CCCD": _PERSONAL_ID,
    "MST": re.compile(r"\d{10}(-\d{3})?|\d{12}", re.ASCII),
    "CMND": re.compile(r"\d{9}", re.ASCII),
    "MNS": re.compile(r"[0-9A-Z.-]{1,40}"),
    "SI": re.compile(r"\d{10}", re.ASCII),
    "PASSPORT": re.compile(r"[0-9A-Z]{5,20}"),
    "BARE": re.compile(r"[0-9A-Z.-]{1,40}"),
}
_PREFIXED = re.compile(r"(?:UID\s*=\s*)?(?:([A-Z]+)\s*:)?(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class Uid:
    """One identifier of a certificate subject. BARE stood without a type in front."""

    type: str
    value: str


def parse_uids(values: Iterable[str]) -> tuple[Uid, ...]:
    """The typed identifiers in the subject's UID attributes; what has no known form is left out.

    A 12-digit CMND or bare number is a personal ID (Decree 137/2015); a bare 10-digit number could
    be a tax or an insurance code and stays BARE: it never matches a person or an organisation.
    """
    found: dict[Uid, None] = {}
    for value in values:
        for part in re.split(r"[,;+]", value.upper()):
            match = _PREFIXED.fullmatch(part.strip())
            assert match is not None
            kind, number = _TYPES.get(match[1] or ""), match[2].strip()
            if kind in {"CMND", "BARE"} and _PERSONAL_ID.fullmatch(number):
                kind = "CCCD"
            if kind is not None and _FORMS[kind].fullmatch(number):
                found[Uid(kind, number)] = None
    return tuple(found)


def is_written_as(uid: Uid) -> bool:
    """Whether an identifier of this type is written so: `parse_uids` would name just this one."""
    form = _FORMS.get(uid.type)
    return form is not None and form.fullmatch(uid.value) is not None


def identifiers(uids: Iterable[Uid]) -> tuple[Identifier, ...]:
    """Those that an event can carry."""
    return tuple(
        Identifier.model_validate({"type": uid.type, "value": uid.value})
        for uid in uids
        if uid.type in {"CCCD", "SI", "PASSPORT", "MST"}
    )


def agrees(certificate: tuple[Uid, ...], account: Uid, submitter: Identifier) -> bool:
    """Whether certificate, e-ID account and submitter are one person or organisation.

    The certificate names the account, and the submitter is the account or named beside it by the
    same certificate. A branch's tax code (-NNN) is another identifier than its parent's.
    """
    declared = Uid(submitter.type, submitter.value)
    return account in certificate and (declared == account or declared in certificate)


def names_agency(certificate: tuple[Uid, ...], agency: str) -> bool:
    """Whether the certificate's subject is this agency (`MNS:<code>`, or the bare code)."""
    return Uid("MNS", agency) in certificate or Uid("BARE", agency) in certificate
