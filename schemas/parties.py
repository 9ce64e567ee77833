"""People, organisations and what is said to them: the small values that several records share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from schemas.envelope import Model

LINE = r"^[^\x00-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]*$"
"""One line of text: no control and no bidirectional characters."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=LINE)]
Line = Annotated[str, StringConstraints(max_length=500, pattern=LINE)]
Note = Annotated[str, StringConstraints(max_length=2000)]

DossierCode = Annotated[
    str,
    StringConstraints(
        max_length=64,
        pattern=r"^([0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Z][0-9]{2}-[0-9]{6}-[0-9]{4,6}"
        r"|[A-Z][0-9]{2}(\.[0-9]{2,3}){1,3}-[0-9]{8}-[0-9]{4,7})$",
    ),
]
"""Circular 01/2018 Art 19 form, or the portal's 2026 form `G09.20-20260609-0092637`."""

DOSSIER_ID_MAX_BYTES = 64


class Written(Model):
    """Signed content: strict types, no unknown field."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Identifier(Written):
    """CCCD: 12-digit personal ID. SI: 10-digit insurance code. MST: tax code, branch -NNN."""

    type: Literal["CCCD", "SI", "PASSPORT", "MST"]
    value: Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=r"^[0-9A-Z-]+$")]


class Address(Written):
    """Two levels since 1 July 2025: no district. The province never changes an outcome."""

    street: Line = ""
    ward: Line = ""
    province: Line = ""


class Party(Written):
    """A submitter or a dossier owner, as declared; `email` is checked by intake, not here."""

    kind: Literal["PERSON", "ORGANISATION"]
    name: Name
    identifier: Identifier
    email: Annotated[str, StringConstraints(max_length=320)]
    phone: Annotated[str, StringConstraints(max_length=20, pattern=LINE)] = ""
    address: Address = Address()


class Defect(Model):
    """One thing that is wrong: where, what was expected, what to do; never the value itself."""

    code: str
    path: Annotated[str, Field(description="Field path inside the signed text, or '' for all.")]
    vi: str
    en: str
    legal_basis: str
    curable: bool
