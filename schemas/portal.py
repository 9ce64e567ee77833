"""What the portal publishes on `portal.dossier.v1`, and the one table of portal status codes.

The portal's envelope and `data` are read tolerantly (unknown fields are ignored); the signed text
inside is not (`schemas.content`). The portal's own event id is never used to derive an id.
"""

from __future__ import annotations

import hashlib
from enum import IntEnum
from typing import Annotated, Any, Literal

from pydantic import AnyUrl, Field, StringConstraints, TypeAdapter, model_validator

from schemas.envelope import Model, Sha256
from schemas.parties import Line, Note

MAX_RECORD_BYTES = 4 * 1024 * 1024
MAX_TEXT_BYTES = 2 * 1024 * 1024
MAX_INLINE_BYTES = 1024 * 1024


class PortalStatus(IntEnum):
    """Status codes of the National Public Service Portal (domain §4.3)."""

    NEWLY_FILED = 1
    RECEIVED = 2
    NOT_RECEIVED = 3
    PROCESSING = 4
    SUPPLEMENT_REQUESTED = 5
    FINANCIAL_DUTY = 6
    WITHDRAWAL_REQUESTED = 7
    STOPPED = 8
    DONE = 9
    RESULT_RETURNED = 10


LetterKind = Literal["01", "02", "03", "05", "RESULT"]
"""Forms of Circular 03/2025 (domain §4.1), and the result letter."""


def status_of_letter(kind: LetterKind, *, after_receipt: bool) -> PortalStatus:
    """The status that a letter means to the portal; `after_receipt`: an 01 went out before."""
    match kind:
        case "01":
            return PortalStatus.RECEIVED
        case "02":
            return PortalStatus.SUPPLEMENT_REQUESTED
        case "03":
            return PortalStatus.STOPPED if after_receipt else PortalStatus.NOT_RECEIVED
        case "05":
            return PortalStatus.STOPPED
        case "RESULT":
            return PortalStatus.RESULT_RETURNED


class TextContent(Model):
    """The exact UTF-8 text that was signed; another `kind` (encrypted) can be added later."""

    kind: Literal["text"]
    text: str


class DetachedJws(Model):
    """Flattened JWS JSON with detached payload (RFC 7515 §7.2.2 and Appendix F)."""

    protected: Annotated[str, StringConstraints(max_length=64 * 1024)]
    signature: Annotated[str, StringConstraints(max_length=4096)]

    @property
    def sha256(self) -> str:
        """Names this one signature: SHA-256, lower-case hex, of `protected.signature`."""
        return hashlib.sha256(f"{self.protected}.{self.signature}".encode()).hexdigest()

    @model_validator(mode="before")
    @classmethod
    def _nothing_unsigned(cls, value: Any) -> Any:
        if isinstance(value, dict) and ("payload" in value or "header" in value):
            raise ValueError("payload must be detached and header must be absent")
        return value


class Attachment(Model):
    """A file beside the text, bound by digest; `inline` is base64, or `uri` says where it lies."""

    role: Line
    name: Line
    size: Annotated[int, Field(ge=0, description="Bytes.")]
    sha256: Sha256
    inline: str | None = None
    uri: AnyUrl | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Attachment:
        if (self.inline is None) == (self.uri is None):
            raise ValueError("exactly one of inline and uri")
        return self


class Managed(Model):
    """What the portal knows of people whose books defence or police keep (design §3)."""

    submitter: bool = False
    rows: tuple[Annotated[int, Field(ge=1)], ...] = ()


class FiledData(Model):
    """Data of DossierFiled (version 1) and DossierSupplemented (version n+1)."""

    dossier_code: str
    version: Annotated[int, Field(ge=1, le=99)]
    replaces: Annotated[
        Sha256 | None, Field(description="SHA-256 of the text of version n; null for version 1.")
    ] = None
    content: TextContent
    signatures: Annotated[tuple[DetachedJws, ...], Field(min_length=1, max_length=1)]
    eid_assertion: Annotated[
        str | None, StringConstraints(max_length=64 * 1024), Field(description="Compact JWS.")
    ] = None
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=200)] = ()
    managed: Managed = Managed()


class WithdrawnData(Model):
    dossier_code: str
    reason: Note = ""


class SettledData(Model):
    """Data of DossierSettled: the agency's signed text (`schemas.content.Settlement`)."""

    dossier_code: str
    version: Annotated[int, Field(ge=1, le=99)]
    decision_number: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    content: TextContent
    signatures: Annotated[tuple[DetachedJws, ...], Field(min_length=1, max_length=1)]


class _PortalRecord(Model):
    """A CloudEvent of the portal. hoso reads only what stands here."""

    specversion: Literal["1.0"]
    id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    source: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    subject: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    traceparent: Annotated[
        str | None,
        StringConstraints(pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"),
    ] = None


class DossierFiled(_PortalRecord):
    type: Literal["DossierFiled"]
    data: FiledData


class DossierSupplemented(_PortalRecord):
    type: Literal["DossierSupplemented"]
    data: FiledData


class DossierWithdrawn(_PortalRecord):
    type: Literal["DossierWithdrawn"]
    data: WithdrawnData


class DossierSettled(_PortalRecord):
    type: Literal["DossierSettled"]
    data: SettledData


PORTAL_TYPES = (DossierFiled, DossierSupplemented, DossierWithdrawn, DossierSettled)
RecordType = Literal["DossierFiled", "DossierSupplemented", "DossierWithdrawn", "DossierSettled"]
PortalRecord = Annotated[
    DossierFiled | DossierSupplemented | DossierWithdrawn | DossierSettled,
    Field(discriminator="type"),
]
PORTAL_RECORD: TypeAdapter[PortalRecord] = TypeAdapter(PortalRecord)
