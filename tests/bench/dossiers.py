"""Input records by the hundred thousand: a few true dossiers, each time with another code.

Every signature and e-ID assertion is real: made anew over each text, with P-256, which signs fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

import orjson

from schemas import topics
from schemas.content import text_sha256
from schemas.envelope import Cause, derive_id
from schemas.intake import DossierSubmitted
from schemas.parties import Identifier
from schemas.signature import (
    Check,
    Evidence,
    SignatureValidated,
    Signer,
    ValidationReport,
    VerdictData,
)
from services.chassis.records import Received, Record
from services.intake.core.decision import decide
from services.intake.core.decoding import decode
from services.portal import families
from services.portal.filing import AS_IT_SHOULD_BE, Draft, file, record
from services.portal.people import Country, Organisation
from services.portal.pki import EID_ISSUER, Pki
from services.portal.places import agency_of
from services.portal.signing import detached_jws, eid_assertion

TEXT_BYTES = 4096
MOULDS = 16
CODE = "G12.20.000-20260701-{:07d}"

Outgoing = tuple[topics.Topic, bytes, bytes]
"""Topic, key, value."""


@dataclass(frozen=True)
class Mould:
    """One employer's list, its text about TEXT_BYTES long, to be filed again and again."""

    unit: Organisation
    text: str
    code: str

    def cast(self, code: str) -> str:
        """The text under another code."""
        return self.text.replace(self.code, code)


def _mould(number: int, country: Country, pki: Pki) -> Mould:
    chance = Random(f"mould-{number}")
    unit = replace(country.organisation(), algorithm="ES256")
    code = CODE.format(9_000_000 + number)
    staff = [country.person()]
    filed = file(_draft(unit, staff, chance), AS_IT_SHOULD_BE, pki, _now, code=code)
    while len(filed.text.encode()) < TEXT_BYTES:
        staff.append(country.person())
        filed = file(_draft(unit, staff, chance), AS_IT_SHOULD_BE, pki, _now, code=code)
    return Mould(unit, filed.text, code)


