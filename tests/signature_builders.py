"""Dossiers, settlements and evidence for signature's tests, built on the test PKI."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from schemas.content import text_sha256
from schemas.envelope import Cause
from schemas.intake import (
    Addressee,
    DossierHeader,
    DossierSubmitted,
    SettlementData,
    SettlementSubmitted,
    SubmittedData,
)
from schemas.parties import Identifier
from schemas.portal import DetachedJws
from services.chassis.records import Received, Record
from services.signature.core.chain import Evidence
from services.signature.core.policy import SignaturePolicy
from services.signature.core.revocation import read_crl
from services.signature.core.trust import compile_list
from tests import pki
from tests.pki import NOW, Party

CODE = "G09.20-20261122-0000001"
CCCD = "001085012345"
MST = "0100686209"
AGENCY = "G09.20"
POLICY = SignaturePolicy()
TEXT = json.dumps({"dossier_code": CODE, "version": 1, "tên": "Nguyễn Thị Ánh"}, ensure_ascii=False)


@functools.cache
def authority(label: str) -> Party:
    """root; ca1 (RSA), ca2 (P-256), specialised below it; stranger beside it."""
    if label in {"root", "stranger"}:
        kind = "RSA-2048" if label == "root" else "P-256"
        return pki.certificate(pki.name(f"CA {label}"), kind, None, number=1, ca=True)
    kind = "RSA-2048" if label == "ca1" else "P-256"
    numbers = {"ca1": 2, "ca2": 3, "specialised": 4}
    return pki.certificate(
        pki.name(f"CA {label}"),
        kind,
        authority("root"),
        number=numbers[label],
        ca=True,
        path_length=0,
    )


@functools.cache
def person(kind: str = "P-256", *uids: str, ca: str = "ca1", **changes: Any) -> Party:
    """A signer with UID=CCCD:…, issued by `ca`."""
    subject = pki.name("Nguyễn Thị Ánh", *(uids or (f"CCCD:{CCCD}",)))
    return pki.certificate(subject, kind, authority(ca), number=10, **changes)


@functools.cache
def agency(code: str = AGENCY, ca: str = "specialised", *, prefix: str = "MNS:") -> Party:
    """An agency's signer."""
    subject = pki.name("BHXH cơ sở", f"{prefix}{code}")
    return pki.certificate(subject, "P-256", authority(ca), number=11)


@functools.cache
def eid_service() -> Party:
    return pki.certificate(pki.name("VNeID"), "P-256", authority("root"), number=12)


def trust_list(**changes: Any) -> dict[str, Any]:
    services = [
        {"name": "root", "type": "ROOT", "status": "granted", "certificate": "root.pem"},
        {"name": "ca1", "type": "CA", "status": "granted", "certificate": "ca1.pem"},
        {"name": "ca2", "type": "CA", "status": "granted", "certificate": "ca2.pem"},
        {
            "name": "specialised",
            "type": "SPECIALISED",
            "status": "granted",
            "certificate": "specialised.pem",
        },
        {"name": "VNeID", "type": "EID", "status": "granted", "certificate": "eid.pem"},
    ]
    for service in services:
        if service["type"] in {"CA", "SPECIALISED"}:
            service["crl"] = f"crl/{service['name']}.crl"
    return {
        "sequence_number": 1,
        "issued": "2026-11-01T00:00:00Z",
        "next_update": "2027-11-01T00:00:00Z",
        "services": services,
    } | changes


def certificates() -> dict[str, bytes]:
    named = ("root", "ca1", "ca2", "specialised")
    return {f"{n}.pem": authority(n).pem for n in named} | {"eid.pem": eid_service().pem}


def write_trust(directory: Path, *, without: tuple[str, ...] = (), **changes: Any) -> Path:
    """The trust list as files, with the CRL of every CA except those left out."""
    (directory / "crl").mkdir(exist_ok=True)
    for name, raw in certificates().items():
        (directory / name).write_bytes(raw)
    for name in {"ca1", "ca2", "specialised"} - set(without):
        (directory / f"crl/{name}.crl").write_bytes(pki.crl(authority(name)))
    path = directory / "trust-list.json"
    path.write_text(json.dumps(trust_list(**changes)))
    return path


