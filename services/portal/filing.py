"""From a draft to the record that the portal publishes: text, digests, signature, e-ID, envelope.

The text is compact JSON with sorted keys and integers only: restricted JCS (RFC 8785).
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson

from schemas.content import text_sha256
from schemas.envelope import derive_id
from services.portal.forms import JsonForm
from services.portal.people import Person, Submitter
from services.portal.pki import EID_ISSUER, Condition, Pki
from services.portal.places import agency_of
from services.portal.signing import detached_jws, eid_assertion, rfc3339

FIRST_FILED = datetime(2026, 7, 1, 1, 0, tzinfo=UTC)
"""When the first dossier of a simulation says it was written; signatures claim the present."""
SOURCE = "https://portal.example.com"
Family = Literal["EMPLOYER_LIST", "SICKNESS", "ONE_TIME", "IDENTITY_CHANGE"]
Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class PortalMessage:
    """One record for `portal.dossier.v1`."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """An attached file; it travels inline, or only its address does."""

    role: str
    name: str
    content: bytes
    by_uri: bool = False

    @property
    def bound(self) -> dict[str, Any]:
        """What the signed text says of it."""
        return {
            "role": self.role,
            "name": self.name,
            "size": len(self.content),
            "sha256": hashlib.sha256(self.content).hexdigest(),
        }

    @property
    def carried(self) -> dict[str, Any]:
        """What the record carries of it."""
        if self.by_uri:
            return {**self.bound, "uri": f"{SOURCE}/files/{self.bound['sha256']}"}
        return {**self.bound, "inline": b64encode(self.content).decode()}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a submitter has composed, before it has a code and a signature."""

    family: Family
    procedure: str
    submitter: Submitter
    subjects: tuple[Person, ...]
    forms: tuple[JsonForm, ...]
    papers: tuple[Paper, ...] = ()
    owner: Person | None = None


@dataclass(frozen=True, slots=True)
class Manner:
    """How a draft is signed and filed; the default is as it should be."""

    condition: Condition = "GOOD"
    signed_by: Submitter | None = None
    loa: int | str | None = None
    with_eid: bool = True
    flip: bool = False
    """Alter one digit of the text after everything is signed."""
    managed_rows: tuple[int, ...] = ()
    managed_submitter: bool = False


@dataclass(frozen=True, slots=True)
class Filed:
    """A dossier version as published, with all that a later step or a test wants to know."""

    code: str
    version: int
    draft: Draft = field(repr=False)
    text: str = field(repr=False)
    message: PortalMessage = field(repr=False)

    @property
    def submitter(self) -> Submitter:
        """Who filed it."""
        return self.draft.submitter

    @property
    def subjects(self) -> tuple[Person, ...]:
        """Whose books it concerns, in the order of the settlement's rows."""
        return self.draft.subjects

    @property
    def agency(self) -> str:
        """The agency that settles it."""
        return agency_of(self.submitter.address["province"])


AS_IT_SHOULD_BE = Manner()


def file(
    draft: Draft,
    manner: Manner,
    pki: Pki,
    now: Now,
    *,
    code: str,
    version: int = 1,
    replaces: str | None = None,
    serial: int = 0,
) -> Filed:
    """The draft, signed by its submitter (or as `manner` says) and wrapped for the topic.

    `serial` distinguishes event ids of the same content; it changes nothing else.
    """
    text = as_text(_content(draft, code, version, replaces))
    signer = manner.signed_by or draft.submitter
    certificate = pki.signer(signer.name, signer.uids, signer.algorithm, manner.condition)
    data: dict[str, Any] = {
        "dossier_code": code,
        "version": version,
        "replaces": replaces,
        "content": {"kind": "text", "text": flipped(text) if manner.flip else text},
        "signatures": [detached_jws(text, certificate, now())],
        "attachments": [paper.carried for paper in draft.papers],
        "managed": {"submitter": manner.managed_submitter, "rows": list(manner.managed_rows)},
    }
    if manner.with_eid:
        subject, loa = draft.submitter.eid
        data["eid_assertion"] = eid_assertion(
            text,
            pki.eid,
            issuer=EID_ISSUER,
            subject=subject,
            loa=loa if manner.loa is None else manner.loa,
            authenticated_at=now() - timedelta(minutes=1),
        )
    kind = "DossierFiled" if version == 1 else "DossierSupplemented"
    message = record(kind, code, data, discriminator=f"{version}-{serial}")
    return Filed(code, version, draft, data["content"]["text"], message)


def record(kind: str, code: str, data: dict[str, Any], *, discriminator: str) -> PortalMessage:
    """A CloudEvent of the portal; its id is the portal's own affair and seeded like the rest."""
    event = {
        "specversion": "1.0",
        "id": str(derive_id(f"portal.{kind}", code, discriminator)),
        "type": kind,
        "source": SOURCE,
        "subject": code,
        "datacontenttype": "application/json",
        "data": data,
    }
    return PortalMessage(code.encode(), orjson.dumps(event))


def withdrawal(code: str, reason: str = "Người nộp đề nghị rút hồ sơ") -> PortalMessage:
    """The submitter takes the dossier back."""
    data = {"dossier_code": code, "reason": reason}
    return record("DossierWithdrawn", code, data, discriminator="withdrawal")


def as_text(content: dict[str, Any]) -> str:
    """The text that is signed."""
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()


def flipped(text: str) -> str:
    """The text with the lowest bit of one digit changed, still well-formed and plausible."""
    at = text.rindex('"phone":"') + len('"phone":"') + 3
    return f"{text[:at]}{chr(ord(text[at]) ^ 1)}{text[at + 1 :]}"


def supplement_of(filed: Filed) -> dict[str, Any]:
    """How the next version refers to this one."""
    return {
        "code": filed.code,
        "version": filed.version + 1,
        "replaces": text_sha256(filed.text),
    }


def _content(draft: Draft, code: str, version: int, replaces: str | None) -> dict[str, Any]:
    sequence = int(code.rpartition("-")[2])
    content: dict[str, Any] = {
        "dossier_code": code,
        "version": version,
        "procedure": draft.procedure,
        "agency": agency_of(draft.submitter.address["province"]),
        "created_at": rfc3339(FIRST_FILED + timedelta(seconds=sequence, days=version - 1)),
        "submitter": draft.submitter.party(),
        "forms": list(draft.forms),
        "attachments": [paper.bound for paper in draft.papers],
    }
    if replaces:
        content["replaces"] = replaces
    if draft.owner:
        content["owner"] = draft.owner.party()
    return content
