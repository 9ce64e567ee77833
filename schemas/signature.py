"""What signature owns: verdicts in the words of ETSI EN 319 102-1, on `signature.verdict.v1`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.envelope import Event, Instant, Model, Sha256
from schemas.parties import Defect, Identifier

Indication = Literal["TOTAL_PASSED", "TOTAL_FAILED", "INDETERMINATE"]
SubIndication = Literal[
    "FORMAT_FAILURE",
    "HASH_FAILURE",
    "SIG_CRYPTO_FAILURE",
    "REVOKED",
    "EXPIRED",
    "NOT_YET_VALID",
    "SIG_CONSTRAINTS_FAILURE",
    "CHAIN_CONSTRAINTS_FAILURE",
    "CERTIFICATE_CHAIN_GENERAL_FAILURE",
    "CRYPTO_CONSTRAINTS_FAILURE",
    "NO_SIGNING_CERTIFICATE_FOUND",
    "NO_CERTIFICATE_CHAIN_FOUND",
    "NO_POE",
    "REVOKED_NO_POE",
    "OUT_OF_BOUNDS_NO_POE",
    "TRY_LATER",
    "SIGNED_DATA_NOT_FOUND",
    "SIGNATURE_POLICY_NOT_AVAILABLE",
]
IdentityFailure = Literal[
    "EID_MISSING",
    "EID_FORMAT",
    "EID_UNTRUSTED",
    "EID_SIGNATURE",
    "EID_EXPIRED",
    "EID_LEVEL",
    "EID_CONTENT",
    "EID_TIME",
    "IDENTITY_MISMATCH",
]


class Check(Model):
    """One building block of the validation process and what came of it."""

    block: Annotated[
        Literal["FC", "ISC", "XCV", "CV", "SAV", "EID", "IDENTITY"],
        Field(description="Format, signing certificate, chain, cryptography, acceptance, e-ID."),
    ]
    ok: bool
    reason: str = ""


class Signer(Model):
    """Who signed, from the certificate's subject; identifiers from UID (RFC 4519, 2.39)."""

    common_name: str
    identifiers: tuple[Identifier, ...]
    certificate_sha256: Sha256
    serial: str
    issuer: str


class Evidence(Model):
    """A byte string that the verdict rests on, by digest."""

    kind: Literal["CERTIFICATE", "CRL", "TRUST_LIST", "EID_CERTIFICATE"]
    sha256: Sha256


class ValidationReport(Model):
    """The whole verdict on one signature, re-derivable from the record and the evidence."""

    indication: Indication
    sub_indication: SubIndication | None = None
    identity_failure: IdentityFailure | None = None
    content_sha256: Sha256
    algorithm: str | None = None
    pkcs1_by_policy: bool = False
    signer: Signer | None = None
    claimed_signing_time: Instant | None = None
    best_signature_time: Instant
    revocation_status: Literal["GOOD", "REVOKED", "UNKNOWN", "NOT_CHECKED"] = "NOT_CHECKED"
    checks: tuple[Check, ...]
    trust_list_sha256: Sha256
    policy: str
    evidence: tuple[Evidence, ...] = ()
    message_vi: str
    message_en: str


class VerdictData(Model):
    """A verdict on one dossier version; `defects` is what a letter tells the submitter."""

    dossier_code: str
    version: int
    attempt: Annotated[int, Field(ge=1)]
    report: ValidationReport
    defects: tuple[Defect, ...] = ()


class OverturnedData(Model):
    """A positive verdict that later evidence took back (two-step revocation)."""

    dossier_code: str
    version: int
    overturned_id: str
    report: ValidationReport
    defects: tuple[Defect, ...] = ()


class AuthenticatedData(Model):
    """A settlement that may reach books: the agency's text, with all facts per row."""

    dossier_code: str
    version: int
    decision_number: str
    content_sha256: Sha256
    agency: str
    text: str
    report: ValidationReport


SettlementRejection = Literal[
    "UNKNOWN_DOSSIER",
    "DOSSIER_NOT_VALIDATED",
    "SUPERSEDED",
    "CONTENT_MISMATCH",
    "SIGNATURE_INVALID",
    "SIGNATURE_UNDETERMINED",
    "NOT_AN_AGENCY",
    "AGENCY_MISMATCH",
    "DECISION_ALREADY_AUTHENTICATED",
]


class SettlementRejectedData(Model):
    dossier_code: str
    version: int
    decision_number: str
    content_sha256: Sha256
    reason: SettlementRejection
    report: ValidationReport | None = None


class SignatureValidated(Event):
    type: Literal["SignatureValidated"] = "SignatureValidated"
    source: Literal["signature"] = "signature"
    data: VerdictData
    repeats_by = "version, attempt"


class SignatureRejected(Event):
    """TOTAL_FAILED, or an e-ID or identity failure."""

    type: Literal["SignatureRejected"] = "SignatureRejected"
    source: Literal["signature"] = "signature"
    data: VerdictData
    repeats_by = "version, attempt"


class SignatureUndetermined(Event):
    """INDETERMINATE; with TRY_LATER another attempt follows, otherwise it is final."""

    type: Literal["SignatureUndetermined"] = "SignatureUndetermined"
    source: Literal["signature"] = "signature"
    data: VerdictData
    repeats_by = "version, attempt"


class SignatureOverturned(Event):
    type: Literal["SignatureOverturned"] = "SignatureOverturned"
    source: Literal["signature"] = "signature"
    data: OverturnedData
    repeats_by = "version, overturned id"


class SettlementAuthenticated(Event):
    type: Literal["SettlementAuthenticated"] = "SettlementAuthenticated"
    source: Literal["signature"] = "signature"
    data: AuthenticatedData
    repeats_by = "code, decision number, text digest, signature digest"


class SettlementRejected(Event):
    type: Literal["SettlementRejected"] = "SettlementRejected"
    source: Literal["signature"] = "signature"
    data: SettlementRejectedData
    repeats_by = "code, decision number, text digest, signature digest"


SIGNATURE_TYPES = (
    SignatureValidated,
    SignatureRejected,
    SignatureUndetermined,
    SignatureOverturned,
    SettlementAuthenticated,
    SettlementRejected,
)
SignatureEvent = Annotated[
    SignatureValidated
    | SignatureRejected
    | SignatureUndetermined
    | SignatureOverturned
    | SettlementAuthenticated
    | SettlementRejected,
    Field(discriminator="type"),
]
SIGNATURE_EVENT: TypeAdapter[SignatureEvent] = TypeAdapter(SignatureEvent)