def evidence(
    crls: Mapping[str, bytes] | None = None, *, without: tuple[str, ...] = (), **changes: Any
) -> Evidence:
    """The trust list with a good CRL of every CA, except those given or left out."""
    raw = json.dumps(trust_list(**changes)).encode()
    trust = compile_list(raw, certificates(), POLICY)
    found = {}
    for service in trust.services:
        label = service.entry.name
        if label in without or service.entry.crl is None:
            continue
        given = (crls or {}).get(label) or pki.crl(authority(label))
        found[service.certificate.sha256] = read_crl(given, service.certificate, loaded_at=NOW)
    return Evidence(trust, found)


def claims(text: str = TEXT, **changes: Any) -> dict[str, Any]:
    return {
        "iss": "VNeID",
        "sub": {"type": "CCCD", "value": CCCD},
        "loa": 2,
        "auth_time": int((NOW - timedelta(minutes=2)).timestamp()),
        "content_sha256": text_sha256(text),
    } | changes


def assertion(text: str = TEXT, **changes: Any) -> str:
    return pki.assertion(eid_service(), "ES256", claims(text, **changes))


def jws(value: Mapping[str, str]) -> DetachedJws:
    return DetachedJws(protected=value["protected"], signature=value["signature"])


def signed(party: Party | None = None, alg: str = "ES256", text: str = TEXT) -> DetachedJws:
    return jws(pki.detached(party or person(), alg, text))


def header(identifier: Identifier, kind: str) -> DossierHeader:
    return DossierHeader.model_validate(
        {
            "procedure": "1.002051",
            "procedure_vi": "Đăng ký",
            "procedure_en": "Registration",
            "catalogue_version": "1",
            "limit": None,
            "agency": AGENCY,
            "submitter": Addressee(
                kind="PERSON" if kind == "PERSON" else "ORGANISATION",
                name="Nguyễn Thị Ánh",
                identifier=identifier,
                email="anh@example.vn",
            ),
            "components": (),
            "subjects": 1,
            "attachments": 0,
        }
    )


def cause(offset: int, code: str = CODE) -> Cause:
    return Cause(f"portal.dossier.v1/0/{offset}", NOW, code)


def submitted(
    signature: DetachedJws | None = None,
    *,
    text: str = TEXT,
    eid: str | None = None,
    version: int = 1,
    code: str = CODE,
    identifier: Identifier | None = None,
    kind: str = "PERSON",
) -> DossierSubmitted:
    data = SubmittedData(
        dossier_code=code,
        version=version,
        content_sha256=text_sha256(text),
        header=header(identifier or Identifier(type="CCCD", value=CCCD), kind),
        text=text,
        signature=signature or signed(text=text),
        eid_assertion=assertion(text) if eid is None else eid,
        portal_status=1,
    )
    return DossierSubmitted.derive(cause(version, code), code, (code, version), data)


def settled(
    party: Party | None = None,
    *,
    decision: str = "12/QĐ-BHXH",
    version: int = 1,
    content_sha256: str | None = None,
    named_agency: str = AGENCY,
    note: str = "",
    signature: DetachedJws | None = None,
    text: str | None = None,
) -> SettlementSubmitted:
    said = {
        "dossier_code": CODE,
        "version": version,
        "content_sha256": content_sha256 or text_sha256(TEXT),
        "decision_number": decision,
        "decided_at": "2026-11-22T08:00:00Z",
        "agency": named_agency,
        "rows": [],
        "note": note,
    }
    written = text or json.dumps(said, ensure_ascii=False)
    data = SettlementData(
        dossier_code=CODE,
        version=version,
        decision_number=decision,
        content_sha256=text_sha256(written),
        agency=named_agency,
        text=written,
        signature=signature or signed(party or agency(), text=written),
    )
    names = (decision, data.content_sha256, data.signature.sha256)
    return SettlementSubmitted.derive(cause(100), CODE, names, data)


def received(event: Any, offset: int = 0) -> Received[Any]:
    record = Record(
        topic="intake.dossier.v1",
        partition=0,
        offset=offset,
        key=event.subject.encode(),
        value=event.encode(),
        timestamp_ms=int(NOW.timestamp() * 1000),
        log_append_time=True,
    )
    return Received(event, record)
