"""What receipt cannot do without: keep what both topics say, and hand letters to the relay."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from aiokafka import ConsumerRecord
from aiosmtplib import SMTP
from pymongo import InsertOne, UpdateOne

from schemas.intake import INTAKE_EVENT
from schemas.signature import SIGNATURE_EVENT

Out = tuple[int, bytes, bytes]
WRITES = ("verdict", "claimed", "sent", "told")
"""After the first; each a durable state that a crash must find."""
_HEADERS = (
    b"From: hoso <khong-tra-loi@bhxh.example.vn>\r\nTo: nguoi.nop@example.com\r\n"
    b"Subject: receipt\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
)


async def keep(records: Sequence[ConsumerRecord], database: Any) -> list[Out]:
    """Validate; the five writes that a letter is worth, 500 at a time; publish two events of it."""
    filed, judged = [], []
    for r in records:
        if "intake" in r.topic:
            event = INTAKE_EVENT.validate_json(r.value)
            filed.append(InsertOne({"_id": event.subject, **event.data.model_dump(mode="json")}))
        else:
            judged.append((r, SIGNATURE_EVENT.validate_json(r.value)))
    if filed:
        await database.letters.bulk_write(filed, ordered=False)
    for step in WRITES if judged else ():
        await database.letters.bulk_write(
            [UpdateOne({"_id": e.subject}, {"$set": {step: str(e.id)}}) for _, e in judged],
            ordered=False,
        )
    return [(r.partition, r.key, r.value) for r, _ in judged for _ in range(2)]


async def send() -> None:
    """MESSAGE_BYTES each, SMTP_CONNECTIONS at a time, for ever."""
    size = int(os.environ["MESSAGE_BYTES"])
    message = _HEADERS + b"Ho so da duoc tiep nhan.\r\n" * ((size - len(_HEADERS)) // 26 + 1)
    async with asyncio.TaskGroup() as group:
        for _ in range(int(os.environ["SMTP_CONNECTIONS"])):
            group.create_task(_connection(message))


async def _connection(message: bytes) -> None:
    url = urlsplit(os.environ["SMTP_URL"])
    async with SMTP(hostname=url.hostname, port=url.port) as smtp:
        while True:
            await smtp.sendmail("khong-tra-loi@bhxh.example.vn", ["nguoi.nop@example.com"], message)
