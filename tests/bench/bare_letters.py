"""What receipt cannot do without: read both topics, and hand letters to the relay."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from aiokafka import ConsumerRecord
from aiosmtplib import SMTP

from schemas.intake import INTAKE_EVENT
from schemas.signature import SIGNATURE_EVENT

_HEADERS = (
    b"From: hoso <khong-tra-loi@bhxh.example.vn>\r\nTo: nguoi.nop@example.com\r\n"
    b"Subject: receipt\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
)


async def read(records: Sequence[ConsumerRecord], _: Any) -> list[Any]:
    """Validate, nothing else."""
    for r in records:
        (INTAKE_EVENT if "intake" in r.topic else SIGNATURE_EVENT).validate_json(r.value)
    return []


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
