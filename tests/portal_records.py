"""Unsigned records of the portal for tests of intake, which never looks at signatures."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from schemas.content import text_sha256
from services.chassis.records import Received, Record
from services.intake.core.decoding import Decoded, decode

CODE = "G09.20-20261109-0092637"
APPENDED_MS = 1_794_000_000_000
TOPIC = "portal.dossier.v1"
PROOF = b"a scanned identity card"

PERSON: dict[str, Any] = {
    "kind": "PERSON",
    "name": "Nguyễn Thị Ánh",
    "identifier": {"type": "CCCD", "value": "001190012345"},
    "email": "nguyen.thi.anh@example.vn",
    "phone": "0912345678",
    "address": {"street": "12 Lý Thường Kiệt", "ward": "Cửa Nam", "province": "Hà Nội"},
}
EMPLOYER: dict[str, Any] = {
    "kind": "ORGANISATION",
    "name": "Công ty TNHH Sông Hồng",
    "identifier": {"type": "MST", "value": "0101234567"},
    "email": "nhansu@songhong.example.com",
}
TK1: dict[str, Any] = {
    "form": "TK1-TS",
    "name": "Nguyễn Thị Ánh",
    "sex": "FEMALE",
    "birth_date": "1990-05-17",
    "identity_number": "001190012345",
    "ethnicity": "Kinh",
    "nationality": "Việt Nam",
}
TK3: dict[str, Any] = {
    "form": "TK3-TS",
    "name": "Công ty TNHH Sông Hồng",
    "tax_code": "0101234567",
    "head_office": "Hà Nội",
    "representative": "Trần Văn Bình",
    "representative_id": "001080012345",
}
HSB14: dict[str, Any] = {
    "form": "14-HSB",
    "name": "Nguyễn Thị Ánh",
    "identity_number": "001190012345",
    "birth_date": "1990-05-17",
    "request": "ONE_TIME",
    "reason": "12_MONTHS_WITHOUT_CONTRIBUTION",
    "payment": "BANK",
}


def d02(people: int = 1, **changes: Any) -> dict[str, Any]:
    """A D02-LT list."""
    row = {
        "name": "Lê Văn Cường",
        "birth_date": "1985-01-02",
        "identity_number": "001085012345",
        "salary": "12000000",
        "contract_type": "INDEFINITE",
        "contract_from": "2026-10-01",
        "effective_date": "2026-10-01",
        "from_month": "2026-10",
        "change_type": "INCREASE",
    }
    form = {
        "form": "D02-LT",
        "unit_code": "TA0123A",
        "unit_name": "Công ty TNHH Sông Hồng",
        "tax_code": "0101234567",
        "month": "2026-10",
        "rows": [{"number": n, **row} for n in range(1, people + 1)],
    }
    return form | changes


def hsb01b(**changes: Any) -> dict[str, Any]:
    """A 01B-HSB list of one person."""
    row = {
        "number": 1,
        "name": "Lê Văn Cường",
        "from_date": "2026-10-05",
        "to_date": "2026-10-07",
        "days": 3,
        "regime": "SICKNESS",
    }
    form = {
        "form": "01B-HSB",
        "unit_code": "TA0123A",
        "unit_name": "Công ty TNHH Sông Hồng",
        "tax_code": "0101234567",
        "month": "2026-10",
        "rows": [row],
    }
    return form | changes


def bound(role: str, name: str = "giấy tờ.pdf", content: bytes = PROOF) -> dict[str, Any]:
    """A file as the signed text names it."""
    digest = hashlib.sha256(content).hexdigest()
    return {"role": role, "name": name, "size": len(content), "sha256": digest}


def inline(file: dict[str, Any], content: bytes = PROOF) -> dict[str, Any]:
    """The same file as the portal sends it."""
    return file | {"inline": base64.b64encode(content).decode()}


def content(**changes: Any) -> dict[str, Any]:
    """A change of identity data by a person, complete."""
    value = {
        "dossier_code": CODE,
        "version": 1,
        "replaces": None,
        "procedure": "1.002759.04",
        "agency": "000.00.00.G12",
        "created_at": "2026-11-09T09:30:00+07:00",
        "submitter": PERSON,
        "forms": [TK1],
        "attachments": [bound("IDENTITY_PROOF")],
    }
    return value | changes


def text_of(value: dict[str, Any]) -> str:
    """The signed text of a content or settlement."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def envelope(record_type: str, data: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The portal's record as a value."""
    value = {
        "specversion": "1.0",
        "id": "portal-1",
        "source": "portal",
        "type": record_type,
        "subject": data["dossier_code"],
        "data": data,
    }
    return value | changes


SIGNATURE = {"protected": "e30", "signature": "c2ln"}


def filed_data(text: str | None = None, value: dict[str, Any] | None = None) -> dict[str, Any]:
    """Data of DossierFiled or DossierSupplemented around a content, or any text."""
    value = content() if value is None else value
    attachments = value.get("attachments") or []
    return {
        "dossier_code": value["dossier_code"],
        "version": value["version"],
        "replaces": value["replaces"],
        "content": {"kind": "text", "text": text_of(value) if text is None else text},
        "signatures": [SIGNATURE],
        "eid_assertion": "a.b.c",
        "attachments": [inline(file) for file in attachments],
    }


def filed(value: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
    """A DossierFiled; `data` overrides fields of its data."""
    return envelope("DossierFiled", filed_data(value=value) | data)


def supplemented(version: int, replaces: str, **changes: Any) -> dict[str, Any]:
    """A DossierSupplemented that replaces the text of that digest."""
    value = content(version=version, replaces=replaces, **changes)
    return envelope("DossierSupplemented", filed_data(value=value))


def withdrawn(code: str = CODE, reason: str = "Rút hồ sơ") -> dict[str, Any]:
    return envelope("DossierWithdrawn", {"dossier_code": code, "reason": reason})


def settlement(**changes: Any) -> dict[str, Any]:
    """A settlement text's value."""
    value = {
        "dossier_code": CODE,
        "version": 1,
        "content_sha256": text_sha256(text_of(content())),
        "decision_number": "123/QĐ-BHXH",
        "decided_at": "2026-11-12T15:00:00+07:00",
        "agency": "000.00.00.G12",
        "rows": [
            {
                "row": 1,
                "person": {
                    "name": "Nguyễn Thị Ánh",
                    "identifiers": [{"type": "CCCD", "value": "001190012345"}],
                },
                "outcome": "REFUSED",
                "reasons": ["Thiếu căn cứ"],
            }
        ],
    }
    return value | changes


def settled(value: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
    value = settlement() if value is None else value
    fields = {
        "dossier_code": value["dossier_code"],
        "version": value["version"],
        "decision_number": value["decision_number"],
        "content": {"kind": "text", "text": text_of(value)},
        "signatures": [SIGNATURE],
    }
    return envelope("DossierSettled", fields | data)


def as_record(
    value: dict[str, Any] | bytes | None, offset: int = 0, key: bytes | None = CODE.encode()
) -> Record:
    """The record as Kafka gives it."""
    raw = json.dumps(value).encode() if isinstance(value, dict) else value
    return Record(TOPIC, 0, offset, key, raw, APPENDED_MS + offset, log_append_time=True)


def received(value: dict[str, Any] | bytes | None, offset: int = 0) -> Received[Decoded]:
    """The record as the handler gets it."""
    record = as_record(value, offset)
    return Received(decode(record), record)
