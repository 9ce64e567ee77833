"""Promise: duplicates, redelivery and reordering across dossiers end in the same state."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import islice
from typing import Any

import pytest

from deploy.local.platform import Platform
from services.portal.filing import PortalMessage
from services.portal.mixing import mixed
from services.portal.pki import Pki
from services.portal.simulator import Simulator
from tests.census import census, is_complete
from tests.mailbox import Mailbox
from tests.publish import publish
from tests.system import System, running

RECORDS = 300
SEED = 23
VOLATILE = {"received_at", "updated_at"}


def shuffled(messages: list[PortalMessage], chance: random.Random) -> list[PortalMessage]:
    """The same records with dossiers in another order, some sent again later."""
    queues: dict[bytes | None, list[PortalMessage]] = defaultdict(list)
    for message in messages:
        queues[message.key].append(message)
    result: list[PortalMessage] = []
    while queues:
        key = chance.choice(list(queues))
        result.append(queues[key].pop(0))
        if not queues[key]:
            del queues[key]
        if chance.random() < 0.2:
            result.append(chance.choice(result))
    return result


def orderless(content: dict[str, Any]) -> dict[str, Any]:
    """A book without what the order of two dossiers of one person decides (promise 3: order per
    person): who was first to name an alias, last to correct a field, what stood there."""
    lists = {name: entries for name, entries in content.items() if isinstance(entries, list)}
    aliases = sorted((alias["type"], alias["value"]) for alias in lists.pop("aliases"))
    if len({entry["dossier_code"] for entry in content["settlements"]}) > 1:
        ids = {name: sorted(entry["id"] for entry in entries) for name, entries in lists.items()}
        return {**ids, "aliases": aliases}
    book = {
        name: sorted(timeless(entries), key=lambda entry: str(entry["id"]))
        for name, entries in lists.items()
    }
    return {**book, "aliases": aliases, "identity": timeless(content["identity"])}


def timeless(value: Any) -> Any:
    """Without the instants of this particular run."""
    if isinstance(value, dict):
        return {k: timeless(v) for k, v in value.items() if k not in VOLATILE}
    if isinstance(value, list):
        return [timeless(item) for item in value]
    return value


def state(system: System) -> dict[str, Any]:
    """Everything decided, without positions, origins and times."""
    watch = system.watch
    withdrawn = {s.event["subject"] for s in watch.of("intake.dossier.v1", "WithdrawalSubmitted")}
    letters = {
        (s.event["subject"], s.type, s.event["id"])
        for s in watch.of("receipt.letter.v1")
        if s.event["subject"] not in withdrawn or s.data.get("kind") != "01"  # contract §4
    }
    verdicts = {
        (s.event["subject"], s.type, s.event["id"]) for s in watch.of("signature.verdict.v1")
    }
    completed = {
        (s.event["subject"], s.event["id"], tuple(s.data["done"]))
        for s in watch.of("ebook.dossier.v1")
    }
    documents = system.database("ebook").books.find()
    books = {book["_id"]: orderless(book["content"]) for book in documents}
    return {"letters": letters, "verdicts": verdicts, "completed": completed, "books": books}


@pytest.mark.timeout(600)
async def test_repetition_and_another_order_of_dossiers_end_in_the_same_state(
    platform: Platform, pki: Pki
) -> None:
    # One text, one signature: both runs get the very same records.
    stream = islice(mixed(Simulator(SEED, pki), RECORDS, largest=10), RECORDS)
    plain = [
        record.message
        for record in stream
        if record.message.key is not None  # its partition, so its order, would be chance
        and not (record.expected.letter or "").endswith("!")  # its clock ends in two hours
    ]
    other = shuffled(plain, random.Random(SEED))
    ordered = await end_state(platform, pki, "ordered", plain, crash=False)
    disordered = await end_state(platform, pki, "disordered", other, crash=True)
    for part, value in ordered.items():
        assert disordered[part] == value, part


async def end_state(
    platform: Platform, pki: Pki, name: str, messages: list[PortalMessage], *, crash: bool
) -> dict[str, Any]:
    """Run the records through a system of their own, with every service killed once or not."""
    with Mailbox() as mailbox:
        settings = {"TRUST_LIST_PATH": str(pki.trust_list), "SMTP_URL": mailbox.url}
        async with running(platform, name=name, settings=settings) as system:
            half = len(messages) // 2
            await publish(platform.bootstrap, system.prefix, messages[:half])
            for service in system.services.all if crash else ():
                service.kill()  # comes back and reads again what was not committed
            await publish(platform.bootstrap, system.prefix, messages[half:])
            watch = system.watch
            await watch.until(lambda: is_complete(watch, len(messages)), "everything ended", 240)
            await watch.settled(2)
            assert census(watch, system.database("ebook")) == []
            return state(system)
