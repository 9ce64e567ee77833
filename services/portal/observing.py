"""Following a run from outside: all topics, the books, and the inbox of the local platform."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas import topics
from services.chassis.mongo import connect
from services.chassis.settings import Settings
from services.portal.accounts import SECTIONS, Result
from services.portal.picture import Picture
from services.portal.reading import consumer_on

FOLLOWED = (
    topics.INTAKE_DOSSIER,
    topics.SIGNATURE_VERDICT,
    topics.RECEIPT_LETTER,
    topics.EBOOK_DOSSIER,
    *topics.DEAD_LETTERS,
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail in the inbox."""

    address: str
    message_id: str
    source: bytes


@asynccontextmanager
async def following(settings: Settings, picture: Picture) -> AsyncIterator[None]:
    """Within the block, `picture` grows with everything that is appended to the topics."""
    names = [settings.topic_prefix + topic.name for topic in FOLLOWED]
    async with consumer_on(settings.kafka_bootstrap_servers, names) as consumer:
        task = asyncio.create_task(_follow(consumer, picture, settings.topic_prefix))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _follow(consumer: Any, picture: Picture, prefix: str) -> None:
    while True:
        batches = await consumer.getmany(timeout_ms=200, max_records=2000)
        for partition, records in batches.items():
            for record in records:
                picture.add(partition.topic.removeprefix(prefix), json.loads(record.value))


async def read_books(settings: Settings, result: Result) -> dict[str, Any] | None:
    """Every book into `result`, by personal ID; the fullest of them whole, to be shown."""
    client = connect(settings.mongodb_uri)
    fullest: dict[str, Any] | None = None
    try:
        books = client[f"{settings.mongodb_database_prefix}_ebook"].books
        async for document in books.find({}):
            content = document["content"]
            persons = [a["value"] for a in content["aliases"] if a["type"] == "CCCD"]
            name = persons[0] if persons else document["_id"]
            result.books[name].update(
                {section: len(content[_list(section)]) for section in SECTIONS}
            )
            if fullest is None or _entries(content) > _entries(fullest):
                fullest = content
    finally:
        client.close()
    return fullest


def _list(section: str) -> str:
    return "identity_history" if section == "identity" else section


def _entries(content: dict[str, Any]) -> int:
    return sum(len(content[_list(section)]) for section in SECTIONS)


def read_inbox(web_url: str) -> list[Mail]:
    """Every mail in the inbox (MailDev's REST API), as the server received it."""
    with urllib.request.urlopen(f"{web_url}/api/email") as answer:  # noqa: S310  our own inbox
        listed = json.load(answer)
    mails = []
    for entry in listed:
        source = f"{web_url}/api/email/{entry['id']}/source"
        with urllib.request.urlopen(source) as answer:  # noqa: S310  our own inbox
            address = entry["envelope"]["to"][0]["address"]
            mails.append(Mail(address, entry["headers"]["message-id"], answer.read()))
    return mails


def save_letters(mails: list[Mail], picture: Picture, directory: Path) -> int:
    """Every mail as `<dossier code>-<n>.eml`; how many there are."""
    directory.mkdir(parents=True, exist_ok=True)
    for old in directory.glob("*.eml"):
        old.unlink()
    numbers: dict[str, int] = {}
    for mail in sorted(mails, key=lambda mail: mail.message_id):
        code = picture.message_ids.get(mail.message_id, "unknown")
        numbers[code] = numbers.get(code, 0) + 1
        (directory / f"{code}-{numbers[code]}.eml").write_bytes(mail.source)
    return len(mails)


def count_mails(mails: list[Mail], picture: Picture) -> None:
    """Whom each dossier's letters really reached."""
    for mail in mails:
        code = picture.message_ids.get(mail.message_id, "unknown")
        picture.result.dossiers[code].mails.append(mail.address)
