"""What intake and signature cannot do without: validation, one write, two signature checks."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import orjson
from aiokafka import ConsumerRecord
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pymongo import InsertOne

from schemas.content import Content, text_sha256
from schemas.envelope import Cause
from schemas.intake import INTAKE_EVENT, DossierSubmitted
from schemas.portal import PORTAL_RECORD, DossierFiled
from tests.bench.dossiers import verdict

Out = tuple[int, bytes, bytes]
_ECDSA = ec.ECDSA(hashes.SHA256())


async def forward(records: Sequence[ConsumerRecord], _: Any) -> list[Out]:
    """Validate the envelope, write it again: no text, no store."""
    return [
        (r.partition, r.key, PORTAL_RECORD.dump_json(PORTAL_RECORD.validate_json(r.value)))
        for r in records
    ]


async def admit(records: Sequence[ConsumerRecord], database: Any) -> list[Out]:
    """Validate envelope and text, write the envelope again, one dedupe row each."""
    outputs, rows = [], []
    for r in records:
        portal = PORTAL_RECORD.validate_json(r.value)
        assert isinstance(portal, DossierFiled)
        data = portal.data
        Content.model_validate_json(data.content.text)
        outputs.append((r.partition, r.key, PORTAL_RECORD.dump_json(portal)))
        rows.append(
            {
                "_id": f"{data.dossier_code}|version|01",
                "code": data.dossier_code,
                "digest": text_sha256(data.content.text),
                "origin": f"{r.topic}/{r.partition}/{r.offset}",
            }
        )
    await database.dedupe.insert_many(rows, ordered=False)
    return outputs


async def verify(records: Sequence[ConsumerRecord], database: Any) -> list[Out]:
    """Two signatures each, one document with the verdict, the verdict published."""
    outputs, writes = [], []
    for r in records:
        event = INTAKE_EVENT.validate_json(r.value)
        assert isinstance(event, DossierSubmitted)
        data = event.data
        payload = base64.urlsafe_b64encode(data.text.encode()).rstrip(b"=")
        protected = data.signature.protected
        _check(protected, protected.encode() + b"." + payload, data.signature.signature)
        signed, _, signature = data.eid_assertion.rpartition(".")
        _check(signed.partition(".")[0], signed.encode(), signature)
        cause = Cause(f"{r.topic}/{r.partition}/{r.offset}", event.received_at, event.subject)
        value = verdict(cause, event.subject).encode()
        outputs.append((r.partition, r.key, value))
        writes.append(InsertOne({"_id": f"{event.subject}/1", "verdicts": [value.decode()]}))
    await database.dossiers.bulk_write(writes, ordered=False)
    return outputs


def _check(protected: str, signed: bytes, signature: str) -> None:
    raw = _decode(signature)
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    _key(protected).verify(encode_dss_signature(r, s), signed, _ECDSA)


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@lru_cache(maxsize=1000)
def _key(protected: str) -> ec.EllipticCurvePublicKey:
    header = orjson.loads(_decode(protected))
    key = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0])).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key