def _draft(unit: Organisation, staff: list[Any], chance: Random) -> Draft:
    return replace(families.employer_list(unit, staff, 0, chance), papers=())


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class Dossiers:
    """The same numbers give the same dossiers; only signatures and the times in them differ."""

    def __init__(self, pki: Pki) -> None:
        country = Country(164)
        self.pki = pki
        self.moulds = [_mould(number, country, pki) for number in range(MOULDS)]
        self.now = _now()

    def filed(self, count: int, *, first: int = 0, signed: bool = True) -> Iterator[Outgoing]:
        """What the portal publishes; unsigned ones carry another text's signature (for intake)."""
        for number in range(first, first + count):
            mould, code, text = self._text(number)
            proof = self._proof(mould, text) if signed else self._proofs[number % MOULDS]
            data = {
                "dossier_code": code,
                "version": 1,
                "replaces": None,
                "content": {"kind": "text", "text": text},
                "signatures": [proof[0]],
                "eid_assertion": proof[1],
                "attachments": [],
                "managed": {"submitter": False, "rows": []},
            }
            value = record("DossierFiled", code, data, discriminator="1-0").value
            assert value is not None
            yield topics.PORTAL_DOSSIER, code.encode(), value

    def submitted(self, count: int, *, signed: bool = True) -> Iterator[Outgoing]:
        """What intake makes of them."""
        for number in range(count):
            mould, code, text = self._text(number)
            proof = self._proof(mould, text) if signed else self._proofs[number % MOULDS]
            event = self._events[number % MOULDS]
            data = {
                **event["data"],
                "dossier_code": code,
                "content_sha256": text_sha256(text),
                "text": text,
                "signature": proof[0],
                "eid_assertion": proof[1],
            }
            changed = {
                "id": str(derive_id("DossierSubmitted", code, 1)),
                "subject": code,
                "correlationid": code,
                "origin": f"portal.dossier.v1/0/{number}",
                "data": data,
            }
            yield topics.INTAKE_DOSSIER, code.encode(), orjson.dumps({**event, **changed})

    def validated(self, count: int) -> Iterator[Outgoing]:
        """What signature says of them."""
        for number in range(count):
            code = CODE.format(number)
            cause = Cause(f"intake.dossier.v1/0/{number}", self.now, code)
            yield topics.SIGNATURE_VERDICT, code.encode(), verdict(cause, code).encode()

    def text(self, number: int) -> str:
        """The signed text of that dossier."""
        return self._text(number)[2]

    def agency(self, number: int) -> str:
        """The agency that settles it."""
        return agency_of(self.moulds[number % MOULDS].unit.address["province"])

    def _text(self, number: int) -> tuple[Mould, str, str]:
        mould, code = self.moulds[number % MOULDS], CODE.format(number)
        return mould, code, mould.cast(code)

    def _proof(self, mould: Mould, text: str) -> tuple[dict[str, str], str]:
        unit = mould.unit
        signer = self.pki.signer(unit.name, unit.uids, unit.algorithm)
        subject, loa = unit.eid
        assertion = eid_assertion(
            text,
            self.pki.eid,
            issuer=EID_ISSUER,
            subject=subject,
            loa=loa,
            authenticated_at=self.now - timedelta(minutes=1),
        )
        return detached_jws(text, signer, self.now), assertion

    @cached_property
    def _proofs(self) -> list[tuple[dict[str, str], str]]:
        return [self._proof(mould, mould.text) for mould in self.moulds]

    @cached_property
    def _events(self) -> list[dict[str, Any]]:
        """intake's own answer to each mould, as JSON."""
        events = []
        filed = self.filed(MOULDS)
        for number, (topic, key, value) in enumerate(filed):
            stamp = int(self.now.timestamp() * 1000)
            raw = Record(topic.name, 0, number, key, value, stamp, log_append_time=True)
            (event,) = decide([Received(decode(raw), raw)], ()).events
            assert isinstance(event, DossierSubmitted), event
            events.append(orjson.loads(event.encode()))
        return events


def verdict(cause: Cause, code: str) -> SignatureValidated:
    """A positive verdict with a report of the usual size."""
    return SignatureValidated.derive(
        cause,
        code,
        (1, 1),
        VerdictData(dossier_code=code, version=1, attempt=1, report=REPORT),
    )


_DIGEST = text_sha256("")
_AT = datetime(2026, 7, 1, tzinfo=UTC)
REPORT = ValidationReport(
    indication="TOTAL_PASSED",
    content_sha256=_DIGEST,
    algorithm="ES256",
    signer=Signer(
        common_name="Công ty TNHH Dược phẩm Hòa Bình",
        identifiers=(
            Identifier(type="MST", value="0100123456"),
            Identifier(type="CCCD", value="001085123456"),
        ),
        certificate_sha256=_DIGEST,
        serial="1c5e2f0a9b7d4433",
        issuer="CA Công cộng Hoa Sen (mô phỏng)",
    ),
    claimed_signing_time=_AT,
    best_signature_time=_AT,
    revocation_status="GOOD",
    checks=tuple(
        Check(block=block, ok=True)
        for block in ("FC", "ISC", "XCV", "CV", "SAV", "EID", "IDENTITY")
    ),
    trust_list_sha256=_DIGEST,
    policy="hoso-1",
    evidence=(
        Evidence(kind="TRUST_LIST", sha256=_DIGEST),
        *(Evidence(kind="CERTIFICATE", sha256=_DIGEST) for _ in range(3)),
        *(Evidence(kind="CRL", sha256=_DIGEST) for _ in range(2)),
        Evidence(kind="EID_CERTIFICATE", sha256=_DIGEST),
    ),
    message_vi="Chữ ký số hợp lệ.",
    message_en="The digital signature is valid.",
)
